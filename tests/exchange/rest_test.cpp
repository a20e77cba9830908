#include "obkit/exchange/rest.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "obkit/exchange/source.hpp"

namespace obkit::exchange {
namespace {

using nlohmann::json;

class Rest : public testing::Test {
 protected:
  json get(std::string_view target) {
    const RestAnswer answer = answer_rest(exchange, target);
    status = answer.status;
    return json::parse(answer.body);
  }

  Exchange exchange{make_synthetic_source({.symbols = {"XBTUSD", "ETHUSD"},
                                           .seed = 1,
                                           .start = *parse_iso("2026-01-01T00:00:00Z"),
                                           .rate = 10,
                                           .first_price = 60000})};
  unsigned status = 0;
};

TEST_F(Rest, lists_the_public_tables) {
  EXPECT_EQ(get("/api/v1/schema/websocketHelp")["subscriptionSubjects"]["public"],
            json::array({"orderBookL2", "quote"}));
  EXPECT_EQ(status, 200U);
}

TEST_F(Rest, describes_the_contracts_with_their_best_prices) {
  for (const char* path :
       {"/api/v1/instrument", "/api/v1/instrument/active", "/api/v1/instrument/activeAndIndices"})
    EXPECT_EQ(get(path).size(), 2U);
  const json one = get("/api/v1/instrument?symbol=XBTUSD");
  ASSERT_EQ(one.size(), 1U);
  EXPECT_EQ(one[0]["tickSize"], 0.5);
  EXPECT_EQ(one[0]["lotSize"], 100);
  EXPECT_EQ(one[0]["underlying"], "XBT");
  EXPECT_EQ(one[0]["bidPrice"], exchange.book(0).levels(Side::bid, 1).front().price.value());
  EXPECT_TRUE(get("/api/v1/instrument?symbol=NOPE").empty());
}

TEST_F(Rest, cuts_the_book_to_a_depth_of_25_rows_a_side) {
  const json book = get("/api/v1/orderBook/L2?symbol=XBTUSD");
  ASSERT_EQ(book.size(), 50U);
  EXPECT_EQ(book[24]["side"], "Sell");
  EXPECT_EQ(book[24]["price"], exchange.book(2).levels(Side::ask, 1).front().price.value());
  EXPECT_EQ(book[25]["side"], "Buy");
  EXPECT_EQ(book[25]["price"], exchange.book(2).levels(Side::bid, 1).front().price.value());
  EXPECT_EQ(book[0]["pool"], "Aggregated");
}

TEST_F(Rest, gives_any_depth_and_pool_of_the_book) {
  EXPECT_EQ(get("/api/v1/orderBook/L2?symbol=XBTUSD&depth=3").size(), 6U);
  EXPECT_EQ(get("/api/v1/orderBook/L2?symbol=XBTUSD&depth=0&pool=Primary").size(),
            exchange.book(0).row_count());
  EXPECT_EQ(get("/api/v1/orderBook/L2?depth=9&symbol=ETHUSD&pool=Secondary").size(), 2U);
  EXPECT_TRUE(get("/api/v1/orderBook/L2?symbol=NOPE").empty());
}

TEST_F(Rest, refuses_a_depth_that_is_no_number) {
  EXPECT_EQ(get("/api/v1/orderBook/L2?symbol=XBTUSD&depth=%31x")["error"]["message"],
            "'depth' must be a number.");
  EXPECT_EQ(status, 400U);
}

TEST_F(Rest, has_assets_and_no_urgent_news) {
  EXPECT_EQ(get("/api/v1/wallet/assets")[0]["currency"], "XBt");
  EXPECT_TRUE(get("/api/v1/announcement/urgent").empty());
}

TEST_F(Rest, knows_nothing_else) {
  for (const char* path : {"/", "/api/v1/orderBook", "/api/v2/instrument"}) {
    EXPECT_EQ(get(path)["error"]["message"], "Not Found");
    EXPECT_EQ(status, 404U);
  }
}

}  // namespace
}  // namespace obkit::exchange
