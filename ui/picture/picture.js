// Paints shapes that come as JSON. Texts become text nodes, and only the shapes and attributes below are made.

const SVG = "http://www.w3.org/2000/svg";
const SHAPES = ["rect", "line", "text"];
const ATTRIBUTES = ["x", "y", "x1", "y1", "x2", "y2", "width", "height", "class", "text-anchor"];
const NARROW = 600;

function shape(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function painted(drawing, alt) {
  const box = { viewBox: `0 0 ${drawing.width} ${drawing.height}`, role: "img", "aria-label": alt };
  const picture = shape("svg", box);
  const hatch = shape("pattern", {
    id: "hatch", width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)",
  });
  hatch.append(shape("rect", { width: 2.2, height: 6, class: "stripe" }));
  picture.append(hatch);
  for (const [name, attributes, text] of drawing.shapes) {
    if (!SHAPES.includes(name)) continue;
    const made = shape(name, Object.fromEntries(Object.entries(attributes).filter(([key]) => ATTRIBUTES.includes(key))));
    if (name === "text") made.textContent = text;
    else if (text) {
      const tip = shape("title", {});
      tip.textContent = text;
      made.append(tip);
    }
    picture.append(made);
  }
  return picture;
}

function save(content, name) {
  const anchor = document.createElement("a");
  anchor.href = URL.createObjectURL(content);
  anchor.download = name;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(anchor.href), 10000);
}

function savePng(svg, name) {
  const picture = new Image();
  const address = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
  picture.onload = () => {
    const canvas = document.createElement("canvas");
    canvas.width = picture.width * 2; // sharp in print and on dense screens
    canvas.height = picture.height * 2;
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    URL.revokeObjectURL(address);
    canvas.toBlob((content) => save(content, name), "image/png");
  };
  picture.src = address;
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".root");
  const { svg, csv, name } = data.files;
  const line = document.createElement("div");
  line.className = "save";
  const head = document.createElement("span");
  head.textContent = data.labels.save;
  line.append(head);
  const actions = {
    svg: () => save(new Blob([svg], { type: "image/svg+xml" }), `${name}.svg`),
    png: () => savePng(svg, `${name}.png`),
    csv: () => save(new Blob(["\ufeff", csv], { type: "text/csv" }), `${name}.csv`), // the mark lets Excel read UTF-8
  };
  for (const [kind, action] of Object.entries(actions)) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = data.labels[kind];
    button.setAttribute("aria-label", data.spoken[kind]);
    button.addEventListener("click", action);
    line.append(button);
  }
  let drawn = null;
  const draw = () => {
    const chosen = root.clientWidth < NARROW ? 1 : 0;
    if (chosen === drawn || !root.clientWidth) return;
    drawn = chosen;
    root.replaceChildren(painted(data.drawings[chosen], data.alt), line);
  };
  draw();
  const observer = new ResizeObserver(draw);
  observer.observe(root);
  return () => observer.disconnect();
}
