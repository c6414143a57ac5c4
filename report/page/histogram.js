// The time between inferences: how often each occurred. Counts stand on a scale that goes up by
// tens, from a half, so that one is seen.
function makeHistogram() {
  const {width_us: width, counts, longer} = data.summary.histogram;
  const between = data.summary.between;
  const box = at("histogram");
  if (!width || between.median_us === null) {
    box.append(el("p", {class: "quiet"}, "There are not two inferences to measure between."));
    return;
  }
  const limit = data.contracts.map((contract) => contract.limits).find((l) => l);
  const words =
    `Shortest ${lasting(between.least_us)}, median ${lasting(between.median_us)}, longest ${lasting(between.most_us)}. ` +
    (limit
      ? `${whole(between.too_soon)} sooner than the period less its guard, ${whole(between.too_late)} later than two periods.`
      : "No contract is at hand to judge them by.");
  box.append(el("p", {}, words));

  const all = [...counts, longer];
  const last = Math.max(
    ...counts.map((n, k) => (n > 0 ? k : 0)),
    limit ? Math.ceil((limit.period_ms * 2e3) / width) + 1 : 0,
  );
  const shown = all.slice(0, Math.min(last + 2, counts.length));
  if (longer > 0) shown.push(longer);
  const label = (k) =>
    k === counts.length || (longer > 0 && k === shown.length - 1)
      ? `longer than ${lasting((counts.length - 0.5) * width)}`
      : k === 0
        ? `up to ${lasting(0.5 * width)}`
        : `${lasting((k - 0.5) * width)} to ${lasting((k + 0.5) * width)}`;
  const draw = () => {
    const wide = Math.max(280, box.clientWidth - 2),
      height = 226,
      foot = 200,
      left = 56,
      right = 12;
    const most = Math.max(...all, 10);
    const y = (n) => (n <= 0 ? foot : foot - (Math.log10(n * 2) / Math.log10(most * 2.6)) * (foot - 16));
    const step = (wide - left - right) / shown.length;
    const mid = (k) => left + (k + 0.5) * step;
    const odd = (k) =>
      limit &&
      (k * width < (limit.period_ms - limit.guard_ms) * 1e3 - width / 2 || k * width > limit.period_ms * 2e3);

    const picture = svg("svg", {
      class: "histogram",
      width: wide,
      height,
      viewBox: `0 0 ${wide} ${height}`,
      role: "img",
      id: "histogram-picture",
      "aria-label": `Histogram of the time between inferences. ${words}`,
    });
    for (let n = 1; n <= most; n *= 10) {
      picture.append(
        svg("line", {class: "grid", x1: left, x2: wide - right, y1: y(n), y2: y(n)}),
        svg("text", {x: left - 6, y: y(n) + 4, "text-anchor": "end"}, whole(n)),
      );
    }
    shown.forEach((n, k) => {
      const bar = svg("rect", {
        class: odd(k) ? "odd" : null,
        x: (left + k * step + 1).toFixed(2),
        y: y(n).toFixed(2),
        width: Math.max(step - 2, 1).toFixed(2),
        height: Math.max(foot - y(n), 0).toFixed(2),
      });
      bar.append(svg("title", {}, `${label(k)}: ${whole(n)}`));
      picture.append(bar);
    });
    const every = [1, 2, 4, 5, 10, 20].find((n) => n * step >= 56) || 40; // a period is twenty bins
    for (let k = 0; k < shown.length; k += every) {
      if (longer > 0 && mid(k) > wide - right - 70) continue;
      picture.append(
        svg(
          "text",
          {x: mid(k), y: foot + 16, "text-anchor": "middle"},
          `${+((k * width) / 1e6).toPrecision(3)} s`,
        ),
      );
    }
    if (longer > 0)
      picture.append(svg("text", {x: wide - right, y: foot + 16, "text-anchor": "end"}, "longer"));
    picture.append(svg("line", {class: "grid", x1: left, x2: wide - right, y1: foot, y2: foot}));
    if (limit) {
      for (const [ms, text] of [
        [limit.period_ms - limit.guard_ms, "least"],
        [limit.period_ms * 2, "most"],
      ]) {
        const place = left + ((ms * 1e3) / width + 0.5) * step;
        if (place > wide - right) continue;
        picture.append(
          svg("line", {class: "limit", x1: place, x2: place, y1: 8, y2: foot}),
          svg(
            "text",
            {
              x: place + (place > wide - 110 ? -5 : 5),
              y: text === "most" && wide < 600 ? 34 : 18,
              "text-anchor": place > wide - 110 ? "end" : "start",
            },
            `${text} ${lasting(ms * 1e3)}`,
          ),
        );
      }
    }
    place.replaceChildren(picture);
  };
  const place = el("div");
  box.append(place);
  draw();
  onResize(draw);
  box.append(
    folded("The same as a table", () =>
      table(
        "How often each interval occurred",
        ["interval", "times"],
        shown.map((n, k) => [label(k), {n: whole(n)}]).filter((_, k) => shown[k] > 0),
      ),
    ),
  );
}
