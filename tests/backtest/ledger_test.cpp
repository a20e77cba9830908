#include <gtest/gtest.h>

#include "engine/account.hpp"
#include "engine/market.hpp"
#include "market.hpp"

namespace obkit::backtest {
namespace {

Execution execution(int second, Signal direction, double size, const std::string& at,
                    Contract contract, const std::string& fee = "0") {
  const Amount amount = to_amount(size);
  return {.time = {20240808, second * 1000},
          .direction = direction,
          .amount = amount,
          .fill = fill_at(price(at), amount, contract),
          .fee = Money::from_units(Money::Units{price(fee).units()} * 1'000'000'000)};
}

constexpr Contract linear = Contract::linear;
constexpr Contract inverse = Contract::inverse;

TEST(Ledger, a_round_trip_of_two_fills) {
  Ledger ledger{linear};
  EXPECT_FALSE(ledger.book(execution(1, buy, 2, "100", linear, "0.1"), Reason::reverse));
  EXPECT_EQ(ledger.position(), to_amount(2));
  EXPECT_EQ(to_string(ledger.totals().cash), "-200");
  const auto trade = ledger.book(execution(5, sell, 2, "103", linear, "-0.02"), Reason::gap);
  ASSERT_TRUE(trade);
  EXPECT_EQ(trade->direction, buy);
  EXPECT_EQ(trade->open_time, (DateTime{20240808, 1000}));
  EXPECT_EQ(trade->close_time, (DateTime{20240808, 5000}));
  EXPECT_EQ(trade->size, 2);
  EXPECT_EQ(to_string(trade->gross), "6");
  EXPECT_EQ(to_string(trade->fees), "0.08");
  EXPECT_EQ(trade->reason, Reason::gap);
  EXPECT_EQ(ledger.position(), 0);
  EXPECT_EQ(to_string(ledger.totals().cash), "6");
  EXPECT_EQ(to_string(ledger.totals().turnover), "406");
}

TEST(Ledger, averages_the_fills_of_each_end) {
  Ledger ledger{linear};
  EXPECT_FALSE(ledger.book(execution(1, sell, 1, "100", linear), Reason::reverse));
  EXPECT_FALSE(ledger.book(execution(2, sell, 2, "103", linear), Reason::reverse));
  EXPECT_EQ(ledger.position(), to_amount(-3));
  EXPECT_FALSE(ledger.book(execution(3, buy, 0.5, "101", linear), Reason::reverse));
  const auto trade = ledger.book(execution(4, buy, 2.5, "99", linear), Reason::reverse);
  ASSERT_TRUE(trade);
  EXPECT_EQ(trade->direction, sell);
  EXPECT_EQ(to_string(trade->open_price), "102");
  EXPECT_EQ(to_string(trade->close_price), "99.333333333");
  EXPECT_EQ(to_string(trade->gross), "8") << "306 − 298, not rounded with the averages";
}

TEST(Ledger, keeps_the_decimals_of_a_single_price) {
  Ledger ledger{linear};
  EXPECT_FALSE(ledger.book(execution(1, buy, 1, "100.50", linear), Reason::reverse));
  EXPECT_FALSE(ledger.book(execution(2, buy, 1, "100.5", linear), Reason::reverse));
  const auto trade = ledger.book(execution(4, sell, 2, "101.00", linear), Reason::end);
  EXPECT_EQ(to_string(trade->open_price), "100.50");
  EXPECT_EQ(to_string(trade->close_price), "101.00");
}

TEST(Ledger, a_position_may_grow_again_before_it_is_closed) {
  Ledger ledger{linear};
  EXPECT_FALSE(ledger.book(execution(1, buy, 2, "100", linear), Reason::reverse));
  EXPECT_FALSE(ledger.book(execution(2, sell, 1, "110", linear), Reason::reverse));
  EXPECT_FALSE(ledger.book(execution(3, buy, 1, "106", linear), Reason::reverse));
  const auto trade = ledger.book(execution(4, sell, 2, "104", linear), Reason::reverse);
  EXPECT_EQ(trade->size, 3);
  EXPECT_EQ(to_string(trade->open_price), "102");
  EXPECT_EQ(to_string(trade->close_price), "106");
  EXPECT_EQ(to_string(trade->gross), "12");
}

TEST(Ledger, an_inverse_contract_averages_in_coin) {
  Ledger ledger{inverse};
  EXPECT_FALSE(ledger.book(execution(1, buy, 100, "4", inverse), Reason::reverse));
  EXPECT_FALSE(ledger.book(execution(2, buy, 100, "5", inverse), Reason::reverse));
  EXPECT_EQ(to_string(ledger.totals().cash), "45");
  const auto trade = ledger.book(execution(3, sell, 200, "8", inverse), Reason::reverse);
  EXPECT_EQ(to_string(trade->open_price), "4.444444444");  // 200 / 45
  EXPECT_EQ(to_string(trade->gross), "20");                // 45 − 25
  EXPECT_EQ(to_string(ledger.totals().turnover), "70");
}

TEST(Ledger, funding_belongs_to_the_trade_that_is_open) {
  Ledger ledger{linear};
  EXPECT_FALSE(ledger.book(execution(1, buy, 1, "100", linear), Reason::reverse));
  ledger.charge(Money::from_units(7));
  ledger.charge(Money::from_units(-2));
  const auto first = ledger.book(execution(2, sell, 1, "100", linear), Reason::reverse);
  EXPECT_EQ(first->funding, Money::from_units(5));
  EXPECT_FALSE(ledger.book(execution(2, sell, 1, "100", linear, "1"), Reason::reverse));
  ledger.charge(Money::from_units(-4));
  const auto second = ledger.book(execution(3, buy, 1, "100", linear, "2"), Reason::reverse);
  EXPECT_EQ(second->funding, Money::from_units(-4));
  EXPECT_EQ(to_string(second->fees), "3") << "of this trade alone";
  EXPECT_EQ(ledger.totals().funding, Money::from_units(1));
  EXPECT_EQ(to_string(ledger.totals().fees), "3");
}

TEST(Ledger, the_second_trade_does_not_know_the_gain_of_the_first) {
  Ledger ledger{linear};
  EXPECT_FALSE(ledger.book(execution(1, buy, 1, "100", linear), Reason::reverse));
  EXPECT_EQ(to_string(ledger.book(execution(2, sell, 1, "150", linear), Reason::reverse)->gross),
            "50");
  EXPECT_FALSE(ledger.book(execution(3, sell, 1, "150", linear), Reason::reverse));
  EXPECT_EQ(to_string(ledger.book(execution(4, buy, 1, "151", linear), Reason::end)->gross), "-1");
  EXPECT_EQ(to_string(ledger.totals().cash), "49");
}

}  // namespace
}  // namespace obkit::backtest
