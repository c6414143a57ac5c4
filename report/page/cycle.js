// One cycle: to scale, where sleep is nearly all of it, and on a scale that goes up by tens, where
// milliseconds stand beside a minute.
const decades = {from: 1e2, to: 1e9}; // 0.1 ms to 1000 s
const share = (us) =>
  us <= decades.from ? 0 : Math.min(1, Math.log10(us / decades.from) / Math.log10(decades.to / decades.from));

function toScale(i) {
  const wide = Math.max(280, at("cycle").clientWidth),
    height = 62;
  const whole_us = Math.max(1, awake[i] + cycles.sleep_us[i]);
  const picture = svg("svg", {
    class: "scale",
    width: wide,
    height,
    viewBox: `0 0 ${wide} ${height}`,
    role: "img",
    "aria-label": `${nameOf(i)} to scale: ${cycleWords(i)}`,
  });
  let left = 0;
  for (const phase of phasesInOrder) {
    const width = (cycles[phase + "_us"][i] / whole_us) * wide;
    if (width <= 0) continue;
    const bar = svg("rect", {
      x: left.toFixed(2),
      y: phase === "sleep" ? 14 : 4,
      width: Math.max(width, 0.75).toFixed(2),
      height: phase === "sleep" ? 26 : 36,
    });
    bar.style.fill = colours[phase === "sleep" ? "asleep" : phase];
    picture.append(bar);
    if (width > 140) {
      picture.append(
        svg(
          "text",
          {x: left + width / 2, y: 27, "text-anchor": "middle", "dominant-baseline": "middle", class: "on"},
          `${phaseWords[phase]} ${lasting(cycles[phase + "_us"][i])}`,
        ),
      );
    }
    left += width;
  }
  for (const tick of roundTicks(whole_us, wide / 110)) {
    const place = (tick / whole_us) * wide;
    const mark = svg("line", {x1: place, x2: place, y1: 42, y2: 46});
    mark.style.stroke = colours.soft;
    picture.append(
      mark,
      svg(
        "text",
        {x: place, y: 57, "text-anchor": place < 20 ? "start" : place > wide - 30 ? "end" : "middle"},
        `${+(tick / 1e6).toPrecision(3)} s`,
      ),
    );
  }
  return picture;
}

function byTens(i) {
  const limit = limits[i];
  const rows = phasesInOrder.map((phase) => {
    const us = cycles[phase + "_us"][i];
    const fill = el("div", {class: "fill"});
    fill.style.width = `${100 * share(us)}%`;
    fill.style.background = colours[phase === "sleep" ? "asleep" : phase];
    const track = el("div", {class: "track", "aria-hidden": "true"}, fill);
    const allowed = limit ? limit.phases_ms[phase] * 1e3 : NaN;
    if (limit) {
      const mark = el("div", {class: "allowed"});
      mark.style.left = `${100 * share(allowed)}%`;
      track.append(mark);
    }
    const cell = el("div", {}, track);
    return [phaseWords[phase], {n: lasting(us)}, {n: limit ? lasting(allowed) : "not known"}, cell];
  });
  const made = table(
    "Each phase on a scale from 0.1 ms to 1000 s that goes up by tens; the dashed mark is the contract's",
    ["phase", "time", "contract", "by tens"],
    rows,
  );
  made.querySelectorAll("td:last-child").forEach((cell) => cell.classList.add("wide"));
  return made;
}

function aboutCycle(i) {
  const rows = [
    ["woke", `${wallOf(i)} UTC, as the robot believed`],
    ["verdict", scoreWords(i)],
    [
      "inference",
      cycles.inferred[i]
        ? "one" +
          (Number.isFinite(cycles.since_us[i])
            ? `, ${lasting(cycles.since_us[i])} after the one before`
            : ", the first of this boot")
        : "none",
    ],
    ["batch", Number.isFinite(cycles.batch_age_us[i]) ? `${lasting(cycles.batch_age_us[i])} old` : "none"],
    ["dropped", dropWords(i)],
    ["energy", `${joules(cycles.energy_uj[i])}, ${cycles.metered[i] ? "metered" : "modelled"}`],
    [
      "woken asleep",
      Number.isFinite(cycles.wakeups_asleep[i]) ? plural(cycles.wakeups_asleep[i], "time", "times") : "not measured",
    ],
    ["contract", data.contracts[cycles.contract[i]].id || "none"],
  ];
  const found = deviationsOf(i);
  for (const one of found)
    rows.push(["deviation", `${reasonOf(one.reason).meaning}${one.text ? `: ${one.text}` : ""}`]);
  for (const alarm of data.alarms.filter((a) => a.cycle === cycles.cycle[i])) {
    rows.push(["alarm", alarm.because ? `${alarm.what}: ${alarm.because}` : alarm.what]);
  }
  return table(
    "What the journal has of it",
    [],
    rows.map(([name, text]) => [name, text]),
  );
}
const dropWords = (i) =>
  dropped[i] === 0
    ? "none"
    : Object.keys(dropReasons)
        .filter((why) => cycles[why][i] > 0)
        .map((why) => `${cycles[why][i]} ${dropReasons[why]}`)
        .join(", ");

function makeCycle() {
  let drawn = -1;
  const draw = () => {
    if (view.pointed >= 0 || drawn === view.chosen) return;
    drawn = view.chosen;
    at("cycle-title").textContent = `${nameOf(drawn)} to scale`;
    at("cycle").replaceChildren(
      toScale(drawn),
      el("div", {class: "beside"}, byTens(drawn), aboutCycle(drawn)),
    );
  };
  onCycle(draw);
  const again = () => {
    drawn = -1;
    draw();
  };
  onTheme(again);
  onResize(again);
  draw();
}
