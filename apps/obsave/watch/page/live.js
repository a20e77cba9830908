// Shows each event of the recorder. All texts go in as text, never as markup.
const element = (id) => document.getElementById(id);
const say = (id, text) => { element(id).textContent = text; };
const part = (parent, tag, kind = "", text = "") => {
  const node = parent.appendChild(document.createElement(tag));
  if (kind) node.className = kind;
  node.textContent = text;
  return node;
};

const seconds_text = (seconds) => {
  if (seconds === null || seconds === undefined) return "–";
  if (Math.abs(seconds) < 1) return `${number(1000 * seconds, 0)} ms`;
  return seconds < 100 ? `${number(seconds, 1)} s` : `${number(seconds / 60, 0)} min`;
};
const share_text = (agreed, checks) => (checks > 0 ? `${number(100 * agreed / checks, 2)} %` : "–");
const counted = (count, what) => `${number(count, 0)} ${what}${count === 1 ? "" : "s"}`;
const disk_text = (bytes) => (bytes === null ? "–" : `${number(bytes / 1e9, 1)} GB`);
const price_text = (price) => trimmed(number(price, 9));

const shown_levels = 5;
const cards = new Map();
let before = null;
let heard = Date.now();

/** Rows of one card, made once. */
const make_card = (symbol) => {
  const root = part(element("symbols"), "article", "symbol");
  root.dataset.symbol = symbol;
  const card = { root, name: part(root, "h3", "", symbol), facts: part(root, "p", "facts"), checks: part(root, "p", "checks"), rows: [] };
  const table = part(root, "table");
  part(table, "caption", "unseen", `Best levels of ${symbol}`);
  const head = part(part(table, "thead", "unseen"), "tr");
  for (const title of ["price", "volume", "share"]) part(head, "th", "", title).scope = "col";
  const body = part(table, "tbody");
  for (let i = 0; i < 2 * shown_levels + 1; ++i) {
    if (i === shown_levels) {
      card.spread = part(part(body, "tr", "spread"), "td", "number");
      card.spread.colSpan = 3;
      continue;
    }
    const row = part(body, "tr", i < shown_levels ? "ask" : "bid");
    const cells = { price: part(row, "td", "number price"), volume: part(row, "td", "number volume"), bar: part(part(row, "td", "bar"), "i") };
    card.rows.push(cells);
  }
  cards.set(symbol, card);
  return card;
};

const show_level = (cells, level, most) => {
  cells.price.textContent = level ? price_text(level[0]) : "";
  cells.volume.textContent = level ? trimmed(number(level[1], 6)) : "";
  cells.bar.style.width = level && most > 0 ? `${100 * level[1] / most}%` : "0";
};

const show_ladder = (card, { bids, asks }) => {
  const near_asks = asks.slice(0, shown_levels).reverse();
  const near_bids = bids.slice(0, shown_levels);
  const most = Math.max(0, ...near_asks.concat(near_bids).map((level) => level[1]));
  for (let i = 0; i < shown_levels; ++i) {
    show_level(card.rows[i], near_asks[i - (shown_levels - near_asks.length)], most);
    show_level(card.rows[shown_levels + i], near_bids[i], most);
  }
  const has_both = bids.length > 0 && asks.length > 0;
  const spread = has_both ? asks[0][0] - bids[0][0] : 0;
  card.spread.textContent = has_both
    ? `spread ${trimmed(number(spread, decimals_for(spread) + 1))} (${number(2e4 * spread / (asks[0][0] + bids[0][0]), 2)} bp)` : "no book yet";
};

const rate_text = (now, then, time) => (then === undefined || time <= 0 ? "–" : number((now - then) / time, 1));

const show_symbol = (one, then, time) => {
  const card = cards.get(one.symbol) || make_card(one.symbol);
  const rate = rate_text(one.books, then && then.books, time);
  const trade_rate = one.trades === null ? "" : ` · ${rate_text(one.trades, then && then.trades, time)} trades/s`;
  const trade_gaps = one.trades === null ? "" : ` (${one.trade_gaps_today} of trades)`;
  card.facts.textContent = `${rate} books/s${trade_rate} · lag ${seconds_text(one.lag)} · last book ${seconds_text(one.age)} ago`;
  card.checks.textContent = `${counted(one.gaps_today, "gap")} today${trade_gaps} · verified ${share_text(one.agreed, one.checks)}${one.written ? "" : " · cannot be written"}`;
  show_ladder(card, one);
};

const sum = (symbols, key) => symbols.reduce((total, one) => total + one[key], 0);

const show = (event) => {
  const time = before ? (event.time - before.time) / 1000 : 0;
  const earlier = new Map(before ? before.symbols.map((one) => [one.symbol, one]) : []);
  for (const one of event.symbols) show_symbol(one, earlier.get(one.symbol), time);
  const checks = sum(event.symbols, "checks");
  say("rate", rate_text(event.books, before ? before.books : undefined, time));
  say("lag", seconds_text(event.lag));
  say("gaps", String(sum(event.symbols, "gaps_today")));
  element("trades").hidden = event.trades === null;
  say("trade_rate", rate_text(event.trades, before ? before.trades : undefined, time));
  say("trade_gaps", `${counted(sum(event.symbols, "trade_gaps_today"), "gap")} of trades today`);
  say("verified", share_text(sum(event.symbols, "agreed"), checks));
  say("checks", `of ${counted(checks, "check")} agreed`);
  say("disk", disk_text(event.disk_free));
  say("more", event.symbol_count > event.symbols.length ? `The first ${event.symbols.length} of ${event.symbol_count} symbols.` : "");
  document.querySelector(".span").textContent = `${time_text(event.time, false)} UTC · ${counted(event.books, "book")} of ${counted(event.frames, "frame")}`;
  state(event.problem, "Recording.");
  before = event;
};

const state = (problem, well) => {
  say("problem", problem ? `Not well: ${problem}.` : well);
  element("problem").classList.toggle("bad", Boolean(problem));
};

const follow = () => {
  const source = new EventSource("events");
  source.onmessage = (message) => {
    heard = Date.now();
    show(JSON.parse(message.data));
  };
  // The browser itself comes back after a lost connection, but not where there was no room.
  source.onerror = () => {
    if (source.readyState === EventSource.CLOSED) setTimeout(follow, 5000);
  };
};
follow();
setInterval(() => {
  const silence = (Date.now() - heard) / 1000;
  if (silence > 5) state(`nothing was heard from the recorder for ${number(silence, 0)} s`, "");
}, 1000);

// For tests, and for whoever opens the console.
window.live = { get last() { return before; } };
