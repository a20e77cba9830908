// A client that is not ours follows the simulated exchange: ccxt.
//   follow_by_ccxt.mjs FOLDER_OF_CCXT VENUE URL SYMBOL BOOKS
// Prints the CRC-32 of the ladder of each book that it sees.
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const [folder, venue, url, symbol, count] = process.argv.slice(2);
const { default: ccxt } = await import(pathToFileURL(resolve(folder, 'js/ccxt.js')).href);

// Of Binance, its path ends with the number of a socket; here that is a query. Books come by HTTP.
const origin = new URL(url).origin.replace(/^ws/, 'http');
const binance = (stream, page, path) => (api) => {
  api.ws[stream] = `${url}?socket=`;
  api[page] = origin + path;
};
// What ccxt calls each venue, the kind of its markets, and where its address stands.
const venues = {
  'binance-spot': { id: 'binance', kind: 'spot', aim: binance('spot', 'public', '/api/v3') },
  'binance-usdm': {
    id: 'binanceusdm', kind: 'linear', aim: binance('future', 'fapiPublic', '/fapi/v1'),
  },
  'binance-coinm': {
    id: 'binancecoinm', kind: 'inverse', aim: binance('delivery', 'dapiPublic', '/dapi/v1'),
  },
  coinbase: { id: 'coinbase', kind: 'spot', aim: (api) => { api.ws = url; } },
  deribit: { id: 'deribit', kind: 'inverse', aim: (api) => { api.ws = url; } },
  'bybit-spot': { id: 'bybit', kind: 'spot', aim: (api) => { api.ws.public.spot = url; } },
  'bybit-linear': { id: 'bybit', kind: 'linear', aim: (api) => { api.ws.public.linear = url; } },
  'bybit-inverse': { id: 'bybit', kind: 'inverse', aim: (api) => { api.ws.public.inverse = url; } },
  okx: { id: 'okx', kind: 'spot', aim: (api) => { api.ws = url.replace(/\/public$/, ''); } },
  // There ccxt's own name of a market is the venue's.
  kraken: { id: 'kraken', kind: 'spot', aim: (api) => { api.ws.publicV2 = url; }, name: symbol },
  'kraken-futures': { id: 'krakenfutures', kind: 'inverse', aim: (api) => { api.ws = url; } },
};
const { id, kind, aim, name = 'X/Y' } = venues[venue];
const [base, quote] = name.split('/');
const exchange = new ccxt.pro[id]({ newUpdates: true });
aim(exchange.urls.api);
// Its own list of markets would come from the exchange itself.
exchange.setMarkets([exchange.safeMarketStructure({
  id: symbol, lowercaseId: symbol.toLowerCase(), symbol: name, base, quote, active: true,
  type: kind === 'spot' ? 'spot' : 'swap', spot: kind === 'spot', swap: kind !== 'spot',
  contract: kind !== 'spot', linear: kind === 'linear', inverse: kind === 'inverse',
  precision: { price: 1e-9, amount: 1e-9 },
})]);

function crc32(text) {
  let crc = 0xffffffff;
  for (let i = 0; i < text.length; ++i) {
    crc ^= text.charCodeAt(i);
    for (let bit = 0; bit < 8; ++bit) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ((crc ^ 0xffffffff) >>> 0).toString(16).padStart(8, '0');
}

// As obexchange writes the ladder: 50 levels a side, the worst bid first, the worst ask last.
function ladder(book) {
  const side = (rows) => rows.slice(0, 50).map(([price, size]) => `${price.toFixed(1)},${size};`);
  return side(book.bids).reverse().join('') + '|' + side(book.asks).join('');
}

for (let i = 0; i < Number(count); ++i)
  console.log(crc32(ladder(await exchange.watchOrderBook(name))));
process.exit(0); // its timers would keep it
