// Columns come as differences of whole numbers, to be short.
const data = JSON.parse(document.getElementById("data").textContent);

const column = (differences, scale = 0) => {
  let sum = 0;
  const power = 10 ** Math.abs(scale);
  return differences.map((difference) => {
    sum += difference;
    return scale < 0 ? sum / power : sum * power;
  });
};

/** One entry a row; at a silence a row without values is put in, which breaks the lines. */
const make_rows = (source) => {
  const time = column(source.time);
  const bid = column(source.bid, -source.price_decimals);
  const ask = column(source.spread).map((spread, i) => bid[i] + spread / 10 ** source.price_decimals);
  const gross = column(source.gross, source.equity_scale);
  const cost = column(source.cost, source.equity_scale);
  const drawdown = column(source.drawdown, source.equity_scale);
  const position = column(source.position, source.position_scale);
  const long = column(source.long, -3);
  const short = column(source.short, -3);
  const silent = new Set(source.after_silence);
  const rows = [];
  time.forEach((t, i) => {
    if (silent.has(i)) rows.push({ time: (time[i - 1] + t) / 2, silent: true });
    rows.push({
      time: t, bid: bid[i], ask: ask[i], mid: (bid[i] + ask[i]) / 2,
      gross: gross[i], net: gross[i] - cost[i], drawdown: drawdown[i],
      position: position[i], long: long[i], short: short[i],
    });
  });
  return rows;
};

const make_trades = (source) => {
  const open = column(source.open);
  const from = column(source.from, -source.price_decimals);
  const to = column(source.to, -source.price_decimals);
  const net = column(source.net, source.net_scale);
  return open.map((time, i) => ({
    open: time, close: time + source.held[i], from: from[i], to: to[i], net: net[i],
    buy: source.buy[i] === 1, reason: source.reasons[source.reason[i]],
  }));
};

const rows = make_rows(data.rows);
const trades = make_trades(data.trades);
/** Those that matter first. */
const ranked_trades = [...trades].sort((a, b) => Math.abs(b.net) - Math.abs(a.net));
