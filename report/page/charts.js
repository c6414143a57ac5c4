// The charts of lines: drawn, zoomed and read by dygraphs. All show the same stretch of time.
const graphs = [];
// Of its parts, those that draw: the others write HTML, which this page refuses.
Dygraph.PLUGINS = [Dygraph.Plugins.Axes, Dygraph.Plugins.Grid];

// series: {label, values, colour, dash, points}. `extra` draws below the lines.
function lines(id, label, height, series, words, options = {}) {
  let graph = null;
  const {box, update} = chart(id, label, height, words, (i) => (graph ? graph.toDomXCoord(x[i]) : NaN));
  const plot = el("div", {class: "plot", "aria-hidden": "true"});
  box.prepend(plot);
  const rows = x.map((time, i) => [
    time,
    ...series.map((one) => {
      const value = one.values[i];
      return Number.isFinite(value) && (!options.log || value > 0) ? value : null;
    }),
  ]);
  const styled = () => ({
    colors: series.map((one) => colours[one.colour]),
    gridLineColor: colours.line,
    axisLineColor: colours.soft,
  });
  graph = new Dygraph(plot, rows, {
    labels: ["time", ...series.map((one) => one.label)],
    legend: "never",
    labelsUTC: true,
    animatedZooms: false,
    strokeWidth: 1.6,
    rightGap: edge.right,
    dateWindow: [view.from, view.to],
    valueRange: options.range,
    logscale: options.log || false,
    highlightCircleSize: 4,
    panEdgeFraction: 0,
    digitsAfterDecimal: 6,
    series: Object.fromEntries(
      series.map((one) => [
        one.label,
        {
          ...(one.plotter ? {plotter: one.plotter} : {}),
          strokePattern: one.dash || null,
          drawPoints: one.points || false,
          strokeWidth: one.dash ? 1.4 : 1.6,
          highlightCircleSize: one.quiet ? 0 : 4,
          pointSize: 2,
        },
      ]),
    ),
    axes: {
      x: {ticker: (from, to, pixels) => timeTicks(from, to, pixels), drawGrid: false, axisLabelWidth: 64},
      y: {
        ticker:
          options.ticker ||
          ((from, to, pixels) =>
            roundTicks(to, Math.max(2, pixels / 45))
              .filter((v) => v >= from)
              .map((v) => ({v, label: `${+v.toPrecision(4)}${options.unit || ""}`}))),
        axisLabelWidth: 50,
      },
    },
    interactionModel: {
      willDestroyContextMyself: true,
      mousedown: Dygraph.defaultInteractionModel.mousedown,
      dblclick: showAll,
    },
    highlightCallback: (_event, time) => point(nearest(time)),
    unhighlightCallback: () => point(-1),
    clickCallback: (_event, time) => choose(nearest(time)),
    zoomCallback: (from, to) => show(from, to),
    underlayCallback: (context, area, g) => {
      if (options.under) options.under(context, area, g);
    },
    ...styled(),
  });
  onStretch(() => {
    graph.updateOptions({dateWindow: [view.from, view.to]});
    update();
  });
  onTheme(() => {
    graph.updateOptions(styled());
  });
  onResize(() => {
    graph.resize();
    update();
  });
  graph.ready(update);
  graphs.push({id, graph});
  return graph;
}

// The names of lines, with a piece of each.
function lineKey(id, entries) {
  const list = el(
    "ul",
    {class: "key"},
    entries.map(({text, colour, dash, width}) => {
      const canvas = el("canvas", {width: 64, height: 20, "aria-hidden": "true"});
      canvas.style.width = "32px";
      canvas.style.height = "10px";
      const draw = () => {
        const context = canvas.getContext("2d");
        context.clearRect(0, 0, 64, 20);
        context.strokeStyle = colours[colour];
        context.lineWidth = (width || 2) * 2;
        context.setLineDash((dash || []).map((n) => n * 2));
        context.beginPath();
        context.moveTo(0, 10);
        context.lineTo(64, 10);
        context.stroke();
      };
      draw();
      onTheme(draw);
      return el("li", {}, canvas, text);
    }),
  );
  at(id).prepend(list);
}

// A line of the contract's, which may change with the contract.
const limitOf = (name, factor) => limits.map((limit) => (limit ? limit[name] * factor : NaN));
const anyFinite = (values) => values.some(Number.isFinite);
const topOf = (...lists) => {
  let top = 0;
  for (const list of lists) for (const value of list) if (value > top) top = value;
  return top > 0 ? top * 1.12 : 1;
};
