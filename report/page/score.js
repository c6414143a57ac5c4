// The anomaly score, its threshold, and the verdicts.
// The verdict of each column of pixels, by form: of several cycles the worst.
function verdictStrip(context, area, g) {
  const foot = area.y + area.h - 14;
  const pixel = 1 / context.getTransform().a;
  for (let left = Math.round(area.x / pixel) * pixel; left < area.x + area.w; left += pixel) {
    const [first, last] = covering(g.toDataXCoord(left), g.toDataXCoord(left + pixel));
    const verdicts = cycles.verdict.slice(first, last + 1);
    if (verdicts.includes(1)) {
      context.fillStyle = colours.bad;
      context.fillRect(left, foot, pixel, 12);
    } else if (verdicts.includes(2)) {
      context.fillStyle = fillFor(context, "abstained", colours.soft);
      context.fillRect(left, foot, pixel, 12);
    } else if (verdicts.length > 0) {
      context.fillStyle = colours.good;
      context.fillRect(left, foot + 5, pixel, 2);
    }
  }
}

function makeScore() {
  const score = cycles.score.map((value) => value / 1e4);
  const clipped = score.map((value) => (Number.isFinite(value) ? Math.max(value, 0.02) : NaN));
  // Room below the lowest for the strip of verdicts.
  const range = [Math.min(0.3, lowest(clipped.filter(Number.isFinite))) / 3, Math.max(3, topOf(clipped))];
  const ticks = [0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].filter(
    (v) => v > range[0] * 1.7 && v < range[1],
  );
  const under = (context, area, g) => {
    verdictStrip(context, area, g);
    context.fillStyle = colours.bad;
    for (const i of alarming) {
      if (x[i] >= view.from && x[i] <= view.to)
        flag(context, g.toDomXCoord(x[i]), area.y, area.y + area.h - 14);
    }
  };
  lines(
    "score-chart",
    "Anomaly score against its threshold of 1",
    280,
    [
      {label: "threshold", values: x.map(() => 1), colour: "limit", dash: [6, 4], quiet: true},
      {label: "score", values: clipped, colour: "score"},
    ],
    scoreWords,
    {range, log: true, under, ticker: () => ticks.map((v) => ({v, label: String(v)}))},
  );
  lineKey("score-chart", [
    {text: "score, on a scale that goes up by tens", colour: "score"},
    {text: "threshold, 1", colour: "limit", dash: [6, 4]},
  ]);
  at("score-chart").append(
    folded("The same as a table", () =>
      stretchTable("Scores and verdicts", [
        ["score, mean", (i) => score[i], (v) => fixed(v, 3), mean],
        ["highest", (i) => score[i], (v) => fixed(v, 3), highest],
        ["anomalies", (i) => (cycles.verdict[i] === 1 ? 1 : 0), whole, sumOf],
        ["abstentions", (i) => (cycles.verdict[i] === 2 ? 1 : 0), whole, sumOf],
        ["alarms", (i) => cycles.alarm[i], whole, sumOf],
      ]),
    ),
  );
}
