// Elements. Every text reaches the page as text: nothing here, or in any other file, writes HTML.
// Where the browser has trusted types, it refuses whatever else would be written by the library.
if (window.trustedTypes) {
  window.trustedTypes.createPolicy("default", {
    createHTML: (text) => {
      if (/[<&]/.test(text)) throw new TypeError("not a plain text");
      return text;
    },
  });
}

function put(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value);
  }
  for (const child of children.flat()) {
    if (child !== null && child !== undefined) {
      element.append(child instanceof Node ? child : document.createTextNode(String(child)));
    }
  }
  return element;
}
const el = (name, attributes = {}, ...children) => put(document.createElement(name), attributes, children);
const svg = (name, attributes = {}, ...children) =>
  put(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
const at = (id) => document.getElementById(id);
const say = (text) => {
  at("spoken").textContent = text;
};

// rows: of cells, each a text, a node, or {n: text} for a number. The first cell heads its row; an
// empty head is none.
function table(caption, head, rows) {
  const isNumber = (content) => content !== null && typeof content === "object" && "n" in content;
  const cell = (content, tag) =>
    el(
      tag,
      {class: isNumber(content) ? "n" : null, scope: tag === "th" ? "row" : null},
      isNumber(content) ? content.n : content,
    );
  const numeric = (column) => rows.length > 0 && isNumber(rows[0][column]);
  return el(
    "div",
    {class: "scroll", tabindex: "0", role: "region", "aria-label": caption},
    el(
      "table",
      {class: head.length > 4 ? "many" : null},
      el("caption", {}, caption),
      head.length === 0
        ? null
        : el(
            "thead",
            {},
            el(
              "tr",
              {},
              head.map((text, column) => el("th", {scope: "col", class: numeric(column) ? "n" : null}, text)),
            ),
          ),
      el(
        "tbody",
        {},
        rows.map((row) =>
          el(
            "tr",
            {},
            row.map((content, column) => cell(content, column === 0 ? "th" : "td")),
          ),
        ),
      ),
    ),
  );
}

// Made when it is first opened: a table of thousands of rows costs nothing before.
function folded(summary, make, attributes = {}) {
  const details = el("details", attributes, el("summary", {}, summary));
  let made = false;
  details.addEventListener("toggle", () => {
    if (made || !details.open) return;
    made = true;
    details.append(make());
  });
  return details;
}

// A link to a cycle in the charts.
const cycleLink = (i) => el("a", {href: `#cycle-${cycles.cycle[i]}`}, whole(cycles.cycle[i]));

// Colours as the theme has them now; tests for both are in the style.
let colours = {};
function readColours() {
  const style = getComputedStyle(document.documentElement);
  colours = {};
  for (const name of [
    "paper",
    "card",
    "ink",
    "soft",
    "line",
    "faint",
    "accent",
    "good",
    "warn",
    "bad",
    "limit",
    "asleep",
    "score",
    ...awakePhases,
  ]) {
    colours[name] = style.getPropertyValue(`--${name}`).trim();
  }
  patterns.clear();
}

// Each phase has a pattern besides its colour: plain, or lines at an angle so far apart.
const patterns = new Map();
const hatching = {
  wake: [1, 5],
  collect: null,
  infer: [-1, 4],
  release: [0, 4],
  judge: [1, 3],
  report: [-1, 7],
  asleep: null,
  abstained: [1, 4],
  unrecorded: [-1, 6],
};
function fillFor(context, name, colour) {
  const lines = hatching[name];
  if (!lines) return colour;
  const key = `${name} ${colour}`;
  if (!patterns.has(key)) {
    const [slope, apart] = lines;
    const size = apart * 2;
    const tile = document.createElement("canvas");
    tile.width = tile.height = size;
    const draw = tile.getContext("2d");
    draw.fillStyle = colour;
    draw.globalAlpha = name === "abstained" || name === "unrecorded" ? 0 : 0.55;
    draw.fillRect(0, 0, size, size);
    draw.globalAlpha = 1;
    draw.strokeStyle = colour;
    draw.lineWidth = apart > 4 ? 2 : 1.5;
    draw.beginPath();
    for (let offset = -size; offset <= 2 * size; offset += slope === 0 ? apart : size) {
      if (slope === 0) {
        draw.moveTo(0, offset);
        draw.lineTo(size, offset);
      } else {
        draw.moveTo(offset, slope > 0 ? size : 0);
        draw.lineTo(offset + size, slope > 0 ? 0 : size);
      }
    }
    draw.stroke();
    patterns.set(key, context.createPattern(tile, "repeat"));
  }
  return patterns.get(key);
}
function swatch(name, colour) {
  const canvas = el("canvas", {class: "swatch", width: 28, height: 20, "aria-hidden": "true"});
  canvas.style.width = "14px";
  canvas.style.height = "10px";
  const draw = () => {
    const context = canvas.getContext("2d");
    context.clearRect(0, 0, 28, 20);
    context.fillStyle = fillFor(context, name, colours[colour]);
    context.fillRect(0, 0, 28, 20);
    context.strokeStyle = colours[colour];
    context.lineWidth = 2;
    context.strokeRect(1, 1, 26, 18);
  };
  draw();
  onTheme(draw);
  return canvas;
}
