// The cycles over time: awake above a line, asleep below it.
const edge = {left: 56, right: 12}; // as the charts of lines have it, so that times stand below each other

const steps = [
  1, 5, 15, 30, 60, 300, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800, 1209600,
];
function timeTicks(from, to, width) {
  const wished = (to - from) / 1e3 / Math.max(2, width / 95);
  const step = (steps.find((s) => s >= wished) || 2419200) * 1e3;
  const ticks = [];
  const room = (24 * (to - from)) / width; // for half a label at either end
  for (let t = Math.ceil((from + room / 2) / step) * step; t <= to - room && ticks.length < 100; t += step) {
    const text = timeOf(t);
    const midnight = t % 86400000 === 0;
    ticks.push({
      v: t,
      label: step >= 86400000 || midnight ? text.slice(5, 10) : text.slice(11, step < 60000 ? 19 : 16),
    });
  }
  return ticks;
}
// Round numbers from 0 up to `top`, not more than so many.
function roundTicks(top, most) {
  const rough = top / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough);
  const ticks = [];
  for (let v = 0; v <= top * 1.0001; v += step) ticks.push(v);
  return ticks;
}

// Sized for the screen it is on; gives the context, in CSS pixels.
function sized(canvas, width, height) {
  const ratio = Math.min(window.devicePixelRatio || 1, 3);
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  context.font = `12px ${getComputedStyle(document.body).fontFamily}`;
  return context;
}

const begins = x.map((time, i) => time - (cycles.sleep_us[i] + cycles.report_us[i]) / 1e3);
const ends = x.map((time, i) => time + (awake[i] - cycles.report_us[i]) / 1e3);

// The first and the last cycle of which a part lies between these times; first > last: none.
const covering = (from, to) => [firstAtLeast(ends, from), firstAtLeast(begins, to) - 1];

// For each column of pixels: the cycle that was awake longest and the one that slept least, or
// nothing where no record reaches.
function columnsOf(width) {
  const columns = [];
  const per = (view.to - view.from) / width;
  for (let column = 0; column < width; ++column) {
    const from = view.from + column * per;
    const [first, last] = covering(from, from + per);
    if (first > last) {
      columns.push(null);
      continue;
    }
    let longest = first,
      shortest = first;
    for (let i = first + 1; i <= last; ++i) {
      if (awake[i] > awake[longest]) longest = i;
      if (cycles.sleep_us[i] < cycles.sleep_us[shortest]) shortest = i;
    }
    columns.push({
      longest,
      shortest,
      border: first < last && per * 8 < begins[last] - begins[first], // a gap between wide ones
    });
  }
  return columns;
}

function drawTimeline(canvas, width) {
  const height = {flags: 18, awake: 120, asleep: 120, marks: 18, ticks: 22};
  const context = sized(
    canvas,
    width,
    height.flags + height.awake + height.asleep + height.marks + height.ticks,
  );
  const plot = Math.max(10, Math.floor(width - edge.left - edge.right));
  // Columns are of the screen's own pixels: seams would be seen between any others.
  const pixel = 1 / context.getTransform().a;
  const columns = columnsOf(Math.round(plot / pixel));
  const line = height.flags + height.awake;
  const foot = line + height.asleep;
  const seen = columns.filter((column) => column);
  const longest = Math.max(...seen.map((column) => awake[column.longest]), 1);
  const longestSleep = Math.max(
    ...seen.map((column) => cycles.sleep_us[column.longest]),
    ...seen.map((column) => cycles.sleep_us[column.shortest]),
    1,
  );
  const limit = seen.length > 0 ? limits[seen[seen.length - 1].longest] : null;
  let top = longest * 1.25;
  if (limit && limit.awake_ms * 1e3 < longest * 4) top = Math.max(top, limit.awake_ms * 1.08e3);
  const bottom = Math.max(longestSleep, limit ? limit.phases_ms.sleep * 1e3 : 0) * 1.08;
  const up = (us) => (us / top) * height.awake;
  const down = (us) => (us / bottom) * height.asleep;

  context.fillStyle = colours.soft;
  context.textAlign = "right";
  context.textBaseline = "middle";
  context.strokeStyle = colours.line;
  context.lineWidth = 1;
  const grid = (y, text) => {
    context.beginPath();
    context.moveTo(edge.left, Math.round(y) + 0.5);
    context.lineTo(width - edge.right, Math.round(y) + 0.5);
    context.stroke();
    context.fillText(text, edge.left - 6, y);
  };
  const short = (us) => (us < 1e6 ? `${+(us / 1e3).toPrecision(3)} ms` : `${+(us / 1e6).toPrecision(3)} s`);
  for (const us of roundTicks(top, 4).slice(1)) grid(line - up(us), short(us));
  for (const us of roundTicks(bottom, 4).slice(1)) grid(line + down(us), short(us));

  columns.forEach((column, at) => {
    const left = (Math.round(edge.left / pixel) + at) * pixel;
    if (!column) {
      context.fillStyle = fillFor(context, "unrecorded", colours.soft);
      context.fillRect(left, line - 6, pixel, 12);
      return;
    }
    if (column.border) return;
    let y = line;
    for (const phase of awakePhases) {
      const tall = up(cycles[phase + "_us"][column.longest]);
      context.fillStyle = fillFor(context, phase, colours[phase]);
      context.fillRect(left, y - tall, pixel, tall);
      y -= tall;
    }
    context.fillStyle = colours.asleep;
    context.fillRect(left, line, pixel, down(cycles.sleep_us[column.shortest]));
  });
  context.strokeStyle = colours.ink;
  context.beginPath();
  context.moveTo(edge.left, line + 0.5);
  context.lineTo(width - edge.right, line + 0.5);
  context.stroke();

  const dashed = (y, text, above) => {
    context.strokeStyle = colours.limit;
    context.setLineDash([6, 4]);
    context.beginPath();
    context.moveTo(edge.left, y);
    context.lineTo(width - edge.right, y);
    context.stroke();
    context.setLineDash([]);
    context.textAlign = "right";
    const wide = context.measureText(text).width;
    context.fillStyle = colours.card;
    context.fillRect(width - edge.right - wide - 8, above ? y - 18 : y + 3, wide + 6, 15);
    context.fillStyle = colours.limit;
    context.fillText(text, width - edge.right - 5, above ? y - 10 : y + 11);
  };
  if (limit && limit.awake_ms * 1e3 <= top)
    dashed(line - up(limit.awake_ms * 1e3), `awake at most ${lasting(limit.awake_ms * 1e3)}`, true);

  const xOf = (i) => edge.left + ((x[i] - view.from) / (view.to - view.from)) * plot;
  const visible = (places) =>
    places.slice(
      firstAtLeast(places, firstAtLeast(x, view.from)),
      firstAtLeast(places, firstAtLeast(x, view.to + 1)),
    );
  context.fillStyle = colours.warn;
  let drawn = -9;
  for (const i of visible(deviant)) {
    // a diamond each, but not on top of each other
    const left = xOf(i);
    if (left - drawn < 2) continue;
    drawn = left;
    context.beginPath();
    context.moveTo(left, foot + 3);
    context.lineTo(left + 4, foot + 9);
    context.lineTo(left, foot + 15);
    context.lineTo(left - 4, foot + 9);
    context.fill();
  }
  context.fillStyle = colours.bad;
  for (const i of visible(alarming)) flag(context, xOf(i), 2, line);
  context.fillStyle = colours.soft;
  context.textAlign = "center";
  for (const tick of timeTicks(view.from, view.to, plot)) {
    const left = edge.left + ((tick.v - view.from) / (view.to - view.from)) * plot;
    context.fillRect(left, foot + height.marks, 1, 4);
    context.fillText(tick.label, left, foot + height.marks + 13);
  }
}
function flag(context, left, top, bottom) {
  context.fillRect(left - 0.75, top, 1.5, bottom - top);
  context.beginPath();
  context.moveTo(left, top);
  context.lineTo(left + 11, top + 5);
  context.lineTo(left, top + 10);
  context.fill();
}

function cycleWords(i) {
  const parts = awakePhases
    .filter((phase) => cycles[phase + "_us"][i] > 0)
    .map((phase) => `${phaseWords[phase]} ${lasting(cycles[phase + "_us"][i])}`);
  const found = deviationsOf(i);
  return (
    `slept ${lasting(cycles.sleep_us[i])} before it, awake ${lasting(awake[i])}` +
    (parts.length > 0 ? ` (${parts.join(", ")})` : "") +
    (found.length > 0 ? `; deviations: ${found.map((d) => reasonOf(d.reason).meaning).join("; ")}` : "")
  );
}

function makeTimeline() {
  const height = 298;
  const {box, update} = chart(
    "timeline-chart",
    "Cycles, awake and asleep",
    height,
    cycleWords,
    (i) =>
      edge.left + ((x[i] - view.from) / (view.to - view.from)) * (box.clientWidth - edge.left - edge.right),
  );
  const canvas = el("canvas", {"aria-hidden": "true"});
  const brush = el("div", {class: "brush"});
  box.prepend(canvas);
  box.append(brush);
  const draw = () => {
    drawTimeline(canvas, box.clientWidth);
    update();
  };
  onStretch(draw);
  onTheme(draw);
  onResize(draw);

  const timeAt = (left) =>
    view.from + ((left - edge.left) / (box.clientWidth - edge.left - edge.right)) * (view.to - view.from);
  const leftOf = (event) => event.clientX - box.getBoundingClientRect().left - box.clientLeft;
  let pressed = null;
  box.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "mouse" || event.button !== 0) return;
    pressed = leftOf(event);
    box.setPointerCapture(event.pointerId);
  });
  box.addEventListener("pointermove", (event) => {
    const left = leftOf(event);
    if (event.pointerType === "mouse") point(nearest(timeAt(left)));
    if (pressed === null || Math.abs(left - pressed) < 5) return;
    brush.style.display = "block";
    brush.style.left = `${Math.min(left, pressed)}px`;
    brush.style.width = `${Math.abs(left - pressed)}px`;
  });
  box.addEventListener("pointerup", (event) => {
    const left = leftOf(event);
    if (brush.style.display === "block")
      show(timeAt(Math.min(left, pressed)), timeAt(Math.max(left, pressed)));
    else choose(nearest(timeAt(left)));
    brush.style.display = "none";
    pressed = null;
  });
  box.addEventListener("pointercancel", () => {
    brush.style.display = "none";
    pressed = null;
  });
  box.addEventListener("pointerleave", () => {
    if (pressed === null) point(-1);
  });
  box.addEventListener("dblclick", showAll);
  draw();

  const names = el("ul", {class: "key"});
  at("timeline-key").replaceWith(names);
  names.id = "timeline-key";
  for (const phase of awakePhases) names.append(el("li", {}, swatch(phase, phase), phaseWords[phase]));
  names.append(
    el("li", {}, swatch("asleep", "asleep"), "asleep"),
    el("li", {}, swatch("unrecorded", "soft"), "no record"),
  );
  at("timeline-chart").append(
    folded("The same as a table", () =>
      stretchTable("Awake and asleep", [
        ["awake, mean", (i) => awake[i], lasting, mean],
        ["longest", (i) => awake[i], lasting, highest],
        ["asleep, mean", (i) => cycles.sleep_us[i], lasting, mean],
        ["shortest", (i) => cycles.sleep_us[i], lasting, lowest],
        ["deviations", (i) => deviationsOf(i).length, whole, sumOf],
      ]),
    ),
  );
}
