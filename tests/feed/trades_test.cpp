// What all protocols read of trades: the exchanges' own frames, shortened.
#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/core/time.hpp"
#include "obkit/feed/venue.hpp"

namespace obkit::feed {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr const char* binance_trade =
    R"({"stream":"btcusdt@trade","data":{"e":"trade","E":1723161256323,"T":1723161256322,)"
    R"("s":"BTCUSDT","t":5266583935,"p":"61800.30","q":"0.006","X":"MARKET","m":false}})";
constexpr const char* binance_aggregate =
    R"({"stream":"btcusdt@aggTrade","data":{"e":"aggTrade","E":1790526539033,"a":3466782974,)"
    R"("s":"BTCUSDT","p":"84551.10","q":"0.030","nq":"0.030","f":8123344783,"l":8123344785,)"
    R"("T":1790526538883,"m":true,"st":1}})";
constexpr const char* bybit_trade =
    R"({"topic":"publicTrade.BTCUSDT","type":"snapshot","ts":1786310820347,"data":[)"
    R"({"T":1786310820346,"s":"BTCUSDT","S":"Sell","v":"0.01","p":"1922.50","L":"PlusTick",)"
    R"("i":"19d7df56-4f10-5290-a969-d9d9f2c74cc3","BT":false,"RPI":false,"seq":430879434439}]})";
constexpr const char* okx_trade =
    R"({"arg":{"channel":"trades","instId":"BTC-USDT-SWAP"},"data":[{"instId":"BTC-USDT-SWAP",)"
    R"("tradeId":"2953620280","px":"84093.5","sz":"24.31","side":"buy","ts":"1790439596521",)"
    R"("count":"59","source":"0","seqId":342177339042}]})";
constexpr const char* kraken_trade =
    R"({"channel":"trade","type":"update","data":[{"symbol":"BTC/USD","side":"buy",)"
    R"("price":77313.3,"qty":0.0084064,"ord_type":"limit","trade_id":107612614,)"
    R"("timestamp":"2026-09-13T20:52:59.976634Z"}]})";
constexpr const char* kraken_futures_trade =
    R"({"feed":"trade","product_id":"PF_XBTUSD","uid":"a9d80da7","side":"sell","type":"fill",)"
    R"("seq":447666,"time":1789332835217,"qty":0.019,"price":77320.0})";
constexpr const char* coinbase_trade =
    R"({"channel":"market_trades","timestamp":"2026-08-09T21:05:51.5Z","sequence_num":7,"events":[)"
    R"({"type":"update","trades":[{"product_id":"BTC-USD","trade_id":"1068572096",)"
    R"("price":"65083.67","size":"0.5","time":"2026-08-09T21:05:51.426861Z","side":"SELL"},)"
    R"({"product_id":"BTC-USD","trade_id":"1068572095","price":"65083.66","size":"0.25",)"
    R"("time":"2026-08-09T21:05:51.376358Z","side":"BUY"}]}]})";
constexpr const char* coinbase_match =
    R"({"type":"match","trade_id":1100243480,"maker_order_id":"a","taker_order_id":"b",)"
    R"("side":"sell","size":"0.00136465","price":"83420.21","product_id":"BTC-USD",)"
    R"("sequence":136999327713,"time":"2026-09-30T02:03:12.795074Z"})";
constexpr const char* deribit_trade =
    R"({"jsonrpc":"2.0","method":"subscription","params":{"channel":"trades.BTC-PERPETUAL.100ms",)"
    R"("data":[{"timestamp":1789344933994,"price":76917.5,"amount":8450.0,"direction":"buy",)"
    R"("instrument_name":"BTC-PERPETUAL","trade_seq":140284854,"trade_id":"267258393",)"
    R"("contracts":845.0}]}})";
constexpr const char* bitmex_trade =
    R"({"table":"trade","action":"insert","data":[{"timestamp":"2021-07-22T22:36:11.685Z",)"
    R"("symbol":"XBTUSD","side":"Buy","size":100,"price":32180.5,"tickDirection":"PlusTick",)"
    R"("trdMatchID":"6e70bebe-235e","grossValue":310747}]})";

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from << " in " << text;
  return text.replace(at, from.size(), to);
}

/// A protocol of one venue that wants trades.
class Reader {
 public:
  explicit Reader(std::string_view venue, Subscription subscription = {.with_trades = true})
      : protocol_{find_venue(venue)->make_protocol(std::move(subscription))} {}

  const Frame& decode(std::string_view text) { return protocol_->decode(text); }
  Protocol& protocol() { return *protocol_; }
  /// Of a frame that has them, of one symbol.
  std::vector<Trade> trades(std::string_view text) {
    const Frame& frame = decode(text);
    EXPECT_EQ(frame.kind, Frame::Kind::trades) << frame.text;
    EXPECT_TRUE(frame.updates.empty());
    return frame.trades.size() == 1 ? frame.trades[0].trades : std::vector<Trade>{};
  }
  /// Of a frame with one trade.
  Trade trade(std::string_view text) {
    const auto all = trades(text);
    EXPECT_EQ(all.size(), 1U);
    return all.empty() ? Trade{} : all[0];
  }

 private:
  std::unique_ptr<Protocol> protocol_;
};

Timestamp at(std::string_view text) { return parse_iso(text).value(); }
Price price(std::string_view text) { return parse_price(text).value(); }

TEST(Trades, of_binance_are_fills_whose_buyer_may_be_the_maker) {
  for (const char* venue : {"binance-spot", "binance-usdm", "binance-coinm"}) {
    Reader reader{venue};
    EXPECT_EQ(reader.trade(binance_trade), (Trade{.time = at("2024-08-08T23:54:16.322Z"),
                                                  .price = price("61800.30"),
                                                  .volume = 0.006,
                                                  .aggressor = Aggressor::buyer,
                                                  .id = "5266583935",
                                                  .number = 5266583935}));
    EXPECT_EQ(reader.decode(binance_trade).trades[0].symbol, "BTCUSDT");
    EXPECT_EQ(reader.decode(binance_aggregate).kind, Frame::Kind::other) << "the same once more";
  }
  EXPECT_EQ(Reader{"binance-usdm"}.trade(binance_aggregate),
            (Trade{.time = at("2026-09-27T16:28:58.883Z"),
                   .price = price("84551.10"),
                   .volume = 0.03,
                   .aggressor = Aggressor::seller,
                   .id = "3466782974",
                   .number = 3466782974}));
}

TEST(Trades, of_binance_that_never_met_the_book_say_why) {
  const auto off = [](std::string_view from, std::string_view to, const char* text) {
    return Reader{"binance-usdm"}.trade(replaced(text, from, to)).off;
  };
  EXPECT_EQ(off("MARKET", "INSURANCE_FUND", binance_trade), "fund");
  EXPECT_EQ(off("MARKET", "ADL", binance_trade), "adl");
  EXPECT_EQ(off("MARKET", "NA", binance_trade), "other");
  EXPECT_EQ(off(R"("nq":"0.030")", R"("nq":"0.000")", binance_aggregate), "rpi");
}

TEST(Trades, of_binance_need_their_number_and_side) {
  for (const char* part :
       {R"("t":5266583935,)", R"(,"m":false)", R"("p":"61800.30",)", R"("q":"0.006",)"})
    EXPECT_EQ(Reader{"binance-spot"}.decode(replaced(binance_trade, part, "")).kind,
              Frame::Kind::malformed)
        << part;
}

TEST(Trades, of_bybit_are_live_though_their_type_is_snapshot) {
  for (const char* venue : {"bybit-linear", "bybit-spot", "bybit-inverse"})
    EXPECT_EQ(Reader{venue}.trade(bybit_trade),
              (Trade{.time = at("2026-08-09T21:27:00.346Z"),
                     .price = price("1922.50"),
                     .volume = 0.01,
                     .aggressor = Aggressor::seller,
                     .id = "19d7df56-4f10-5290-a969-d9d9f2c74cc3"}));
  const auto off = [](std::string_view from, std::string_view to) {
    return Reader{"bybit-spot"}.trade(replaced(bybit_trade, from, to)).off;
  };
  EXPECT_EQ(off(R"("BT":false)", R"("BT":true)"), "block");
  EXPECT_EQ(off(R"("RPI":false)", R"("RPI":true)"), "rpi");
}

TEST(Trades, of_okx_take_as_many_numbers_as_they_have_fills) {
  EXPECT_EQ(Reader{"okx"}.trade(okx_trade), (Trade{.time = at("2026-09-26T16:19:56.521Z"),
                                                   .price = price("84093.5"),
                                                   .volume = 24.31,
                                                   .aggressor = Aggressor::buyer,
                                                   .id = "2953620280",
                                                   .number = 2953620280,
                                                   .fills = 59}));
  EXPECT_EQ(Reader{"okx"}.trade(replaced(okx_trade, R"("source":"0")", R"("source":"1")")).off,
            "elp");
}

constexpr const char* okx_book =
    R"({"arg":{"channel":"books","instId":"BTC-USDT-SWAP"},"action":"snapshot","data":[{)"
    R"("asks":[["101","3","0","6"]],"bids":[["100.5","0.25","0","3"]],"ts":"1790439596500",)"
    R"("checksum":0,"seqId":342177339042,"prevSeqId":-1}]})";

TEST(Trades, of_okx_that_the_first_book_has_seen_are_old) {
  Reader reader{"okx"};
  EXPECT_EQ(reader.decode(okx_book).kind, Frame::Kind::book);
  EXPECT_EQ(reader.decode(okx_trade).kind, Frame::Kind::other) << "the last before";
  EXPECT_EQ(reader.decode(okx_trade).kind, Frame::Kind::trades) << "which alone may be old";
  static_cast<void>(reader.protocol().open());
  EXPECT_EQ(reader.decode(okx_book).kind, Frame::Kind::book);
  EXPECT_EQ(reader.decode(replaced(okx_trade, "342177339042", "342177339043")).kind,
            Frame::Kind::trades)
      << "and may be new";
}

TEST(Trades, of_okx_without_numbers_begin_with_an_old_one) {
  const std::string legacy =
      replaced(okx_trade, R"(,"count":"59","source":"0","seqId":342177339042)", "");
  Reader reader{"okx"};
  EXPECT_EQ(reader.decode(legacy).kind, Frame::Kind::other);
  EXPECT_EQ(reader.trade(legacy).number, 2953620280U);
  const std::string each = replaced(legacy, R"("trades")", R"("trades-all")");
  EXPECT_EQ(reader.decode(each).kind, Frame::Kind::other) << "a second channel of the same";
}

TEST(Trades, of_kraken_are_new_but_for_those_of_a_snapshot) {
  Reader reader{"kraken"};
  EXPECT_EQ(reader.trade(kraken_trade), (Trade{.time = at("2026-09-13T20:52:59.976634Z"),
                                               .price = price("77313.3"),
                                               .volume = 0.0084064,
                                               .aggressor = Aggressor::buyer,
                                               .id = "107612614",
                                               .number = 107612614}));
  EXPECT_EQ(reader.decode(replaced(kraken_trade, "update", "snapshot")).kind, Frame::Kind::other);
  EXPECT_EQ(reader.decode(replaced(kraken_trade, "update", "upset")).kind, Frame::Kind::malformed);
}

TEST(Trades, of_kraken_futures_have_numbers_of_their_own) {
  Reader reader{"kraken-futures"};
  EXPECT_EQ(reader.trade(kraken_futures_trade), (Trade{.time = at("2026-09-13T20:53:55.217Z"),
                                                       .price = price("77320.0"),
                                                       .volume = 0.019,
                                                       .aggressor = Aggressor::seller,
                                                       .id = "a9d80da7",
                                                       .number = 447666}));
  const std::string old = R"({"feed":"trade_snapshot","product_id":"PF_XBTUSD","trades":[)" +
                          std::string{kraken_futures_trade} + "]}";
  EXPECT_EQ(reader.decode(old).kind, Frame::Kind::other);
  EXPECT_EQ(reader.trade(replaced(kraken_futures_trade, "fill", "block")).off, "block");
  EXPECT_EQ(reader.trade(replaced(kraken_futures_trade, "fill", "liquidation")).off, "");
  const std::string other_order =
      R"({"qty":0.019,"price":77320.0,"side":"sell","uid":"a9d80da7","seq":447666,)"
      R"("time":1789332835217,"product_id":"PF_XBTUSD","type":"fill","feed":"trade"})";
  EXPECT_EQ(reader.trade(other_order), reader.trade(kraken_futures_trade));
}

TEST(Trades, of_kraken_futures_do_not_break_the_books_chain) {
  Reader reader{"kraken-futures"};
  static_cast<void>(
      reader.decode(R"({"feed":"book_snapshot","product_id":"PF_XBTUSD","timestamp":1,"seq":10,)"
                    R"("bids":[{"price":1.0,"qty":1.0}],"asks":[{"price":2.0,"qty":1.0}]})"));
  static_cast<void>(reader.decode(kraken_futures_trade));
  const Frame& frame = reader.decode(
      R"({"feed":"book","product_id":"PF_XBTUSD","side":"sell","seq":11,"price":3.0,"qty":1.0,)"
      R"("timestamp":2})");
  ASSERT_THAT(frame.updates, SizeIs(1));
  EXPECT_EQ(frame.updates[0].lost, "");
}

TEST(Trades, of_coinbase_are_told_by_the_makers_side_and_the_newest_first) {
  Reader reader{"coinbase"};
  EXPECT_THAT(reader.trades(coinbase_trade),
              ElementsAre(Trade{.time = at("2026-08-09T21:05:51.376358Z"),
                                .price = price("65083.66"),
                                .volume = 0.25,
                                .aggressor = Aggressor::seller,
                                .id = "1068572095",
                                .number = 1068572095},
                          Trade{.time = at("2026-08-09T21:05:51.426861Z"),
                                .price = price("65083.67"),
                                .volume = 0.5,
                                .aggressor = Aggressor::buyer,
                                .id = "1068572096",
                                .number = 1068572096}));
  EXPECT_EQ(reader.decode(replaced(coinbase_trade, "update", "snapshot")).kind, Frame::Kind::other);
}

TEST(Trades, of_coinbase_are_read_whatever_comes_first) {
  const std::string text = coinbase_trade;
  const std::size_t list = text.find(R"("trades":[)"), end = text.rfind("]}]}");
  const std::string trades = text.substr(list, end + 1 - list);
  const std::string other_order = R"({"events":[{)" + trades + R"(,"type":"update"},{)" + trades +
                                  R"(,"type":"snapshot"}],"sequence_num":7,)"
                                  R"("channel":"market_trades"})";
  EXPECT_EQ(Reader{"coinbase"}.trades(other_order), Reader{"coinbase"}.trades(text));
  EXPECT_EQ(Reader{"coinbase"}.decode(replaced(text, "update", "upset")).kind,
            Frame::Kind::malformed);
}

TEST(Trades, of_coinbase_count_among_the_frames_of_the_connection) {
  for (const bool with_trades : {true, false}) {
    Reader reader{"coinbase", {.symbols = {"BTC-USD", "ETH-USD"}, .with_trades = with_trades}};
    const std::string heartbeat = R"({"channel":"heartbeats","sequence_num":6,"events":[]})";
    EXPECT_EQ(reader.decode(heartbeat).lost, "");
    const Frame& frame = reader.decode(coinbase_trade);
    EXPECT_EQ(frame.lost, "");
    EXPECT_EQ(frame.elsewhere,
              with_trades ? R"({"channel":"l2_data","sequence_num":7,"events":[]})" : "");
    EXPECT_THAT(reader.decode(replaced(coinbase_trade, ":7,", ":9,")).lost, HasSubstr("frame 9"));
  }
}

TEST(Trades, of_coinbase_bear_the_name_that_was_asked_for) {
  const Subscription both{.symbols = {"BTC-USD", "BTC-USDC"}, .with_trades = true};
  const Subscription one{.symbols = {"BTC-USDC"}, .with_trades = true};
  Reader reader{"coinbase", one};
  EXPECT_EQ(reader.decode(coinbase_trade).trades[0].symbol, "BTC-USDC");
  Reader of_both{"coinbase", both};
  const auto trades = of_both.decode(coinbase_trade).trades;
  ASSERT_THAT(trades, SizeIs(2));
  EXPECT_EQ(trades[0].symbol, "BTC-USD");
  EXPECT_EQ(trades[1].symbol, "BTC-USDC");
  EXPECT_EQ(trades[0].trades, trades[1].trades);
}

TEST(Trades, of_coinbases_exchange_feed_are_matches) {
  Reader reader{"coinbase"};
  EXPECT_EQ(reader.trade(coinbase_match), (Trade{.time = at("2026-09-30T02:03:12.795074Z"),
                                                 .price = price("83420.21"),
                                                 .volume = 0.00136465,
                                                 .aggressor = Aggressor::buyer,
                                                 .id = "1100243480",
                                                 .number = 1100243480}));
  EXPECT_EQ(reader.decode(replaced(coinbase_match, "match", "last_match")).kind,
            Frame::Kind::other);
}

TEST(Trades, of_deribit_may_be_blocks_or_legs_of_combos) {
  Reader reader{"deribit"};
  EXPECT_EQ(reader.trade(deribit_trade), (Trade{.time = at("2026-09-14T00:15:33.994Z"),
                                                .price = price("76917.5"),
                                                .volume = 8450,
                                                .aggressor = Aggressor::buyer,
                                                .id = "267258393",
                                                .number = 140284854}));
  const auto off = [&](const std::string& more) {
    return reader.trade(replaced(deribit_trade, R"("contracts":845.0)", more)).off;
  };
  EXPECT_EQ(off(R"("block_trade_id":"BLOCK-1","combo_id":"BTC-FS-1")"), "block");
  EXPECT_EQ(off(R"("combo_id":"BTC-FS-1","block_trade_id":"BLOCK-1")"), "block");
  EXPECT_EQ(off(R"("combo_trade_id":7)"), "combo");
  EXPECT_EQ(off(R"("liquidation":"T")"), "") << "it meets the book";
}

TEST(Trades, of_bitmex_begin_with_an_old_one) {
  Reader reader{"bitmex"};
  EXPECT_EQ(reader.trade(bitmex_trade), (Trade{.time = at("2021-07-22T22:36:11.685Z"),
                                               .price = price("32180.5"),
                                               .volume = 100,
                                               .aggressor = Aggressor::buyer,
                                               .id = "6e70bebe-235e"}));
  EXPECT_EQ(reader.decode(replaced(bitmex_trade, "insert", "partial")).kind, Frame::Kind::other);
  const Trade settled = reader.trade(
      replaced(bitmex_trade, R"("side":"Buy")", R"("side":"","trdType":"Settlement")"));
  EXPECT_EQ(settled.aggressor, std::nullopt);
  EXPECT_EQ(settled.off, "other");
  const std::string second =
      replaced(bitmex_trade, R"("size":100)", R"("size":100,"pool":"Secondary")");
  EXPECT_EQ(reader.trade(second).off, "");
  EXPECT_EQ((Reader{"bitmex", {.pool = "Primary", .with_trades = true}}.trade(second).off), "pool");
}

struct Sample {
  std::string_view venue;
  const char* text;
};

class EachVenue : public testing::TestWithParam<Sample> {};

TEST_P(EachVenue, says_nothing_of_trades_where_nobody_asks) {
  Reader reader{GetParam().venue, {}};
  const Frame& frame = reader.decode(GetParam().text);
  EXPECT_EQ(frame.kind, Frame::Kind::other) << frame.text;
  EXPECT_THAT(frame.trades, IsEmpty());
  EXPECT_FALSE(find_venue(GetParam().venue)->facts.trades.empty());
}

/// Nor is a frame before remembered.
TEST_P(EachVenue, refuses_trades_that_are_cut) {
  const std::string text = GetParam().text;
  for (std::size_t size = 1; size < text.size(); ++size)
    EXPECT_EQ(Reader{GetParam().venue}.decode(text.substr(0, size)).kind, Frame::Kind::malformed)
        << text.substr(0, size);
  Reader reader{GetParam().venue};
  EXPECT_EQ(reader.decode(text).kind, Frame::Kind::trades);
  static_cast<void>(reader.protocol().open());
  EXPECT_EQ(reader.decode("{}").kind, Frame::Kind::other);
  EXPECT_THAT(reader.decode("{}").trades, IsEmpty());
}

TEST_P(EachVenue, leaves_out_a_price_that_no_book_holds) {
  std::string text = GetParam().text;
  const std::size_t key =
      std::min({text.find(R"("p":)"), text.find(R"("px":)"), text.find(R"("price":)")});
  ASSERT_NE(key, std::string::npos);
  text.insert(text.find('.', key), "9999999999");
  Reader reader{GetParam().venue};
  const auto trades = reader.decode(text).trades;
  const std::size_t left = GetParam().text == coinbase_trade ? 1 : 0;
  EXPECT_EQ(trades.empty() ? 0U : trades[0].trades.size(), left) << text;
}

INSTANTIATE_TEST_SUITE_P(
    Trades, EachVenue,
    testing::Values(Sample{"binance-spot", binance_trade}, Sample{"binance-usdm", binance_trade},
                    Sample{"binance-coinm", binance_aggregate}, Sample{"bybit-linear", bybit_trade},
                    Sample{"bybit-spot", bybit_trade}, Sample{"okx", okx_trade},
                    Sample{"kraken", kraken_trade}, Sample{"kraken-futures", kraken_futures_trade},
                    Sample{"coinbase", coinbase_trade}, Sample{"coinbase", coinbase_match},
                    Sample{"deribit", deribit_trade}, Sample{"bitmex", bitmex_trade}));

std::vector<std::string> texts_of(const std::vector<Request>& requests) {
  std::vector<std::string> texts;
  for (const Request& request : requests) texts.push_back(std::get<std::string>(request));
  return texts;
}

/// What open() sends for two symbols.
std::vector<std::string> opened(std::string_view venue, std::vector<std::string> symbols) {
  Reader reader{venue, {.symbols = std::move(symbols), .with_trades = true}};
  return texts_of(reader.protocol().open());
}

TEST(TradeRequests, are_of_the_same_connection_as_those_of_books) {
  EXPECT_THAT(opened("binance-usdm", {"BTCUSDT"}),
              ElementsAre(R"({"method":"SUBSCRIBE","params":["btcusdt@depth@100ms",)"
                          R"("btcusdt@trade"],"id":1})"));
  EXPECT_THAT(opened("bybit-spot", {"A"}),
              ElementsAre(R"({"op":"subscribe","args":["publicTrade.A"]})",
                          R"({"op":"subscribe","args":["orderbook.50.A"]})"));
  EXPECT_THAT(opened("okx", {"A-B"}),
              ElementsAre(R"({"op":"subscribe","args":[{"channel":"books","instId":"A-B"},)"
                          R"({"channel":"trades","instId":"A-B"}]})"));
  EXPECT_THAT(opened("deribit", {"A", "B"})[1],
              HasSubstr(R"("channels":["book.A.100ms","book.B.100ms","trades.A.100ms",)"
                        R"("trades.B.100ms"])"));
  EXPECT_THAT(opened("bitmex", {"A", "B"}),
              ElementsAre(R"({"op":"subscribe","args":["orderBookL2:A","orderBookL2:B"]})",
                          R"({"op":"subscribe","args":["trade:A","trade:B"]})"));
  EXPECT_THAT(opened("kraken", {"A/B", "C/D"})[0],
              R"({"method":"subscribe","params":{"channel":"trade","symbol":["A/B","C/D"],)"
              R"("snapshot":false}})");
  EXPECT_THAT(opened("kraken-futures", {"A"}),
              ElementsAre(R"({"event":"subscribe","feed":"book","product_ids":["A"]})",
                          R"({"event":"subscribe","feed":"trade","product_ids":["A"]})"));
  EXPECT_THAT(opened("coinbase", {"A-B"})[2],
              R"({"type":"subscribe","product_ids":["A-B"],"channel":"market_trades"})");
}

TEST(Trades, of_many_symbols_in_one_message_are_told_by_symbol) {
  constexpr int symbols = 2'000;
  std::string rows;
  for (int round = 0; round < 2; ++round)
    for (int i = 0; i < symbols; ++i)
      rows += (rows.empty() ? R"({"T":1786310820346,"s":"S)" : R"(,{"T":1786310820346,"s":"S)") +
              std::to_string(i) + R"(","S":"Buy","v":"1","p":"2","i":")" +
              std::to_string(10 * i + round) + "\"}";
  const std::string message =
      R"({"topic":"publicTrade.S0","type":"snapshot","ts":1786310820347,"data":[)" + rows + "]}";
  Reader reader{"bybit"};
  for (int time = 0; time < 2; ++time) {
    const Frame& frame = reader.decode(message);
    ASSERT_THAT(frame.trades, SizeIs(symbols));
    for (int i = 0; i < symbols; ++i) {
      const TradeUpdate& update = frame.trades[i];
      EXPECT_EQ(update.symbol, "S" + std::to_string(i));
      ASSERT_THAT(update.trades, SizeIs(2));
      EXPECT_EQ(update.trades[0].id, std::to_string(10 * i));
      EXPECT_EQ(update.trades[1].id, std::to_string(10 * i + 1));
    }
  }
}

TEST(TradeRequests, stay_within_what_a_connection_may_ask) {
  for (const Venue& venue : venues()) {
    EXPECT_LE(venue.most_symbols(true), venue.most_symbols(false)) << venue.name;
    EXPECT_EQ(venue.most_symbols(false), venue.symbols_max);
  }
  EXPECT_EQ(find_venue("binance-spot")->most_symbols(true), 512U);
  EXPECT_EQ(find_venue("okx")->most_symbols(true), 14U);
  const std::vector<std::string> symbols(120, "A");
  EXPECT_LE(opened("kraken-futures", symbols).size(), 50U);
  std::vector<std::string> many;
  for (int i = 0; i < 300; ++i) many.push_back("A" + std::to_string(i));
  const auto requests = opened("deribit", many);
  ASSERT_THAT(requests, SizeIs(3));
  for (const std::string& request : requests)
    EXPECT_LE(std::count(request.begin(), request.end(), 'A'), 500);
}

TEST(TradeRequests, of_kraken_futures_that_are_refused_name_the_symbol) {
  Reader reader{"kraken-futures", {.symbols = {"A", "B"}, .with_trades = true}};
  static_cast<void>(reader.protocol().open());
  const auto answer = [](std::string_view feed, std::string_view symbol) {
    return R"({"event":"subscribed","feed":")" + std::string{feed} + R"(","product_ids":[")" +
           std::string{symbol} + "\"]}";
  };
  constexpr const char* refusal = R"({"event":"error","message":"Invalid product id"})";
  EXPECT_EQ(reader.decode(answer("book", "A")).kind, Frame::Kind::subscribed);
  EXPECT_EQ(reader.decode(refusal).symbol, "B");
  EXPECT_EQ(reader.decode(answer("trade", "A")).kind, Frame::Kind::other);
  EXPECT_EQ(reader.decode(refusal).symbol, "B");
  EXPECT_EQ(reader.decode(refusal).symbol, "") << "all requests are answered";
}

/// A replay takes the venue of its first frame that tells it, and loses what came before.
TEST(TradeFrames, tell_their_venue) {
  const auto expect_of = [](const char* venue, const std::string& text) {
    EXPECT_EQ(venue_of_frame(text), find_venue(venue)) << text;
  };
  const auto spot = [](std::string_view text) {
    return replaced(std::string{text}, R"("m":)", R"("M":true,"m":)");
  };
  const auto coinm = [](std::string_view text) {
    return replaced(std::string{text}, R"("s":"BTCUSDT")", R"("s":"BTCUSD_PERP")");
  };
  for (const char* text : {binance_trade, binance_aggregate}) {
    expect_of("binance-usdm", text);
    expect_of("binance-usdm", replaced(text, R"("s":"BTCUSDT")", R"("s":"BTCUSDT_210625")"));
    expect_of("binance-coinm", coinm(text));
    expect_of("binance-spot", spot(text));
  }
  expect_of("bybit-linear", bybit_trade);
  expect_of("bybit-inverse", replaced(bybit_trade, "publicTrade.BTCUSDT", "publicTrade.BTCUSDU26"));
  expect_of("bybit-spot",
            R"({"topic":"publicTrade.ETHUSDT","ts":1786310821917,"type":"snapshot","data":[]})");
  expect_of("okx", okx_trade);
  expect_of("kraken", kraken_trade);
  expect_of("kraken", R"([337,[["57.9","0.1","1617666427.1","b","l",""]],"trade","XBT/USD"])");
  expect_of("kraken-futures", kraken_futures_trade);
  expect_of("coinbase", coinbase_trade);
  expect_of("coinbase", coinbase_match);
  expect_of("coinbase", replaced(coinbase_match, R"("match")", R"("last_match")"));
  expect_of("deribit", deribit_trade);
  expect_of("bitmex", bitmex_trade);
}

}  // namespace
}  // namespace obkit::feed
