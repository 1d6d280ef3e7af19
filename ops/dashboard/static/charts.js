// Draws curves over time with uPlot: the desk's and the shadow's above, the fall below; zoomed together, read by mouse or keyboard.
"use strict";

const Charts = (() => {
  const RANGES_S = { "1 h": 3600, "24 h": 86400, "7 d": 604800, "30 d": 2592000 };
  const KEPT = "hedge.range";
  const UPPER_PX = 230;
  const LOWER_PX = 90;
  const NEAR_PX = 6;
  const STEP_FRAC = 0.01;
  const ZOOM_FRAC = 0.2;
  const shown = new Map(); // plot element -> what is drawn in it
  let nowS = 0; // the server's time, in seconds

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const looks = {
    live: () => ({ stroke: colour("--accent"), width: 1.5 }),
    shadow: () => ({ stroke: colour("--shadow"), width: 1.5, dash: [6, 4] }),
    quiet: () => ({ stroke: colour("--dim"), width: 1 }),
    dots: () => ({ stroke: colour("--accent"), width: 1, spanGaps: true }),
    fall: () => ({ stroke: colour("--error"), width: 1, fill: colour("--fall") }),
  };
  const units = {
    usd: { least: 1, short: (v) => v.toLocaleString("en-US", { maximumFractionDigits: 0 }), exact: (v) => `${v.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 })} USD` },
    frac: { least: 0.005, short: (v) => `${(100 * v).toFixed(1)} %`, exact: (v) => `${(100 * v).toFixed(2)} %` },
    bps: { least: 0.5, short: (v) => `${v.toFixed(1)}`, exact: (v) => `${v.toFixed(2)} bps` },
  };
  const utc = (s) => uPlot.tzDate(new Date(s * 1000), "Etc/UTC");
  const moment = (s) => `${new Date(s * 1000).toISOString().slice(0, 19).replace("T", " ")} UTC`;

  function range() {
    return document.querySelector("#range input:checked")?.value ?? "24 h";
  }

  function window_(chart) {
    const last = Math.max(...chart.data.curves.map((curve) => curve.times_s.at(-1) ?? 0));
    const wideS = RANGES_S[range()];
    const end = nowS - last < wideS && nowS > last ? nowS : last;
    return { min: end - wideS, max: end };
  }

  // Hours where the axis is short, days where it is long; always UTC.
  function clock(plot, ticks) {
    const isLong = plot.scales.x.max - plot.scales.x.min > 2 * 86400;
    return ticks.map((s) => new Date(s * 1000).toISOString().slice(...(isLong ? [5, 10] : [11, 16])));
  }

  // A flat line stands in the middle of a scale of its own size, not of one from zero.
  // A line that does not move is drawn as one, not as noise of its last digit; what is never below nothing has no axis there.
  const span = (unit) => (_, low, high) => {
    if (low == null) return [0, 1];
    const room = Math.max((high - low) * 0.06, Math.abs(high) * 0.0005, units[unit].least);
    return [low >= 0 ? Math.max(low - room, 0) : low - room, high + room];
  };

  function axes(unit, isLast) {
    const [ink, line] = [colour("--dim"), colour("--line")];
    const font = "11px system-ui, 'DejaVu Sans', sans-serif";
    const common = { stroke: ink, font, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 } };
    return [
      { ...common, show: isLast, size: 28, values: clock },
      { ...common, side: 1, size: 62, values: (_, ticks) => ticks.map((v) => units[unit].short(v)) },
    ];
  }

  function plotted(chart, below) {
    const curves = chart.data.curves.filter((curve) => curve.below === below && curve.times_s.length);
    if (!curves.length) return null;
    const unit = below ? chart.data.unit_below : chart.data.unit;
    const hasLower = chart.data.curves.some((curve) => curve.below);
    const options = {
      width: chart.node.clientWidth || 600,
      height: below ? LOWER_PX : UPPER_PX,
      tzDate: utc,
      cursor: { sync: { key: chart.key, setSeries: false }, drag: { x: true, y: false }, points: { size: 6 } },
      legend: { live: true },
      padding: [10, 12, 0, 24],
      scales: { x: { time: true }, y: curves.some((curve) => curve.role === "fall") ? { range: (_, low) => [Math.min(low ?? 0, -0.0001), 0] } : { range: span(unit) } },
      axes: axes(unit, below || !hasLower),
      series: [
        { label: "time", value: (_, s) => (s == null ? "—" : moment(s)) },
        ...curves.map((curve) => ({ label: curve.name, ...looks[curve.role](), points: { show: curve.role === "dots", size: 5, fill: colour("--accent") }, value: (_, v) => (v == null ? "—" : units[unit].exact(v)) })),
      ],
      hooks: below ? {} : { draw: [(plot) => marked(chart, plot)], setCursor: [(plot) => told(chart, plot)] },
    };
    const joined = uPlot.join(curves.map((curve) => [curve.times_s, curve.values]));
    return new uPlot(options, joined, chart.node);
  }

  // Trades: a triangle up where money was made, down where it was lost.
  function marked(chart, plot) {
    const context = plot.ctx;
    const size = 4 * devicePixelRatio;
    context.save();
    for (const mark of chart.data.marks) {
      if (mark.at_s < plot.scales.x.min || mark.at_s > plot.scales.x.max) continue;
      const [x, y] = [plot.valToPos(mark.at_s, "x", true), plot.valToPos(mark.value, "y", true)];
      const up = mark.good ? -size : size;
      context.fillStyle = colour(mark.good ? "--ok" : "--error");
      context.beginPath();
      context.moveTo(x, y + up);
      context.lineTo(x - size, y - up);
      context.lineTo(x + size, y - up);
      context.fill();
    }
    context.restore();
  }

  function told(chart, plot) {
    const left = plot.cursor.left ?? -1;
    const near = left < 0 ? [] : chart.data.marks.filter((mark) => Math.abs(plot.valToPos(mark.at_s, "x") - left) <= NEAR_PX);
    const text = near.slice(0, 3).map((mark) => `${moment(mark.at_s)} ${mark.text}`).join("; ") + (near.length > 3 ? `; and ${near.length - 3} more` : "");
    if (chart.tip.textContent !== text) chart.tip.textContent = text;
  }

  function draw(chart) {
    for (const plot of chart.plots) plot.destroy();
    chart.node.replaceChildren();
    chart.plots = [plotted(chart, false), plotted(chart, true)].filter(Boolean);
    chart.tip = document.createElement("p");
    chart.tip.className = "tip";
    chart.node.append(chart.tip);
    aim(chart);
  }

  function aim(chart) {
    const scale = window_(chart);
    for (const plot of chart.plots) plot.setScale("x", scale);
  }

  async function fetched(node) {
    const { chart: key, version } = node.dataset;
    const chart = shown.get(node) ?? { node, key, plots: [], version: null, wanted: null };
    shown.set(node, chart);
    if (chart.wanted === version) return;
    chart.wanted = version;
    try {
      const answer = await fetch(`series/${encodeURIComponent(key)}.json?v=${encodeURIComponent(version)}`);
      if (answer.status !== 200) throw new Error(String(answer.status));
      const data = await answer.json();
      if (chart.wanted !== version) return; // a newer one was asked for meanwhile, and may be here already
      chart.data = data;
      chart.version = version;
      draw(chart);
    } catch {
      if (chart.wanted === version) chart.wanted = null; // asked again with the next word of the server
    }
  }

  function keyed(event) {
    const chart = shown.get(event.currentTarget);
    const plot = chart?.plots[0];
    if (!plot) return;
    const { min, max } = plot.scales.x;
    const wide = max - min;
    const left = plot.cursor.left >= 0 ? plot.cursor.left : plot.over.clientWidth;
    const step = plot.over.clientWidth * STEP_FRAC;
    const moves = { ArrowLeft: -step, ArrowRight: step };
    const zooms = { "+": ZOOM_FRAC, "-": -ZOOM_FRAC };
    if (event.key in moves) {
      plot.setCursor({ left: Math.max(0, Math.min(plot.over.clientWidth, left + moves[event.key])), top: plot.over.clientHeight / 2 });
    } else if (event.key in zooms) {
      for (const each of chart.plots) each.setScale("x", { min: min + wide * zooms[event.key], max: max - wide * zooms[event.key] });
    } else if (event.key === "0" || event.key === "Escape") {
      aim(chart);
    } else {
      return;
    }
    event.preventDefault();
  }

  // Charts that are on the page now, drawn anew where the server has other curves.
  function refresh(serverS) {
    nowS = serverS;
    for (const node of document.querySelectorAll("[data-chart]")) {
      if (!shown.has(node)) {
        node.addEventListener("keydown", keyed);
        node.addEventListener("dblclick", () => aim(shown.get(node)));
        new ResizeObserver(() => sized(node)).observe(node);
      }
      fetched(node);
    }
    for (const node of shown.keys()) if (!node.isConnected) shown.delete(node);
  }

  function sized(node) {
    for (const plot of shown.get(node)?.plots ?? []) {
      if (node.clientWidth && plot.width !== node.clientWidth) plot.setSize({ width: node.clientWidth, height: plot.height });
    }
  }

  const each = (act) => () => [...shown.values()].filter((chart) => chart.data).forEach(act);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", each(draw));
  try {
    const kept = localStorage.getItem(KEPT);
    for (const input of document.querySelectorAll("#range input")) {
      if (kept) input.checked = input.value === kept;
      input.addEventListener("change", () => {
        localStorage.setItem(KEPT, input.value);
        each(aim)();
      });
    }
  } catch { /* a browser that keeps nothing still shows everything */ }

  return { refresh };
})();
