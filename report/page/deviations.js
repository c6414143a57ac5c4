// Every deviation, grouped by its cause.
const atOnce = 100; // rows that are added at a time

function occurrences(places) {
  const body = el("tbody");
  const box = el(
    "div",
    {
      class: "scroll",
      tabindex: "0",
      role: "region",
      "aria-label": `Cycles: ${reasonOf(deviations.reason[places[0]]).meaning}`,
    },
    el(
      "table",
      {},
      el(
        "thead",
        {},
        el(
          "tr",
          {},
          ["cycle", "woke (UTC)", "who or what"].map((text) => el("th", {scope: "col"}, text)),
        ),
      ),
      body,
    ),
  );
  const more = el("button", {type: "button"});
  let shown = 0;
  const add = () => {
    for (const k of places.slice(shown, shown + atOnce)) {
      const i = deviations.place[k];
      body.append(
        el(
          "tr",
          {},
          el("th", {scope: "row"}, cycleLink(i)),
          el("td", {}, wallOf(i)),
          el("td", {}, data.texts[deviations.text[k]]),
        ),
      );
    }
    shown = Math.min(shown + atOnce, places.length);
    more.hidden = shown >= places.length;
    more.textContent = `Show ${whole(Math.min(atOnce, places.length - shown))} more of ${whole(places.length - shown)}`;
  };
  more.addEventListener("click", add);
  add();
  return el("div", {}, box, more);
}

// Where in the whole span it happened.
function strip(places) {
  const canvas = el("canvas", {class: "strip", "aria-hidden": "true"});
  const draw = () => {
    const width = canvas.clientWidth || 600;
    const context = sized(canvas, width, 14);
    context.fillStyle = colours.warn;
    for (const k of places) {
      context.fillRect(((x[deviations.place[k]] - least) / (most - least)) * (width - 2), 0, 2, 14);
    }
  };
  onTheme(draw);
  onResize(draw);
  requestAnimationFrame(draw);
  return canvas;
}

function makeDeviations() {
  const box = at("causes");
  const groups = new Map();
  deviations.reason.forEach((reason, k) => {
    if (!groups.has(reason)) groups.set(reason, []);
    groups.get(reason).push(k);
  });
  if (groups.size === 0) {
    box.append(el("p", {}, `None in ${plural(count, "cycle", "cycles")}.`));
    return;
  }
  const sorted = [...groups].sort((a, b) => b[1].length - a[1].length);
  for (const [reason, places] of sorted) {
    const info = reasonOf(reason);
    const inCycles = new Set(places.map((k) => deviations.place[k])).size;
    const first = deviations.place[places[0]],
      last = deviations.place[places[places.length - 1]];
    box.append(
      el(
        "div",
        {class: "cause"},
        el("h3", {}, info.meaning),
        el(
          "p",
          {},
          el("code", {}, info.name),
          `: ${plural(places.length, "time", "times")} in ${plural(inCycles, "cycle", "cycles")}, ${
            first === last ? `at ${wallOf(first)}` : `${wallOf(first)} to ${wallOf(last)}`
          }. First in cycle `,
          cycleLink(first),
          ".",
        ),
        info.advice ? el("p", {class: "quiet"}, `What to do: ${info.advice}.`) : null,
        strip(places),
        folded(places.length === 1 ? "The one" : `Each of the ${whole(places.length)}`, () =>
          occurrences(places),
        ),
      ),
    );
  }
}
