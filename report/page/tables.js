// What is said in tables and sentences.
const mean = (values) => (values.length === 0 ? NaN : values.reduce((a, b) => a + b, 0) / values.length);
const highest = (values) => values.reduce((a, b) => Math.max(a, b), -Infinity);
const lowest = (values) => values.reduce((a, b) => Math.min(a, b), Infinity);
const sumOf = (values) => values.reduce((a, b) => a + b, 0);

// The stretch that is shown, in at most 60 rows of equal time. columns: [head, of a cycle, to
// text, over many].
function stretchTable(caption, columns) {
  const first = firstAtLeast(x, view.from),
    last = firstAtLeast(x, view.to + 1);
  const few = last - first <= 60;
  const width =
    [60, 300, 900, 1800, 3600, 7200, 21600, 43200, 86400]
      .map((s) => s * 1e3)
      .find((ms) => (view.to - view.from) / ms <= 60) || (view.to - view.from) / 60;
  const rows = [];
  for (let i = first; i < last; ) {
    const begin = Math.floor(x[i] / width) * width;
    const end = few ? i + 1 : Math.max(firstAtLeast(x, begin + width), i + 1);
    const members = [];
    for (let k = i; k < end && k < last; ++k) members.push(k);
    rows.push([
      few ? cycleLink(i) : timeOf(begin).slice(0, 16),
      {n: whole(members.length)},
      ...columns.map(([, of, text, over]) => {
        const values = members.map(of).filter(Number.isFinite);
        return {n: values.length === 0 ? "none" : text(over(values))};
      }),
    ]);
    i = end;
  }
  return table(
    `${caption}, as the charts show it now`,
    [few ? "cycle" : "from (UTC)", "cycles", ...columns.map(([head]) => head)],
    rows,
  );
}

function energyWords() {
  const {modelled, metered} = data.summary;
  if (count === 0) return "";
  const all = "The energy of the whole machine in each cycle. ";
  if (metered.cycles === 0) {
    return (
      all + "It is modelled: the contract's own power model applied to measured times. No meter was read."
    );
  }
  if (modelled.cycles === 0) return all + "It was metered.";
  return (
    all +
    `It was metered in ${plural(metered.cycles, "cycle", "cycles")} and is modelled, by the contract's power model, in ${whole(modelled.cycles)}.`
  );
}

function makeRails() {
  const box = at("rails");
  if (data.rails.length === 0) {
    box.append(
      el(
        "p",
        {class: "quiet"},
        "By rail: unmetered. No meter of a rail was read, so nothing is known of any single one.",
      ),
    );
    return;
  }
  box.append(
    el("h3", {}, "By rail"),
    table(
      "Rails of supply. A rail may be a part of another, so they do not add up to the whole",
      [
        "rail",
        "whole cycles known",
        "mean of a cycle",
        "most",
        "an inference",
        "how it was metered",
        "why not, or not wholly",
      ],
      data.rails.map((rail) => [
        rail.name,
        {n: `${whole(rail.whole_cycles)} of ${whole(count)}`},
        {n: rail.whole_cycles > 0 ? joules(rail.total_uj / rail.whole_cycles) : "unmetered"},
        {n: rail.whole_cycles > 0 ? joules(rail.worst_uj) : "unmetered"},
        {n: rail.inferences > 0 ? joules(rail.inference_uj / rail.inferences) : "unmetered"},
        Object.entries(rail.how)
          .filter(([, n]) => n > 0)
          .map(([how, n]) => `${how} ${whole(n)}`)
          .join(", "),
        rail.why.map((why) => `${why.text} (${whole(why.cycles)})`).join("; "),
      ]),
    ),
  );
}

function makeAlarms() {
  const box = at("alarms");
  box.append(el("h3", {}, "Alarms"));
  if (data.alarms.length === 0 && alarming.length === 0) {
    box.append(el("p", {class: "quiet"}, "None was raised."));
    return;
  }
  const told = new Set(data.alarms.map((alarm) => alarm.cycle));
  const rows = data.alarms.map((alarm) => {
    const i = firstAtLeast(cycles.cycle, alarm.cycle);
    const here = cycles.cycle[i] === alarm.cycle;
    return [
      here ? cycleLink(i) : String(alarm.cycle),
      here ? wallOf(i) : "",
      alarm.kind,
      alarm.because ? `${alarm.what}: ${alarm.because}` : alarm.what,
      alarm.delivered ? "delivered" : "undelivered",
    ];
  });
  for (const i of alarming.filter((place) => !told.has(cycles.cycle[place]))) {
    rows.push([cycleLink(i), wallOf(i), "bearing", "its words are no longer in the journal", ""]);
  }
  box.append(table("Alarms that were raised", ["cycle", "woke (UTC)", "of", "why", "state"], rows));
  if (data.undelivered > 0) {
    box.append(
      el(
        "p",
        {class: "quiet"},
        `Undelivered in the whole journal: ${whole(data.undelivered)}. A robot without sinks delivers none.`,
      ),
    );
  }
}

function makeAbstentions() {
  const box = at("abstentions");
  const [normal, anomaly, abstained] = data.summary.verdicts;
  box.append(
    el("h3", {}, "Verdicts"),
    table(
      "Verdicts of all cycles; whoever abstains says why",
      ["verdict", "cycles", "why"],
      [
        ["normal", {n: whole(normal)}, ""],
        ["anomaly", {n: whole(anomaly)}, "a score of 1 or more, often enough"],
        ["abstained", {n: whole(abstained)}, ""],
        ...data.abstained.map((one) => [
          reasonOf(one.reason).name,
          {n: whole(one.cycles)},
          reasonOf(one.reason).meaning,
        ]),
      ],
    ),
  );
}

function makeDrops() {
  const box = at("drops");
  const total = sumOf(data.summary.dropped);
  const known = data.contracts.map((contract) => contract.limits).find((l) => l);
  box.append(
    el(
      "p",
      {},
      `The oldest batch that was judged was ${lasting(data.summary.oldest_judged_us)} old` +
        (known ? `, of ${lasting(known.max_batch_age_ms * 1e3)} allowed. ` : "; its limit is not known. ") +
        (total === 0 ? "No batch was dropped." : ""),
    ),
  );
  if (total === 0) return;
  box.append(
    table(
      "Batches that were dropped",
      ["reason", "batches", "meaning"],
      Object.keys(dropReasons).map((why, k) => [why, {n: whole(data.summary.dropped[k])}, dropReasons[why]]),
    ),
  );
  makeCounts(
    "drops-chart",
    "Batches dropped in each cycle",
    dropped,
    (i) => `dropped: ${dropWords(i)}`,
    "dropped",
  );
}

function makeSleep() {
  const box = at("sleep-words");
  const {sleep, phases, wakeups_asleep: woken, cycles_woken: cyclesWoken} = data.summary;
  const elapsed = Object.values(phases).reduce((a, b) => a + b, 0);
  const beside = el("div", {class: "beside"});
  box.append(beside);
  beside.append(
    table(
      "Where the recorded time went",
      ["phase", "time", "share"],
      phasesInOrder.map((phase) => [
        phaseWords[phase],
        {n: lasting(phases[phase + "_us"])},
        {n: elapsed > 0 ? `${fixed((100 * phases[phase + "_us"]) / elapsed, 3)} %` : "none"},
      ]),
    ),
  );
  const right = el("div", {});
  beside.append(right);
  right.append(
    el(
      "p",
      {},
      woken === 0
        ? sleep.unseen === cycles.cycle.length
          ? "Whether anything woke it in its sleep was not measured."
          : "Nothing woke it in the sleeps that were looked at: no switch to the process and no early waking."
        : `It was woken ${plural(woken, "time", "times")} in its sleep, in ${plural(cyclesWoken, "cycle", "cycles")}.`,
    ),
  );
  right.append(
    table(
      "How the machine rested, by its own account",
      ["sleeps", "cycles", "remark"],
      [
        [
          "rest proved, or its absence",
          {n: whole(sleep.proved)},
          sleep.proved > 0
            ? `the worst of them rested ${fixed(100 * sleep.least_proved, 2)} % of its sleep`
            : "",
        ],
        ["looked at, proved neither way", {n: whole(sleep.unproved)}, ""],
        [
          "not looked at",
          {n: whole(sleep.unseen)},
          sleep.unseen > 0 ? "nothing is known of GPU, clocks and processors in these" : "",
        ],
      ],
    ),
  );
  if (sleep.hot.length > 0) {
    right.append(
      table(
        "Sleeps in which the GPU was hot, by cause",
        ["cause", "cycles"],
        sleep.hot.map((one) => [one.text, {n: whole(one.cycles)}]),
      ),
    );
  }
  if (sleep.because.length > 0) {
    right.append(
      folded("What that is known from", () =>
        table(
          "Evidence",
          ["from", "cycles"],
          sleep.because.map((one) => [one.text, {n: whole(one.cycles)}]),
        ),
      ),
    );
  }
  if (woken > 0) {
    makeCounts(
      "wakeups-chart",
      "Times woken in each sleep",
      cycles.wakeups_asleep,
      (i) => `woken ${plural(cycles.wakeups_asleep[i], "time", "times")} in the sleep before`,
      "woken",
    );
  }
}

function makeIdentity() {
  const box = at("identity");
  const version = (name) =>
    name ? `${name.name} ${name.epoch}.${name.version}` : "its bundle is not at hand";
  if (data.contracts.length > 0) {
    box.append(
      table(
        "Contracts that these cycles ran under",
        ["contract", "name and version", "period", "awake at most", "budget of a cycle", "cycles"],
        data.contracts.map((one) => [
          el("span", {class: "id"}, one.id || "none"),
          version(one.name),
          {n: one.limits ? lasting(one.limits.period_ms * 1e3) : "not known"},
          {n: one.limits ? lasting(one.limits.awake_ms * 1e3) : "not known"},
          {n: one.limits ? joules(one.limits.cycle_budget_uj) : "not known"},
          {n: `${whole(one.cycles)}`},
        ]),
      ),
    );
  }
  const state = data.activation;
  if (!state) return;
  const words = [];
  const last = data.contracts.length > 0 ? version(data.contracts[data.contracts.length - 1].name) : "";
  if (state.active && version(state.active) !== last) words.push(`Obeyed now: ${version(state.active)}.`);
  if (state.staged) words.push(`Staged: ${version(state.staged)}.`);
  if (state.trial_cycles_left !== null)
    words.push(`On trial, ${whole(state.trial_cycles_left)} cycles left.`);
  if (state.refused) words.push(`Refused last: ${state.refused.text} (${state.refused.name}).`);
  if (words.length > 0) box.append(el("p", {class: "quiet"}, words.join(" ")));
}
