// Builds the table from JSON. Text reaches the page through textContent only, and links are made here from
// the name of a page and its query, so that no text of the registry can become markup or an address.

const SVG = "http://www.w3.org/2000/svg";

function node(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function shape(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

const ring = { cx: 8, cy: 8, r: 6, fill: "none", stroke: "currentColor", "stroke-width": 1.7 };
const stroke = { fill: "none", stroke: "currentColor", "stroke-width": 2.1, "stroke-linecap": "round" };
const SHAPES = {
  open: () => [shape("circle", { cx: 8, cy: 8, r: 6.8, fill: "currentColor" })],
  gated: () => [shape("circle", ring), shape("circle", { cx: 8, cy: 8, r: 3.2, fill: "currentColor" })],
  restricted: () => [shape("circle", ring), shape("path", { ...stroke, d: "M5 8h6" })],
  partial: () => [shape("circle", ring), shape("path", { d: "M8 2a6 6 0 0 0 0 12z", fill: "currentColor" })],
  closed: () => [shape("path", { ...stroke, d: "M4 4l8 8M12 4l-8 8" })],
  not_applicable: () => [shape("path", { ...stroke, d: "M4 8h8" })],
  against: () => [shape("rect", { x: 1.5, y: 1.5, width: 13, height: 13, rx: 2, fill: "currentColor" })],
  clause: () => [shape("rect", { ...stroke, x: 3, y: 3, width: 10, height: 10, rx: 2, "stroke-width": 1.7 })],
  unknown: () => {
    const mark = shape("text", { x: 8, y: 13, "text-anchor": "middle", "font-size": 14, fill: "currentColor" });
    mark.textContent = "?";
    return [mark];
  },
};

function glyph(cell) {
  const picture = shape("svg", { viewBox: "0 0 16 16", role: "img", "aria-label": cell.label });
  picture.classList.add("glyph", cell.glyph in SHAPES ? cell.glyph : "unknown");
  const title = shape("title", {});
  title.textContent = cell.label;
  picture.append(title, ...(SHAPES[cell.glyph] ?? SHAPES.unknown)());
  return picture;
}

function meter(cell) {
  const box = node("span", "meter");
  box.setAttribute("role", "img");
  box.setAttribute("aria-label", cell.label);
  box.title = cell.label;
  for (let step = 1; step <= 5; step += 1) {
    box.append(node("span", step <= cell.level ? "step on" : step <= cell.at_most ? "step maybe" : "step"));
  }
  box.append(node("span", "range", cell.text));
  return box;
}

function address(cell, lang) {
  const query = new URLSearchParams();
  for (const [name, given] of Object.entries(cell.query)) for (const value of [given].flat()) query.append(name, value);
  if (lang !== "en") query.set("lang", lang);
  // Relative, so that it also works below the path of a proxy.
  return `./${cell.page === "catalog" ? "" : cell.page}?${query}`;
}

// A page of the site is opened the way the browser's own Back does it: one entry in the history, no new session.
function go(event) {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
  event.preventDefault();
  history.pushState(null, "", event.currentTarget.href);
  window.dispatchEvent(new PopStateEvent("popstate"));
}

function content(cell, lang) {
  const box = node("div", "content");
  if (cell.glyph) {
    const line = node("span", "named");
    const picture = glyph(cell);
    line.append(picture);
    if (cell.text) line.append(node("span", "beside", cell.text));
    if (cell.text === cell.label) picture.setAttribute("aria-hidden", "true"); // said once
    box.append(line);
  }
  else if (cell.at_most !== undefined) box.append(meter(cell));
  else if (cell.page) {
    const anchor = node("a", "", cell.text);
    anchor.href = address(cell, lang);
    anchor.addEventListener("click", go);
    box.append(anchor);
  } else if (/^https?:\/\//i.test(cell.href ?? "")) {
    const anchor = node("a", "", cell.text);
    anchor.href = cell.href;
    anchor.target = "_blank";
    anchor.rel = "noopener noreferrer";
    box.append(anchor);
  } else box.append(node("span", cell.tone ? `badge ${cell.tone}` : "", cell.text));
  if (cell.sub) box.append(node("span", "sub", cell.sub));
  return box;
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".root");
  const table = node("table", data.even ? "even" : "");
  table.append(node("caption", "hidden", data.caption));
  const head = node("tr");
  const groups = node("tr", "groups");
  for (const column of data.columns) {
    if (column.group !== undefined && column.group === groups.lastChild?.textContent) groups.lastChild.colSpan += 1;
    else if (column.group !== undefined) {
      const above = node(column.group ? "th" : "td", "", column.group);
      if (column.group) above.scope = "colgroup";
      groups.append(above);
    }
    const cell = node("th", [column.narrow && "narrow", column.rotated && "rotated"].filter(Boolean).join(" "));
    cell.scope = "col";
    if (column.sort) {
      const sorted = data.sort?.name === column.sort;
      const button = node("button", sorted ? "sorted" : "", column.label);
      button.type = "button";
      button.title = data.labels.sort.replace("{name}", column.label);
      const arrow = node("span", "arrow", sorted ? (data.sort.descending ? "▼" : "▲") : "");
      arrow.setAttribute("aria-hidden", "true");
      button.append(arrow);
      button.addEventListener("click", () => setTriggerValue("sort", { name: column.sort }));
      cell.append(button);
      cell.setAttribute("aria-sort", sorted ? (data.sort.descending ? "descending" : "ascending") : "none");
    } else cell.append(node("span", "", column.label));
    head.append(cell);
  }
  const top = node("thead");
  if (groups.hasChildNodes()) top.append(groups);
  top.append(head);
  const body = node("tbody");
  for (const row of data.rows) {
    const line = node("tr");
    row.forEach((cell, position) => {
      const heading = data.heading && position === 0;
      const column = data.columns[position];
      const empty = cell.text === "" && !cell.sub && !cell.glyph && !cell.mark;
      const names = [column.narrow && "narrow", column.tight && "tight", cell.mark && "mark", empty && "empty"];
      const place = node(heading ? "th" : "td", names.filter(Boolean).join(" "));
      if (heading) place.scope = "row";
      else place.dataset.label = column.label; // shown where the row is a card
      if (cell.mark) place.append(node("span", "hidden", `${data.labels.differs}: `));
      place.append(content(cell, data.lang));
      line.append(place);
    });
    body.append(line);
  }
  table.append(top, body);
  const focused = root.getRootNode().activeElement;
  const again = focused?.tagName === "BUTTON" ? [...root.querySelectorAll("thead button")].indexOf(focused) : -1;
  root.classList.toggle("grid", Boolean(data.grid));
  root.dataset.lang = data.lang;
  root.replaceChildren(table);
  if (again >= 0) root.querySelectorAll("thead button")[again]?.focus(); // a sorted heading keeps the keyboard
}
