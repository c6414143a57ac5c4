// What all charts show: a stretch of time, one cycle that is chosen, and perhaps one that the
// pointer is over.
const least = count > 0 ? x[0] - (cycles.sleep_us[0] + cycles.report_us[0]) / 1e3 : 0;
const most = count > 0 ? Math.max(x[count - 1] + awake[count - 1] / 1e3, least + 1) : 1;
// Chosen at first: what one would look for.
const view = {
  from: least,
  to: most,
  chosen: [...alarming, ...deviant, Math.max(count - 1, 0)][0],
  pointed: -1,
};
const watchers = {stretch: [], cycle: [], theme: []};
const onStretch = (watcher) => {
  watchers.stretch.push(watcher);
};
const onCycle = (watcher) => {
  watchers.cycle.push(watcher);
};
const onTheme = (watcher) => {
  watchers.theme.push(watcher);
};
const tell = (what) => {
  for (const watcher of watchers[what]) watcher();
};

function show(from, to) {
  const narrowest = Math.min(most - least, count > 1 ? (3 * (most - least)) / count : most - least);
  let width = Math.min(Math.max(to - from, narrowest, 1), most - least);
  let begin = (from + to) / 2 - width / 2;
  begin = Math.max(least, Math.min(begin, most - width));
  if (Math.abs(begin - view.from) < 0.5 && Math.abs(begin + width - view.to) < 0.5) return;
  view.from = begin;
  view.to = begin + width;
  tell("stretch");
  tell("cycle");
}
// Around the chosen cycle, if it is in sight.
function zoom(factor) {
  const middle =
    x[view.chosen] >= view.from && x[view.chosen] <= view.to ? x[view.chosen] : (view.from + view.to) / 2;
  const share = (middle - view.from) / (view.to - view.from);
  const width = (view.to - view.from) * factor;
  show(middle - share * width, middle + (1 - share) * width);
}
function shift(share) {
  const by = share * (view.to - view.from);
  show(view.from + by, view.to + by);
}
function showAll() {
  show(least, most);
}

function choose(i) {
  if (count === 0) return;
  view.chosen = Math.max(0, Math.min(count - 1, i));
  view.pointed = -1;
  const time = x[view.chosen];
  if (time < view.from || time > view.to) {
    const half = (view.to - view.from) / 2;
    show(time - half, time + half);
  }
  tell("cycle");
}
function point(i) {
  if (view.pointed === i) return;
  view.pointed = i;
  tell("cycle");
}
const current = () => (view.pointed >= 0 ? view.pointed : view.chosen);

// The next of some places behind or before the chosen one; the same one when there is none.
function nextOf(places, way) {
  const i = firstAtLeast(places, view.chosen + (way > 0 ? 1 : 0)) - (way > 0 ? 0 : 1);
  return i >= 0 && i < places.length ? places[i] : view.chosen;
}

function key(event) {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const page = Math.max(1, Math.round((firstAtLeast(x, view.to) - firstAtLeast(x, view.from)) / 20));
  const moves = {
    ArrowLeft: () => choose(view.chosen - 1),
    ArrowRight: () => choose(view.chosen + 1),
    ArrowDown: () => choose(view.chosen - 1),
    ArrowUp: () => choose(view.chosen + 1),
    PageUp: () => choose(view.chosen + page),
    PageDown: () => choose(view.chosen - page),
    Home: () => choose(0),
    End: () => choose(count - 1),
    "+": () => zoom(0.5),
    "=": () => zoom(0.5),
    "-": () => zoom(2),
    0: showAll,
    n: () => choose(nextOf(deviant, 1)),
    p: () => choose(nextOf(deviant, -1)),
    a: () => choose(nextOf(alarming, 1)),
  };
  const move = moves[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!move) return;
  event.preventDefault();
  move();
}

// What every chart has: a focus that takes the keys, a line at the current cycle, and its
// values in words. `words` gives the values of a cycle; `place` its x in pixels.
function chart(id, label, height, words, place) {
  const cursor = el("div", {class: "cursor"});
  const box = el(
    "div",
    {
      class: "chart",
      id: `${id}-box`,
      tabindex: "0",
      role: "slider",
      "aria-label": label,
      "aria-describedby": "keys",
      "aria-valuemin": cycles.cycle[0],
      "aria-valuemax": cycles.cycle[count - 1],
      onkeydown: key,
    },
    cursor,
  );
  box.style.height = `${height}px`;
  const readout = el("p", {class: "readout", id: `${id}-readout`});
  const update = () => {
    const i = current();
    const left = place(i);
    const inside = x[i] >= view.from && x[i] <= view.to && Number.isFinite(left);
    cursor.style.display = inside ? "block" : "none";
    cursor.style.left = `${left}px`;
    cursor.classList.toggle("pointed", view.pointed >= 0);
    const text = words(i);
    readout.textContent = "";
    readout.append(el("b", {}, `${nameOf(i)}, ${wallOf(i)}`), `: ${text}`);
    box.setAttribute("aria-valuenow", cycles.cycle[view.chosen]);
    box.setAttribute(
      "aria-valuetext",
      `${nameOf(view.chosen)}, ${wallOf(view.chosen)}: ${words(view.chosen)}`,
    );
  };
  onCycle(update);
  at(id).append(box, readout);
  return {box, update};
}
