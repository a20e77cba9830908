// The four charts over time: they zoom and point as one.
const element = (id) => document.getElementById(id);
const extent_of = (...keys) => {
  const extent = [Infinity, -Infinity];
  for (const row of rows) {
    if (row.silent) continue;
    for (const key of keys) {
      extent[0] = Math.min(extent[0], row[key]);
      extent[1] = Math.max(extent[1], row[key]);
    }
  }
  return extent;
};

const charts = {};
const cursors = {};
const each_chart = (action) => Object.entries(charts).forEach(([name, chart]) => action(chart, name));

const first_time = rows[0].time;
const last_time = rows[rows.length - 1].time;
const whole = last_time > first_time ? [first_time, last_time] : [first_time - 30000, first_time + 30000];
let view = whole;
let synchronising = false;

/** A window of the time axis that lies within the data and is no shorter than ten milliseconds. */
const within_data = ([from, to]) => {
  const width = clamp(to - from, Math.min(10, whole[1] - whole[0]), whole[1] - whole[0]);
  const start = clamp((from + to - width) / 2, whole[0], whole[1] - width);
  return [start, start + width];
};

const is_zoomed = () => view[0] > whole[0] || view[1] < whole[1];

const say_view = () => {
  say_captions(view, !is_zoomed());
  const precise = view[1] - view[0] < 60000;
  element("window").textContent = `${time_text(view[0], precise)} to ${time_text(view[1], precise)} UTC`;
  const { inside, marks } = drawn_trades;
  element("price-note").textContent = inside > marks.length
    ? `Marked: of ${number(inside, 0)} trades in view the ${number(marks.length, 0)} that gained or lost most. Zoom in for more.` : "";
};

const show = (range, also = {}) => {
  view = within_data(range);
  const zoomed = is_zoomed();
  synchronising = true;
  each_chart((chart, name) => chart.updateOptions({ dateWindow: view, includeZero: name !== "price" && !zoomed, ...(also[name] || {}) }));
  synchronising = false;
  say_view();
};

const value_ranges = {
  position: [-1.15 * (data.largest_position || 1), 1.15 * (data.largest_position || 1)],
  drawdown: extent_of("drawdown")[0] < 0 ? null : [-1, 0.2],
};
const show_all = () => {
  const also = {};
  each_chart((_, name) => { also[name] = { valueRange: value_ranges[name] || null }; });
  show(whole, also);
};

const read_out = (row_number, trade) => {
  const row = rows[row_number];
  each_chart((chart, name) => {
    const time = name === "price" ? time_text(row.time) : clock_text(new Date(row.time), true);
    const text = row.silent ? "no book" : readings[name](row);
    const line = element(`${name}-reading`);
    line.textContent = trade && name === "price" ? trade_text(trade) : `${time}\u2002${text}`;
    line.classList.remove("idle");
    cursors[name].hidden = false;
    cursors[name].style.left = `${chart.toDomXCoord(row.time)}px`;
  });
};

const point_at = (row_number, source = null, trade = null) => {
  each_chart((chart) => { if (chart !== source) chart.setSelection(row_number); });
  read_out(row_number, trade);
};

const point_nowhere = (source = null) => {
  each_chart((chart, name) => {
    if (chart !== source) chart.clearSelection();
    const line = element(`${name}-reading`);
    line.textContent = name === "price" ? "Point at a chart to read it." : "\u00a0";
    line.classList.add("idle");
    cursors[name].hidden = true;
  });
};

const finger_places = (event, chart) => {
  const left = chart.graphDiv.getBoundingClientRect().left;
  return [...event.touches].map((touch) => touch.clientX - left).sort((a, b) => a - b);
};

// One finger points (and scrolls the page up and down), two pinch.
const pinch = { start: null };
const touch_model = {
  touchstart: (event, chart) => {
    const places = finger_places(event, chart);
    pinch.start = places.length === 2 ? places.map((x) => chart.toDataXCoord(x)) : null;
    if (places.length === 2) event.preventDefault();
  },
  touchmove: (event, chart) => {
    const places = finger_places(event, chart);
    if (places.length === 1) point_at(chart.findClosestRow(places[0]));
    if (places.length !== 2 || !pinch.start || places[1] - places[0] < 5) return;
    event.preventDefault();
    const area = chart.getArea();
    const unit = (pinch.start[1] - pinch.start[0]) / (places[1] - places[0]);
    const from = pinch.start[0] - (places[0] - area.x) * unit;
    show([from, from + area.w * unit]);
  },
  touchend: () => { pinch.start = null; },
};

const common_options = () => ({
  labelsUTC: true,
  legend: "never",
  rightGap: 8,
  strokeWidth: 1.5,
  highlightCircleSize: 4,
  yRangePad: 10,
  dateWindow: view,
  interactionModel: { ...Dygraph.defaultInteractionModel, ...touch_model, dblclick: show_all },
  highlightCallback: function (event, x, points, row) {
    const trade = this === charts.price ? trade_at(event.offsetX, event.offsetY) : null;
    point_at(row, this, trade);
  },
  unhighlightCallback: function () { point_nowhere(this); },
  drawCallback: (chart, initial) => {
    if (initial || synchronising) return;
    const range = chart.xAxisRange();
    if (range[0] === view[0] && range[1] === view[1]) say_view(); else show(range);
  },
});

/** The same for all charts, so that their times stand below each other. */
const label_width = () => {
  const longest = [["bid", "ask"], ["net", "gross"], ["drawdown"]].map((keys) => {
    const [low, high] = extent_of(...keys);
    const decimals = decimals_for(high - low || Math.abs(high));
    return Math.max(number(low, decimals).length, number(high, decimals).length);
  });
  return clamp(7 * Math.max(...longest) + 10, 44, 130);
};

const position_ticks = () => [data.largest_position, 0, -data.largest_position].map((v) => ({ v, label: trimmed(number(v, position_decimals)) }));

const axes = (name) => ({
  x: { ticker: Dygraph.dateTicker, axisLabelFormatter: tick_text, pixelsPerLabel: 58 },
  y: {
    axisLabelWidth: label_width(),
    axisLabelFormatter: (value, granularity, options, chart) => {
      const [low, high] = chart.yAxisRange(0);
      return number(value, decimals_for(high - low));
    },
    ...(name === "position" ? { ticker: position_ticks } : {}),
  },
});

const themed = {
  price: () => ({ colors: [colour("price")] }),
  equity: () => ({ colors: [colour("gross"), colour("net")] }),
  drawdown: () => ({ colors: [colour("drawdown")] }),
  position: () => ({ colors: [colour("ink")] }),
};
const frame = () => ({ axisLineColor: colour("rule"), gridLineColor: colour("grid"), gridLineWidth: 1, axisLineWidth: 1 });

const table = (values, empty) => rows.map((row) => [row.time, ...(row.silent ? empty : values(row))]);
const definitions = {
  price: {
    rows: table((row) => [[row.bid, row.mid, row.ask]], [null]),
    options: { labels: ["time", "mid"], customBars: true, fillAlpha: 0.2, plotter: [draw_spread, Dygraph.Plotters.linePlotter, draw_trades] },
  },
  equity: {
    rows: table((row) => [row.gross, row.net], [null, null]),
    options: { labels: ["time", "gross", "net"], includeZero: true, underlayCallback: draw_zero, series: { gross: { strokePattern: [5, 3] }, net: { strokeWidth: 2 } } },
  },
  drawdown: {
    rows: table((row) => [row.drawdown], [null]),
    options: { labels: ["time", "drawdown"], includeZero: true, fillGraph: true, fillAlpha: 0.25, valueRange: value_ranges.drawdown, underlayCallback: draw_zero },
  },
  position: {
    rows: table((row) => [row.position], [null]),
    options: { labels: ["time", "position"], valueRange: value_ranges.position, plotter: draw_positions, underlayCallback: draw_zero, highlightCircleSize: 0 },
  },
};

const zoom_steps = {
  in: ([from, to]) => [from + (to - from) / 4, to - (to - from) / 4],
  out: ([from, to]) => [from - (to - from) / 2, to + (to - from) / 2],
  earlier: ([from, to]) => [from - (to - from) / 2, to - (to - from) / 2],
  later: ([from, to]) => [from + (to - from) / 2, to + (to - from) / 2],
};

for (const [name, { rows: values, options }] of Object.entries(definitions)) {
  charts[name] = new Dygraph(element(name), values, { ...common_options(), axes: axes(name), ...frame(), ...themed[name](), ...options });
  cursors[name] = Object.assign(document.createElement("div"), { className: "cursor", hidden: true });
  cursors[name].style.height = `${charts[name].getArea().h}px`;
  element(name).append(cursors[name]);
}
say_view();
point_nowhere();

document.querySelectorAll("[data-zoom]").forEach((button) => button.addEventListener("click", () => {
  const step = zoom_steps[button.dataset.zoom];
  if (step) show(step(view)); else show_all();
}));

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  synchronising = true;
  each_chart((chart, name) => chart.updateOptions({ ...frame(), ...themed[name]() }));
  synchronising = false;
});

// For tests, and for whoever opens the console.
window.report = { charts, rows, trades };
