// Energy and its rails, batches and their ages, and what is counted.
const railLooks = [
  ["infer", [2, 3]],
  ["collect", [8, 3]],
  ["release", [1, 2]],
  ["wake", [10, 3, 2, 3]],
  ["judge", [4, 2]],
  ["report", [12, 4]],
];
function makeEnergy() {
  const energy = cycles.energy_uj.map((uj) => uj / 1e6);
  const metered = energy.map((value, i) => (cycles.metered[i] ? value : NaN));
  const modelled = energy.map((value, i) => (cycles.metered[i] ? NaN : value));
  const budget = limitOf("cycle_budget_uj", 1e-6);
  const rails = data.rails.map((rail) => expand(rail.energy_uj).map((uj) => uj / 1e6));
  const series = [{label: "budget", values: budget, colour: "limit", dash: [6, 4], quiet: true}];
  const names = [];
  if (anyFinite(metered)) {
    series.push({label: "metered", values: metered, colour: "accent"});
    names.push({text: "whole machine, metered", colour: "accent"});
  }
  if (anyFinite(modelled)) {
    series.push({label: "modelled", values: modelled, colour: "asleep", dash: [3, 2]});
    names.push({text: "whole machine, modelled", colour: "asleep", dash: [3, 2]});
  }
  rails.forEach((values, k) => {
    if (!anyFinite(values)) return;
    const [colour, dash] = railLooks[k % railLooks.length];
    series.push({label: `rail ${k}`, values, colour, dash});
    names.push({text: `rail ${data.rails[k].name}`, colour, dash});
  });
  names.push(
    anyFinite(budget)
      ? {text: "budget of a cycle", colour: "limit", dash: [6, 4]}
      : {text: "budget: not known", colour: "card"},
  );
  const words = (i) =>
    `${joules(cycles.energy_uj[i])}, ${cycles.metered[i] ? "metered" : "modelled"}` +
    (Number.isFinite(budget[i]) ? `, of ${fixed(budget[i], 1)} J` : ", budget not known") +
    rails.map((values, k) => `; ${data.rails[k].name} ${joules(values[i] * 1e6)}`).join("");
  at("energy-how").textContent = energyWords();
  lines("energy-chart", "Energy of each cycle against its budget", 260, series, words, {
    range: [0, topOf(energy, budget, ...rails)],
    unit: " J",
  });
  lineKey("energy-chart", names);
  at("energy-chart").append(
    folded("The same as a table", () =>
      stretchTable("Energy of a cycle", [
        ["mean", (i) => energy[i], (v) => `${fixed(v, 2)} J`, mean],
        ["most", (i) => energy[i], (v) => `${fixed(v, 2)} J`, highest],
        ["metered cycles", (i) => cycles.metered[i], whole, sumOf],
        ["over budget", (i) => (energy[i] > budget[i] ? 1 : 0), whole, sumOf],
      ]),
    ),
  );
}

function makeAge() {
  const age = cycles.batch_age_us.map((us) => us / 1e6);
  const limit = limitOf("max_batch_age_ms", 1e-3);
  lines(
    "age-chart",
    "Age of the batch of each cycle against its limit, in seconds",
    200,
    [
      {label: "limit", values: limit, colour: "limit", dash: [6, 4], quiet: true},
      {label: "age", values: age, colour: "score"},
    ],
    (i) =>
      (Number.isFinite(age[i]) ? `batch ${lasting(age[i] * 1e6)} old` : "no batch") +
      (limits[i] ? ` of ${lasting(limit[i] * 1e6)} allowed` : "") +
      `; dropped: ${dropWords(i)}`,
    {range: [0, topOf(age, limit)], unit: " s"},
  );
  lineKey("age-chart", [
    {text: "age of the batch", colour: "score"},
    anyFinite(limit)
      ? {text: "limit", colour: "limit", dash: [6, 4]}
      : {text: "limit: not known", colour: "card"},
  ]);
  at("age-chart").append(
    folded("The same as a table", () =>
      stretchTable("Age of batches, and drops", [
        ["age, mean", (i) => age[i] * 1e6, lasting, mean],
        ["oldest", (i) => age[i] * 1e6, lasting, highest],
        ["batches", (i) => (Number.isFinite(age[i]) ? 1 : 0), whole, sumOf],
        ["dropped", (i) => dropped[i], whole, sumOf],
      ]),
    ),
  );
}

// A bar for each cycle that has some; most have none.
function bars(e) {
  const context = e.drawingContext;
  const foot = e.dygraph.toDomYCoord(0);
  context.fillStyle = e.color;
  for (const point of e.points) {
    if (point.yval > 0) context.fillRect(point.canvasx - 1.5, point.canvasy, 3, foot - point.canvasy);
  }
}
function makeCounts(id, label, values, words, unit) {
  at(id).before(el("h3", {}, label));
  lines(id, label, 130, [{label: unit, values, colour: "warn", plotter: bars}], words, {
    range: [0, topOf(values)],
  });
  at(id).append(
    folded("The same as a table", () =>
      stretchTable(label, [
        [unit, (i) => values[i], whole, sumOf],
        ["cycles", (i) => (values[i] > 0 ? 1 : 0), whole, sumOf],
      ]),
    ),
  );
}
