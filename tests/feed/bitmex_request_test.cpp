#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/net/hmac.hpp"

#include "bitmex/bitmex.hpp"

namespace obkit::feed::bitmex {
namespace {

using testing::ElementsAre;

// Key, secret and the first three signatures: the exchange's own documentation of API keys.
constexpr std::string_view secret = "chNOOS4KvNXR_Xq4k4c9qsfoKWvnDecLATCRlcBwyKDYnWgO";

TEST(BitmexSignature, equals_the_published_examples) {
  EXPECT_EQ(sign(secret, {"GET", "/api/v1/instrument", 1518064236, ""}, net::hmac_sha256),
            "c7682d435d0cfe87c16098df34ef2eb5a549d4c5a3c2b1f0f77b8af73423bf00");
  EXPECT_EQ(
      sign(secret,
           {"GET", "/api/v1/instrument?filter=%7B%22symbol%22%3A+%22XBTM15%22%7D", 1518064237, ""},
           net::hmac_sha256),
      "e2f422547eecb5b3cb29ade2127e21b858b235b386bfa45e1c1756eb3383919f");
  EXPECT_EQ(sign(secret,
                 {"POST", "/api/v1/order", 1518064238,
                  R"({"symbol":"XBTM15","price":219.0,)"
                  R"("clOrdID":"mm_bitmex_1a/oemUeQ4CAJZgP3fjHsA","orderQty":98})"},
                 net::hmac_sha256),
            "1749cd2ccae4aa49048ae09f0b95110cee706e0944e6a14ad0b3a8cb45bd336b");
}

TEST(BitmexSignature, of_the_socket_goes_into_three_headers) {
  const auto headers = venue().auth_headers({"LAqUlngMIQkIUjXMUreyu3qn", std::string{secret}},
                                            1518064236, net::hmac_sha256);
  EXPECT_THAT(
      headers,
      ElementsAre(Header{"api-expires", "1518064236"},
                  Header{"api-key", "LAqUlngMIQkIUjXMUreyu3qn"},
                  Header{"api-signature",
                         "6d459dc02866d35a2b965edeecc68063d488e296b77982235fc6eca24b934945"}));
}

/// What a subscription of `symbols` in `pool` sends.
std::vector<Request> requests_of(std::vector<std::string> symbols, std::string pool) {
  return venue().make_protocol({.symbols = std::move(symbols), .pool = std::move(pool)})->open();
}

TEST(BitmexSubscription, names_topic_symbol_and_pool) {
  EXPECT_THAT(requests_of({"XBTUSD"}, "Primary"),
              ElementsAre(Request{R"({"op":"subscribe","args":["orderBookL2:XBTUSD:Primary"]})"}));
  EXPECT_THAT(requests_of({"XBTUSD", "ETHUSD"}, ""),
              ElementsAre(Request{
                  R"({"op":"subscribe","args":["orderBookL2:XBTUSD","orderBookL2:ETHUSD"]})"}));
}

TEST(BitmexSubscription, is_split_where_it_would_be_too_long) {
  const auto requests = requests_of(std::vector<std::string>(45, "XBTUSD"), "Primary");
  ASSERT_EQ(requests.size(), 3U);
  for (const Request& request : requests) {
    const std::string& text = std::get<std::string>(request);
    EXPECT_LT(text.size(), 1000U);
    EXPECT_TRUE(text.starts_with(R"({"op":)"));
    EXPECT_TRUE(text.ends_with("\"]}"));
  }
}

TEST(BitmexSymbol, has_nothing_in_it_that_could_mean_something_else) {
  for (const char* symbol : {"XBTUSD", ".BXBT", "XBT_USDT", "BTC-PERPETUAL", "XBT/USD", "ethusd"})
    EXPECT_TRUE(venue().is_symbol(symbol)) << symbol;
  for (const char* wrong : {"", "XBT USD", "XBTUSD\",\"trade", "XBT:USD", "XBT\n", "\xC3\xA9"})
    EXPECT_FALSE(venue().is_symbol(wrong)) << wrong;
  EXPECT_FALSE(venue().is_symbol(std::string(65, 'A')));
}

}  // namespace
}  // namespace obkit::feed::bitmex
