// What dygraphs does not draw by itself. A plotter gets { dygraph, drawingContext, plotArea }.
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

const draw_zero = (context, area, chart) => {
  const y = Math.round(chart.toDomYCoord(0)) + 0.5;
  if (y < area.y || y > area.y + area.h) return;
  context.save();
  context.strokeStyle = colour("quiet");
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(area.x, y);
  context.lineTo(area.x + area.w, y);
  context.stroke();
  context.restore();
};

/** Bid to ask. Where books stand denser than pixels, one bar a pixel: browsers are slow with polygons of many corners. */
const draw_spread = (event) => {
  const { dygraph: chart, drawingContext: context, points } = event;
  const area = chart.getArea();
  if (points.length < area.w) {
    Dygraph.Plotters.errorPlotter(event);
    return;
  }
  const top = new Map();
  const bottom = new Map();
  for (const { canvasx, y_top: one, y_bottom: other } of points) {
    if (Number.isNaN(one)) continue;
    const x = Math.floor(canvasx);
    top.set(x, Math.min(top.get(x) ?? Infinity, one, other));
    bottom.set(x, Math.max(bottom.get(x) ?? -Infinity, one, other));
  }
  context.save();
  context.globalAlpha = 0.2;
  context.fillStyle = colour("price");
  for (const [x, high] of top) {
    const y = area.y + area.h * high;
    context.fillRect(x, y, 1, area.y + area.h * bottom.get(x) - y);
  }
  context.restore();
};

/** The trades that fit into the view without hiding each other, the largest first. */
const trades_in_view = (chart) => {
  const [from, to] = chart.xAxisRange();
  const inside = ranked_trades.filter((trade) => trade.close >= from && trade.open <= to);
  return { inside: inside.length, drawn: inside.slice(0, Math.max(20, Math.floor(chart.getArea().w / 8))) };
};

const draw_triangle = (context, x, y, up) => {
  const tip = up ? -6 : 6;
  context.beginPath();
  context.moveTo(x, y + tip);
  context.lineTo(x - 5, y - tip / 2);
  context.lineTo(x + 5, y - tip / 2);
  context.closePath();
  context.fill();
  context.stroke();
};

const draw_circle = (context, x, y) => {
  context.beginPath();
  context.arc(x, y, 3, 0, 2 * Math.PI);
  context.fill();
  context.stroke();
};

/** What was drawn last, for finding what lies under the pointer. */
const drawn_trades = { inside: 0, marks: [] };

const draw_trades = ({ dygraph: chart, drawingContext: context }) => {
  const { inside, drawn } = trades_in_view(chart);
  drawn_trades.inside = inside;
  drawn_trades.marks = drawn.map((trade) => ({
    trade,
    open: { x: chart.toDomXCoord(trade.open), y: chart.toDomYCoord(trade.from) },
    close: { x: chart.toDomXCoord(trade.close), y: chart.toDomYCoord(trade.to) },
  }));
  const paper = colour("paper");
  const side_colour = { true: colour("long"), false: colour("short") };
  context.save();
  for (const { trade, open, close } of drawn_trades.marks) {
    context.strokeStyle = side_colour[trade.buy];
    context.lineWidth = 1.5;
    context.setLineDash(trade.net > 0 ? [] : [3, 3]);
    context.beginPath();
    context.moveTo(open.x, open.y);
    context.lineTo(close.x, close.y);
    context.stroke();
  }
  context.setLineDash([]);
  for (const { trade, close } of drawn_trades.marks) {
    context.fillStyle = paper;
    context.strokeStyle = side_colour[trade.buy];
    draw_circle(context, close.x, close.y);
  }
  for (const { trade, open } of drawn_trades.marks) {
    context.fillStyle = side_colour[trade.buy];
    context.strokeStyle = paper;
    context.lineWidth = 1;
    draw_triangle(context, open.x, open.y, trade.buy);
  }
  context.restore();
};

/** The trade whose entry or exit is nearest to a place in the chart, if one is near. */
const trade_at = (x, y) => {
  let best = null;
  let least = 14;
  for (const { trade, open, close } of drawn_trades.marks) {
    for (const mark of [open, close]) {
      const distance = Math.hypot(mark.x - x, mark.y - y);
      if (distance < least) [best, least] = [trade, distance];
    }
  }
  return best;
};

/** For each pixel the position held long and short, averaged over the time that it stands for. */
const average_positions = (chart, area) => {
  const long = new Float64Array(Math.ceil(area.w));
  const short = new Float64Array(long.length);
  for (let i = 0; i + 1 < rows.length; ++i) {
    if (rows[i].silent || rows[i + 1].silent || (!rows[i].long && !rows[i].short)) continue;
    const left = Math.max(0, chart.toDomXCoord(rows[i].time) - area.x);
    const right = Math.min(area.w, chart.toDomXCoord(rows[i + 1].time) - area.x);
    for (let x = Math.floor(left); x < right; ++x) {
      const share = Math.min(right, x + 1) - Math.max(left, x);
      long[x] += rows[i].long * share;
      short[x] += rows[i].short * share;
    }
  }
  return { long, short };
};

const draw_positions = ({ dygraph: chart, drawingContext: context }) => {
  const area = chart.getArea();
  if (area.w <= 0) return;
  const { long, short } = average_positions(chart, area);
  const zero = chart.toDomYCoord(0);
  const unit = zero - chart.toDomYCoord(data.largest_position || 1);
  context.save();
  for (const [held, name, sign] of [[long, "long", -1], [short, "short", 1]]) {
    context.fillStyle = colour(name);
    held.forEach((share, x) => {
      if (share > 0) context.fillRect(area.x + x, zero, 1, sign * share * unit);
    });
  }
  context.restore();
};
