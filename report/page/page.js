// The page is put together here, once.
const resizers = [];
function onResize(draw) {
  resizers.push(draw);
}

function makeHead() {
  document.title = `${data.robot || "robot"}: ${data.headline} - torpor`;
  document.querySelector(".verdict").classList.add(`grade-${data.grade}`);
  at("who").textContent = data.robot ? `Robot ${data.robot}` : "Robot not named";
  at("headline").textContent = data.headline;
  at("verdict").textContent = data.verdict.join(" ");
  at("figures").append(
    ...data.figures.map((figure) =>
      el(
        "div",
        {},
        el("dt", {}, figure.label),
        el("dd", {class: "value"}, figure.value),
        el("dd", {class: "remark"}, figure.note),
      ),
    ),
  );
  at("not-known").append(...data.not_known.map((text) => el("li", {}, text)));
  at("made").textContent =
    `Made by torpor ${data.torpor} from a journal of ${plural(count, "cycle", "cycles")}.`;
}

function makeBar() {
  const button = (text, act, disabled) =>
    el("button", {type: "button", onclick: act, disabled: disabled ? "" : null}, text);
  const jump = (places, way) => () => {
    choose(nextOf(places, way));
    say(`${nameOf(view.chosen)}: ${cycleWords(view.chosen)}`);
  };
  const where = el("span", {class: "where"});
  at("bar").append(
    button("All", showAll),
    button("Closer", () => zoom(0.5)),
    button("Wider", () => zoom(2)),
    button("Earlier", () => shift(-0.5)),
    button("Later", () => shift(0.5)),
    button("Previous deviation", jump(deviant, -1), deviant.length === 0),
    button("Next deviation", jump(deviant, 1), deviant.length === 0),
    button("Next alarm", jump(alarming, 1), alarming.length === 0),
    where,
  );
  const update = () => {
    const shown = firstAtLeast(x, view.to + 1) - firstAtLeast(x, view.from);
    where.textContent = `${timeOf(view.from).slice(0, 16)} to ${timeOf(view.to).slice(0, 16)} UTC, ${plural(shown, "cycle", "cycles")}`;
  };
  onStretch(update);
  update();
}

function makeTheme() {
  const button = at("theme");
  const modes = ["system", "light", "dark"];
  let mode = 0;
  const apply = () => {
    if (mode === 0) delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = modes[mode];
    button.textContent = `Theme: ${modes[mode]}`;
    readColours();
    tell("theme");
  };
  button.addEventListener("click", () => {
    mode = (mode + 1) % modes.length;
    apply();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", apply);
}

// A cycle's address: #cycle-1011 chooses it and shows it.
function follow() {
  const named = /^#cycle-(\d+)$/.exec(location.hash);
  if (!named || count === 0) return;
  const i = firstAtLeast(cycles.cycle, Number(named[1]));
  if (i >= count || cycles.cycle[i] !== Number(named[1])) return;
  choose(i);
  at("timeline-chart").scrollIntoView({block: "start"});
  at("timeline-chart-box").focus({preventScroll: true});
}

// Pixels in the place of strokes: Chromium prints those of the same moment as strokes, and not every
// program that shows a PDF shows them.
function flatten(canvas) {
  if (canvas.width === 0 || canvas.height === 0) return;
  const copy = el("canvas", {width: canvas.width, height: canvas.height});
  copy.getContext("2d").drawImage(canvas, 0, 0);
  canvas.width = copy.width; // which forgets the strokes
  canvas.getContext("2d").drawImage(copy, 0, 0);
}

// Charts are drawn for the width that they have: on paper it is another.
function makePrintable() {
  const redraw = () => {
    for (const draw of resizers) draw();
  };
  let waiting = 0;
  window.addEventListener("resize", () => {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(redraw);
  });
  const onPaper = (paper) => {
    const theme = document.documentElement.dataset;
    if (paper) {
      theme.before = theme.theme || "";
      theme.theme = "light";
    } else if ("before" in theme) {
      if (theme.before) theme.theme = theme.before;
      else delete theme.theme;
      delete theme.before;
    }
    document.documentElement.classList.toggle("paper", paper);
    readColours();
    redraw();
    tell("theme");
    if (paper) for (const canvas of document.querySelectorAll("canvas")) flatten(canvas);
  };
  window.addEventListener("beforeprint", () => onPaper(true));
  window.addEventListener("afterprint", () => onPaper(false));
}

readColours();
makeHead();
makeIdentity();
makeTheme();
makePrintable();
if (count === 0) {
  for (const part of document.querySelectorAll("main > section:not(.verdict), nav, #figures"))
    part.hidden = true;
} else {
  makeBar();
  makeTimeline();
  makeCycle();
  makeScore();
  makeAlarms();
  makeAbstentions();
  makeEnergy();
  makeRails();
  makeAge();
  makeDrops();
  makeHistogram();
  makeSleep();
  makeDeviations();
  follow();
  window.addEventListener("hashchange", follow);
}
document.documentElement.dataset.drawn = String(count);
