// Text reaches the page through textContent only.

function node(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

export default function ({ data, parentElement }) {
  const list = parentElement.querySelector(".ladder");
  list.setAttribute("aria-label", data.label);
  list.replaceChildren(
    ...data.steps.map((step) => {
      const line = node("li", step.state);
      line.append(node("span", "bar", String(step.number)), node("span", "name", step.name), node("span", "says", step.says));
      return line;
    }),
  );
}
