// Lists of instruments: answers as the venues give them, shortened, with numbers of our own.
#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/feed/instrument.hpp"
#include "obkit/feed/venue.hpp"

#include "json/fields.hpp"

namespace obkit::feed {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const Listing& listing_of(std::string_view venue) { return *find_venue(venue)->listing; }

InstrumentPage read(std::string_view venue, std::string_view body) {
  const Listing& listing = listing_of(venue);
  return listing.read(listing.targets.front(), body);
}

TEST(PlainDecimal, is_exact_and_has_no_exponent) {
  EXPECT_EQ(plain_decimal("0.5"), "0.5");
  EXPECT_EQ(plain_decimal("0.01000000"), "0.01");
  EXPECT_EQ(plain_decimal("10.0"), "10");
  EXPECT_EQ(plain_decimal("100"), "100");
  EXPECT_EQ(plain_decimal("5.0e-4"), "0.0005");
  EXPECT_EQ(plain_decimal("1e-10"), "0.0000000001");
  EXPECT_EQ(plain_decimal("1E+3"), "1000");
  EXPECT_EQ(plain_decimal("1.25e2"), "125");
  EXPECT_EQ(plain_decimal("1.25e1"), "12.5");
  EXPECT_EQ(plain_decimal("0.30000000000000004"), "0.30000000000000004");
}

TEST(PlainDecimal, of_what_is_none_above_0_is_empty) {
  for (const char* text : {"", "0", "0.000", "0e5", "-1", "x", "1.", "1e", "1e99", "1e-31",
                           "11111111111111111111111111111111111111111"})
    EXPECT_EQ(plain_decimal(text), "") << text;
}

TEST(Listing, of_deribit_tells_which_sizes_are_coins) {
  const auto page = read("deribit", R"({"jsonrpc":"2.0","result":[
    {"kind":"future","instrument_name":"BTC-PERPETUAL","instrument_type":"reversed",
     "is_active":true,"tick_size":0.5,"contract_size":10.0,"base_currency":"BTC",
     "quote_currency":"USD","tick_size_steps":[]},
    {"kind":"option","instrument_name":"BTC-27MAR27-90000-C","instrument_type":"reversed",
     "is_active":true,"tick_size":1.0e-4,"contract_size":1.0,"base_currency":"BTC",
     "quote_currency":"BTC","tick_size_steps":[{"above_price":0.005,"tick_size":5.0e-4}]},
    {"kind":"future","instrument_name":"SOL_USDC-PERPETUAL","instrument_type":"linear",
     "is_active":true,"tick_size":0.01,"contract_size":0.1,"base_currency":"SOL",
     "quote_currency":"USDC","tick_size_steps":[]},
    {"kind":"future","instrument_name":"BTC-GONE","is_active":false,"tick_size":1}]})");
  EXPECT_EQ(page.problem, "");
  EXPECT_EQ(page.next, "");
  EXPECT_THAT(page.instruments, ElementsAre(Instrument{"BTC-PERPETUAL", "0.5", "USD", "1"},
                                            Instrument{"BTC-27MAR27-90000-C", "0.0001", "BTC", "1"},
                                            Instrument{"SOL_USDC-PERPETUAL", "0.01", "SOL", "1"}));
}

TEST(Listing, of_bitmex_knows_what_a_contract_is) {
  const auto page = read("bitmex", R"([
    {"symbol":"XBTUSD","state":"Open","quoteCurrency":"USD","underlying":"XBT","tickSize":0.1,
     "multiplier":-100000000,"underlyingToPositionMultiplier":null,
     "underlyingToSettleMultiplier":-100000000,"isQuanto":false,"isInverse":true},
    {"symbol":"XBTUSDT","state":"Open","quoteCurrency":"USDT","underlying":"XBT","tickSize":0.5,
     "multiplier":1,"underlyingToPositionMultiplier":1000000,"isQuanto":false,"isInverse":false},
    {"symbol":"ETHUSD","state":"Open","quoteCurrency":"USD","underlying":"ETH","tickSize":0.05,
     "multiplier":100,"isQuanto":true,"isInverse":false},
    {"symbol":"ODD","state":"Open","quoteCurrency":"USD","underlying":"ODD","tickSize":1e-5,
     "underlyingToPositionMultiplier":3,"isQuanto":false,"isInverse":false},
    {"symbol":"XBTZ25","state":"Settled","tickSize":0.5}])");
  EXPECT_THAT(page.instruments,
              ElementsAre(Instrument{"XBTUSD", "0.1", "USD", "1"},
                          Instrument{"XBTUSDT", "0.5", "XBT", "0.000001"},
                          Instrument{"ETHUSD", "0.05"}, Instrument{"ODD", "0.00001"}));
}

TEST(Listing, of_bybit_comes_in_pages) {
  const std::string body = R"({"retCode":0,"retMsg":"OK","result":{"nextPageCursor":"a%3D1&b",
    "list":[{"symbol":"ETHUSDT","status":"Trading","baseCoin":"ETH","quoteCoin":"USDT",
      "priceFilter":{"minPrice":"0.1","tickSize":"0.05"},"lotSizeFilter":{"qtyStep":"0.01"}},
     {"symbol":"NEWUSDT","status":"PreLaunch","baseCoin":"NEW"}]}})";
  const Listing& listing = listing_of("bybit-linear");
  const std::string first{listing.targets.front()};
  const auto page = listing.read(first, body);
  EXPECT_THAT(page.instruments, ElementsAre(Instrument{"ETHUSDT", "0.05", "ETH", "1"}));
  EXPECT_EQ(page.next, first + "&cursor=a%253D1%26b");
  EXPECT_EQ(listing.read(page.next, body).next, page.next) << "one cursor, not two";
  EXPECT_EQ(listing.read(first, R"({"result":{"list":[],"nextPageCursor":null}})").next, "");
  EXPECT_EQ(listing.read(first, R"({"result":{"nextPageCursor":"","list":[]}})").next, "");
}

TEST(Listing, of_bybits_inverse_market_counts_contracts_of_one_dollar) {
  const auto page =
      read("bybit-inverse", R"({"result":{"list":[{"symbol":"BTCUSD","status":"Trading",
        "baseCoin":"BTC","quoteCoin":"USD","priceFilter":{"tickSize":"0.10"}}]}})");
  EXPECT_THAT(page.instruments, ElementsAre(Instrument{"BTCUSD", "0.1", "USD", "1"}));
}

TEST(Listing, of_okx_has_coins_and_contracts) {
  EXPECT_EQ(listing_of("okx").targets.size(), 3U);
  const auto page = read("okx", R"({"code":"0","msg":"","data":[
    {"instType":"SPOT","instId":"BTC-USDT","baseCcy":"BTC","ctMult":"","ctVal":"","ctValCcy":"",
     "state":"live","tickSz":"0.1"},
    {"instType":"SWAP","instId":"BTC-USD-SWAP","baseCcy":"","ctMult":"1","ctVal":"100",
     "ctValCcy":"USD","state":"live","tickSz":"0.1"},
    {"instType":"SWAP","instId":"X-USDT-SWAP","ctMult":"10","ctVal":"0.5","ctValCcy":"X",
     "state":"live","tickSz":"0.00001"},
    {"instType":"SPOT","instId":"Y-USDT","baseCcy":"Y","state":"suspend","tickSz":"0.1"}]})");
  EXPECT_THAT(page.instruments, ElementsAre(Instrument{"BTC-USDT", "0.1", "BTC", "1"},
                                            Instrument{"BTC-USD-SWAP", "0.1", "USD", "100"},
                                            Instrument{"X-USDT-SWAP", "0.00001"}));
}

TEST(Listing, of_binance_knows_the_contracts_of_coin_m) {
  EXPECT_THAT(read("binance-spot", R"({"symbols":[{"symbol":"BTCUSDT","status":"TRADING",
                "baseAsset":"BTC","quoteAsset":"USDT","filters":[
                {"filterType":"PRICE_FILTER","minPrice":"0.01000000","tickSize":"0.01000000"},
                {"filterType":"LOT_SIZE","stepSize":"0.00001000"}]},
                {"symbol":"OLDUSDT","status":"BREAK","baseAsset":"OLD"}]})")
                  .instruments,
              ElementsAre(Instrument{"BTCUSDT", "0.01", "BTC", "1"}));
  EXPECT_THAT(read("binance-coinm", R"({"symbols":[{"symbol":"BTCUSD_PERP",
                "contractStatus":"TRADING","contractSize":100,"baseAsset":"BTC",
                "quoteAsset":"USD","filters":[{"tickSize":"0.1","filterType":"PRICE_FILTER"}]}]})")
                  .instruments,
              ElementsAre(Instrument{"BTCUSD_PERP", "0.1", "USD", "100"}));
}

TEST(Listing, of_kraken_has_the_symbols_of_its_sockets) {
  EXPECT_THAT(read("kraken", R"({"error":[],"result":{
    "XXBTZUSD":{"altname":"XBTUSD","wsname":"XBT/USD","base":"XXBT","quote":"ZUSD",
      "pair_decimals":1,"lot_decimals":8,"fees":[[0,0.4],[10000,0.35]],"status":"online",
      "tick_size":"0.1"},
    "XDGXBT":{"wsname":"XDG/XBT","base":"XXDG","status":"online","tick_size":"0.0000000010"},
    "SHUT":{"wsname":"SHUT/USD","status":"cancel_only","tick_size":"0.1"},
    "DARK.d":{"altname":"DARK.d","status":"online","tick_size":"0.1"}}})")
                  .instruments,
              ElementsAre(Instrument{"BTC/USD", "0.1", "BTC", "1"},
                          Instrument{"DOGE/BTC", "0.000000001", "DOGE", "1"}));
  EXPECT_THAT(read("kraken-futures", R"({"result":"success","instruments":[
    {"symbol":"PI_XBTUSD","type":"futures_inverse","underlying":"rr_xbtusd","tickSize":0.5,
     "contractSize":1,"tradeable":true,"base":"BTC","quote":"USD","marginLevels":[{"contracts":0}]},
    {"symbol":"PF_DOGEUSD","type":"flexible_futures","tickSize":1e-05,"contractSize":1,
     "tradeable":true,"base":"DOGE","quote":"USD"},
    {"symbol":"in_xbtusd","type":"spot index","tradeable":false}]})")
                  .instruments,
              ElementsAre(Instrument{"PI_XBTUSD", "0.5", "USD", "1"},
                          Instrument{"PF_DOGEUSD", "0.00001", "DOGE", "1"}));
}

TEST(Listing, that_is_none_has_a_problem_whatever_it_is) {
  const std::string_view answers[] = {"",
                                      "null",
                                      "[",
                                      "7",
                                      "[7]",
                                      R"({"error":{}})",
                                      R"({"result":7})",
                                      "<html>",
                                      R"({"result":{"list":[{"symbol":)"};
  for (const Venue& venue : venues()) {
    if (venue.listing == nullptr) continue;
    for (const std::string_view body : answers) {
      const auto page = read(venue.name, body);
      EXPECT_THAT(page.problem, HasSubstr("no list of instruments")) << venue.name << body;
      EXPECT_THAT(page.instruments, IsEmpty()) << venue.name << body;
    }
  }
}

TEST(Venues, are_known_by_the_names_that_tardis_gives_them) {
  EXPECT_EQ(find_venue("binance"), find_venue("binance-spot"));
  EXPECT_EQ(find_venue("binance-futures"), find_venue("binance-usdm"));
  EXPECT_EQ(find_venue("binance-delivery"), find_venue("binance-coinm"));
  EXPECT_EQ(find_venue("bybit"), find_venue("bybit-linear"));
  EXPECT_EQ(find_venue("okex-swap"), find_venue("okx"));
  EXPECT_NE(find_venue("okex"), nullptr);
  EXPECT_EQ(find_venue("mtgox"), nullptr);
}

TEST(Venues, tardis_bybit_is_two) {
  for (const char* symbol : {"BTCUSD", "ETHUSDZ26"})
    EXPECT_EQ(find_venue("bybit", symbol), find_venue("bybit-inverse")) << symbol;
  for (const char* symbol : {"BTCUSDT", "BTC-26DEC25", "BTCPERP"})
    EXPECT_EQ(find_venue("bybit", symbol), find_venue("bybit-linear")) << symbol;
  EXPECT_EQ(find_venue("bybit-spot", "BTCUSD"), find_venue("bybit-spot"));
  EXPECT_EQ(find_venue("mtgox", "BTCUSD"), nullptr);
}

TEST(Listing, of_coinbase_has_each_book_once) {
  const auto page = read("coinbase", R"({"products":[
    {"product_id":"BTC-USD","price_increment":"0.01","base_increment":"0.00000001",
     "base_currency_id":"BTC","quote_currency_id":"USD","product_type":"SPOT","is_disabled":false,
     "trading_disabled":false,"view_only":false,"alias":"","alias_to":["BTC-USDC"]},
    {"product_id":"BTC-USDC","price_increment":"0.01","base_currency_id":"BTC",
     "product_type":"SPOT","is_disabled":false,"trading_disabled":false,"alias":"BTC-USD"},
    {"product_id":"BIT-26JUN26-CDE","price_increment":"5","base_currency_id":"",
     "product_type":"FUTURE","is_disabled":false,"trading_disabled":false,"alias":"",
     "future_product_details":{"contract_size":"0.01","contract_root_unit":"BTC"}},
    {"product_id":"OLD-USD","product_type":"SPOT","trading_disabled":true},
    {"product_id":"SHUT-USD","product_type":"SPOT","is_disabled":true},
    {"product_id":"SEEN-USD","product_type":"SPOT","view_only":true}],"num_products":6})");
  EXPECT_EQ(page.problem, "");
  EXPECT_EQ(page.next, "");
  EXPECT_THAT(page.instruments, ElementsAre(Instrument{"BTC-USD", "0.01", "BTC", "1"},
                                            Instrument{"BIT-26JUN26-CDE", "5", "BTC", "0.01"}));
}

}  // namespace
}  // namespace obkit::feed
