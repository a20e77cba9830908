#include "obkit/backtest/trade_text.hpp"

#include <gtest/gtest.h>

#include "market.hpp"

namespace obkit::backtest {
namespace {

const Trade trade{.direction = Signal::sell,
                  .open_time = {20190823, 235959999},
                  .open_price = price("32191.0"),
                  .close_time = {20190824, 1},
                  .close_price = price("32180.50"),
                  .size = 0.2,
                  .gross = Money::from_units(2'100'000'000'000'000'000),
                  .fees = Money::from_units(-3),
                  .funding = Money::from_units(500'000'000'000'000'000),
                  .reason = Reason::gap};

TEST(TradeText, json_has_the_keys_of_the_format_in_their_order) {
  std::string text;
  append_json_line(text, trade);
  EXPECT_EQ(text,
            R"({"direction":"SELL","open_time":235959999,"open_price":32191.0,"close_time":1,)"
            R"("close_price":32180.50,"open_date":20190823,"close_date":20190824,"size":0.2,)"
            R"("gross":2.1,"fees":-0.000000000000000003,"funding":0.5,"net":1.600000000000000003,)"
            R"("reason":"gap"})"
            "\n");
}

TEST(TradeText, csv_names_the_currency) {
  EXPECT_EQ(csv_header(Contract::inverse),
            "direction,open_date,open_time,open_price,close_date,close_time,close_price,size,"
            "gross_coin,fees_coin,funding_coin,net_coin,reason\n");
  std::string text;
  append_csv_line(text, trade);
  EXPECT_EQ(text,
            "SELL,20190823,235959999,32191.0,20190824,1,32180.50,0.2,2.1,-0.000000000000000003,"
            "0.5,1.600000000000000003,gap\n");
}

TEST(TradeText, table_rows_stand_under_their_header) {
  for (const Contract contract : {Contract::linear, Contract::inverse}) {
    Trade coarse = trade;
    coarse.fees = Money{};
    std::string text;
    append_table_line(text, coarse, contract);
    EXPECT_EQ(text.size(), table_header(contract).size());
    EXPECT_NE(text.find("SELL  2019-08-23T23:59:59.999Z       32191.0  "), std::string::npos);
  }
  EXPECT_NE(table_header(Contract::linear).find("net_quote"), std::string::npos);
}

TEST(TradeText, reasons_have_names) {
  EXPECT_EQ(to_string(Reason::reverse), "reverse");
  EXPECT_EQ(to_string(Reason::gap), "gap");
  EXPECT_EQ(to_string(Reason::midnight), "midnight");
  EXPECT_EQ(to_string(Reason::end), "end");
}

}  // namespace
}  // namespace obkit::backtest
