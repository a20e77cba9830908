#include <cstddef>
#include <vector>

#include <gtest/gtest.h>

#include "obkit/backtest/backtest.hpp"

#include "engine/market.hpp"
#include "market.hpp"

namespace obkit::backtest {
namespace {

const std::vector<Options> all_options{
    {.fill = FillRule::taker, .size = 2.5, .taker_fee_bps = 7.5},
    {.fill = FillRule::touch, .size = 2.5, .maker_fee_bps = -1},
    {.fill = FillRule::taker, .contract = Contract::inverse, .size = 3, .taker_fee_bps = 5},
    {.fill = FillRule::touch, .contract = Contract::inverse, .size = 3, .maker_fee_bps = 2}};

/// Holdings of the asset that is bought and sold, and what they cost: the plain account of a
/// trader, who knows of the future only whether it comes.
struct Account {
  double position = 0;
  Money cash;

  void trade(Signal direction, const OrderBook& book, const Options& options) {
    const bool buys = direction == Signal::buy;
    const Amount amount = to_amount(options.size);
    const Price touch = buys ? book.best_bid() : book.best_ask();
    const Fill fill = options.fill == FillRule::touch
                          ? fill_at(touch, amount, options.terms())
                          : take(book, direction, amount, options.terms()).fill.value();
    const Money notional = fill.notional;
    position += buys ? options.size : -options.size;
    // Buying an inverse contract brings a claim on coin: the notional has the other sign.
    cash += buys == (options.contract == Contract::inverse) ? notional : -notional;
  }
};

Account naive_account(const std::vector<Step>& steps, const Options& options) {
  Account account;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const bool is_last = i + 1 == steps.size() || steps[i + 1].book.gap;
    const double wanted = is_last                           ? 0
                          : steps[i].signal == Signal::buy  ? options.size
                          : steps[i].signal == Signal::sell ? -options.size
                                                            : account.position;
    while (account.position != wanted)
      account.trade(account.position < wanted ? Signal::buy : Signal::sell, steps[i].book, options);
  }
  return account;
}

TEST(Invariants, cash_adds_up_and_no_position_is_left) {
  for (std::uint32_t seed = 0; seed < 50; ++seed) {
    const auto market = random_market(seed, 200);
    for (const Options& options : all_options) {
      const Account account = naive_account(market, options);
      EXPECT_EQ(account.position, 0);
      EXPECT_EQ(account.cash, run(market, options).summary.gross) << "seed " << seed;
    }
  }
}

TEST(Invariants, trades_add_up_to_the_summary) {
  for (std::uint32_t seed = 0; seed < 50; ++seed) {
    for (const Options& options : all_options) {
      const Outcome outcome = run(random_market(seed, 200), options);
      Money gross, fees, net;
      for (const Trade& trade : outcome.trades) {
        gross += trade.gross;
        fees += trade.fees;
        net += trade.net();
      }
      EXPECT_EQ(outcome.summary.trades, outcome.trades.size());
      EXPECT_EQ(outcome.summary.gross, gross);
      EXPECT_EQ(outcome.summary.fees, fees);
      EXPECT_EQ(outcome.summary.net(), net);
    }
  }
}

TEST(Invariants, taker_never_beats_touch) {
  for (std::uint32_t seed = 0; seed < 50; ++seed) {
    for (const Contract contract : {Contract::linear, Contract::inverse}) {
      const auto market = random_market(seed, 200);
      const Outcome taker = run(market, {.contract = contract, .size = 3});
      const Outcome touch = run(market, {.fill = FillRule::touch, .contract = contract, .size = 3});
      ASSERT_EQ(taker.trades.size(), touch.trades.size());
      for (std::size_t i = 0; i < taker.trades.size(); ++i)
        EXPECT_LT(taker.trades[i].gross, touch.trades[i].gross);
    }
  }
}

TEST(Invariants, the_future_changes_no_closed_trade) {
  const auto market = random_market(3, 300);
  for (const Options& options : all_options) {
    const std::string whole = lines(run(market, options).trades);
    for (std::size_t end = 1; end < market.size(); end += 7) {
      auto past = run({market.begin(), market.begin() + static_cast<std::ptrdiff_t>(end)}, options);
      // What the cut itself closed is not a trade of the past.
      if (!past.trades.empty() && past.trades.back().reason == Reason::end) past.trades.pop_back();
      EXPECT_TRUE(whole.starts_with(lines(past.trades))) << "first " << end << " books";
    }
  }
}

TEST(Invariants, one_is_in_the_market_from_close_to_open) {
  const Outcome outcome = run(random_market(5, 500), {});
  ASSERT_GT(outcome.trades.size(), 50U);
  for (std::size_t i = 1; i < outcome.trades.size(); ++i) {
    const Trade& before = outcome.trades[i - 1];
    if (before.reason != Reason::reverse) continue;
    EXPECT_EQ(outcome.trades[i].open_time, before.close_time);
    EXPECT_EQ(outcome.trades[i].open_price, before.close_price);
    EXPECT_NE(outcome.trades[i].direction, before.direction);
  }
}

}  // namespace
}  // namespace obkit::backtest
