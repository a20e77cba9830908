// What is read out where the pointer is.
const price_decimals = Math.max(data.rows.price_decimals, 0);
const equity_decimals = clamp(-data.rows.equity_scale, 0, 15);
const position_decimals = clamp(-data.rows.position_scale, 0, 15);
const equity = (value) => `${trimmed(number(value, equity_decimals))} ${data.currency}`;

const readings = {
  price: (row) => `mid ${trimmed(number(row.mid, price_decimals + 1))}  (bid ${number(row.bid, price_decimals)}, ask ${number(row.ask, price_decimals)})`,
  equity: (row) => `net ${equity(row.net)}, gross ${equity(row.gross)}`,
  drawdown: (row) => equity(row.drawdown),
  position: (row) => {
    const size = trimmed(number(Math.abs(row.position), position_decimals));
    return row.position === 0 ? "flat" : `${row.position > 0 ? "long" : "short"} ${size}`;
  },
};

const trade_text = (trade) =>
  `${trade.buy ? "▲ bought" : "▼ sold"} ${time_text(trade.open)} at ${number(trade.from, data.trades.price_decimals)}, ` +
  `closed ${time_text(trade.close)} at ${number(trade.to, data.trades.price_decimals)} (${trade.reason}), net ${trimmed(number(trade.net, clamp(-data.trades.net_scale, 0, 15)))} ${data.currency}`;
