// What the browser is told of a page that was drawn: data holds its language and its query.

let landed = false;

export default function ({ data }) {
  document.documentElement.lang = data.lang; // for screen readers: Streamlit calls every page English
  const given = new URLSearchParams(location.search);
  const wanted = new URLSearchParams(data.query);
  for (const [name, value] of given) if (name.startsWith("embed")) wanted.append(name, value); // Streamlit's own
  if (`${given}` !== `${wanted}`) {
    // What an earlier run wrote into the address came after the visitor had followed a link.
    const query = `${wanted}` && `?${wanted}`;
    history.replaceState(history.state, "", `${location.pathname}${query}${location.hash}`);
  }
  if (landed) return;
  landed = true;
  // Streamlit goes to the heading that the address names before all above it is drawn.
  const target = document.getElementById(location.hash.slice(1));
  if (target) setTimeout(() => target.scrollIntoView(), 100);
}
