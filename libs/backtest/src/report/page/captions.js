// What the captions say of the time in view. Thinning keeps the highest and the lowest of each
// stretch, so they are exact but for what lies within one at the edges of the view.
const whole_captions = Object.fromEntries(["price", "equity", "drawdown", "position"].map(
  (name) => [name, document.getElementById(`${name}-facts`).textContent]));

/** The first of those with the greatest value. */
const greatest = (list, value) => list.reduce((best, row) => (value(row) > value(best) ? row : best));
const least = (list, value) => greatest(list, (row) => -value(row));
const moment = (row) => `${time_text(row.time)} UTC`;
const money = (value) => `${number_text(value)} ${data.currency}`;
const price_text = (value) => number_text(value, 12);

/** The share of the largest position that was held on average, of `long` or `short`. */
const held_share = (seen, side) => {
  let sum = 0;
  for (let i = 0; i + 1 < seen.length; ++i) sum += seen[i][side] * (seen[i + 1].time - seen[i].time);
  const time = seen[seen.length - 1].time - seen[0].time;
  return `${number_text(time > 0 ? (100 * sum) / time : 0, 3)}\u00a0%`;
};

const view_captions = {
  price: (seen, first, last) => {
    const low = least(seen, (row) => row.mid);
    const high = greatest(seen, (row) => row.mid);
    const change = first.mid === 0 ? "" : ` (${number_text((100 * (last.mid - first.mid)) / Math.abs(first.mid), 3)}\u00a0%)`;
    return `mid price from ${price_text(first.mid)} to ${price_text(last.mid)}${change}; ` +
      `lowest ${price_text(low.mid)} at ${moment(low)}, highest ${price_text(high.mid)} at ${moment(high)}.`;
  },
  equity: (seen, first, last) => {
    const low = least(seen, (row) => row.net);
    const high = greatest(seen, (row) => row.net);
    return `net equity from ${number_text(first.net)} to ${money(last.net)}, a change of ${number_text(last.net - first.net)}; ` +
      `lowest ${number_text(low.net)} at ${moment(low)}, highest ${number_text(high.net)} at ${moment(high)}. ` +
      `Gross equity from ${number_text(first.gross)} to ${money(last.gross)}.`;
  },
  drawdown: (seen) => {
    const deepest = least(seen, (row) => row.drawdown);
    if (deepest.drawdown === 0) return "net equity never fell below its highest before.";
    return `net equity was at most ${money(-deepest.drawdown)} below its highest before, at ${moment(deepest)}.`;
  },
  position: (seen) => `on average ${held_share(seen, "long")} of the largest position long, ${held_share(seen, "short")} short.`,
};

const say_captions = ([from, to], is_whole) => {
  const seen = is_whole ? [] : rows.filter((row) => !row.silent && row.time >= from && row.time <= to);
  for (const [name, caption] of Object.entries(view_captions)) {
    const text = seen.length > 0 ? `In view: ${caption(seen, seen[0], seen[seen.length - 1])}` : "No book in view.";
    document.getElementById(`${name}-facts`).textContent = is_whole ? whole_captions[name] : text;
  }
};
