// Draws a text with marked passages. Text reaches the page through textContent only, never as markup.

export default function ({ data, parentElement }) {
  const box = document.createElement("div");
  box.className = "text";
  box.tabIndex = 0; // so that the keyboard can scroll it
  box.setAttribute("role", "region");
  box.setAttribute("aria-label", data.label);
  for (const stretch of data.stretches) {
    if (!stretch.tone) {
      box.append(document.createTextNode(stretch.text));
      continue;
    }
    const mark = document.createElement("mark");
    mark.className = ["bad", "plain", "added", "fair"].includes(stretch.tone) ? stretch.tone : "plain";
    for (const words of stretch.tags) {
      const tag = document.createElement("span");
      tag.className = "tag";
      tag.textContent = words;
      mark.append(tag, " ");
    }
    mark.append(document.createTextNode(stretch.text));
    box.append(mark);
  }
  parentElement.querySelector(".root").replaceChildren(box);
}
