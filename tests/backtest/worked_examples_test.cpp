// The examples of docs/backtest.md, with the same numbers.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/core/error.hpp"
#include "obkit/core/number.hpp"

#include "market.hpp"

namespace obkit::backtest {
namespace {

using testing::ElementsAre;

std::string text(const Trade& trade) {
  return std::string{to_string(trade.direction)} + " " + to_text(trade.size) + " " +
         to_string(trade.open_price) + " " + to_string(trade.close_price) + ", gross " +
         to_string(trade.gross) + ", fees " + to_string(trade.fees) + ", funding " +
         to_string(trade.funding) +
         (trade.slippage == Money{} ? "" : ", slippage " + to_string(trade.slippage)) + ", net " +
         to_string(trade.net()) + ", " + std::string{to_string(trade.reason)};
}

std::vector<std::string> trades(const std::vector<Step>& market, const Options& options,
                                const std::vector<FundingRate>& funding = {}) {
  std::vector<std::string> result;
  Backtest backtest{
      {.options = options, .funding = funding},
      {.trade = [&](std::size_t, const Trade& trade) { result.push_back(text(trade)); }}};
  for (const auto& [book, signal, tape] : market) backtest.push(book, std::span{&signal, 1}, tape);
  backtest.finish();
  return result;
}

OrderBook at(int date, int time, OrderBook book) {
  book.time = {.date = date, .time = time};
  return book;
}

FundingRate rate_at(const std::string& iso, std::int64_t ten_thousandths) {
  return {.time = parse_iso(iso).value(),
          .rate = ten_thousandths * (FundingRate::per_one / 10'000)};
}

TEST(WorkedExample, taker) {
  EXPECT_THAT(trades(five_books, {.size = 2, .maker_fee_bps = 1, .taker_fee_bps = 5}),
              ElementsAre("BUY 2 103 105, gross 4, fees 0.208, funding 0, net 3.792, reverse",
                          "SELL 2 105 102, gross 6, fees 0.207, funding 0, net 5.793, end"));
}

TEST(WorkedExample, taker_that_walks_the_levels) {
  const std::vector<Step> market{{make_book(0, "100", "102.5", {10, 2, 3, 10}), buy},
                                 {make_book(1, "105", "106", {10, 2, 3, 10}), wait}};
  EXPECT_THAT(trades(market, {.size = 6}),
              ElementsAre("BUY 6 103 104.333333333, gross 8, fees 0, funding 0, net 8, end"));
}

TEST(WorkedExample, touch) {
  EXPECT_THAT(trades(five_books,
                     {.fill = FillRule::touch, .size = 2, .maker_fee_bps = 1, .taker_fee_bps = 5}),
              ElementsAre("BUY 2 102 106, gross 8, fees 0.0416, funding 0, net 7.9584, reverse",
                          "SELL 2 106 101, gross 10, fees 0.0414, funding 0, net 9.9586, end"));
}

/// The volume at the best bid is 4, 1, 5, 1.
const std::vector<Step> queue_books{{make_book(0, "100", "101", {9, 8, 5, 9}), buy},
                                    {make_book(1, "100", "101", {9, 14, 5, 9}), wait},
                                    {make_book(2, "100", "101", {9, 4, 5, 9}), wait},
                                    {make_book(3, "99", "101", {9, 9, 5, 9}), sell},
                                    {make_book(4, "101.5", "102.5", {9, 9, 9, 9}), wait}};

Options queue(double share = 0.5) {
  return {.fill = FillRule::queue,
          .size = 2,
          .maker_fee_bps = 1,
          .taker_fee_bps = 5,
          .queue_share = share};
}

TEST(WorkedExample, queue) {
  EXPECT_THAT(
      trades(queue_books, queue()),
      ElementsAre("BUY 0.5 100 101, gross 0.5, fees 0.01005, funding 0, net 0.48995, reverse",
                  "SELL 2 101 102.5, gross -3, fees 0.1227, funding 0, net -3.1227, end"));
}

TEST(WorkedExample, queue_share) {
  EXPECT_THAT(trades(queue_books, queue(0)),
              ElementsAre("SELL 2 101 102.5, gross -3, fees 0.1227, funding 0, net -3.1227, end"));
  EXPECT_THAT(trades(queue_books, queue(1)),
              ElementsAre("BUY 2 100 101, gross 2, fees 0.0402, funding 0, net 1.9598, reverse",
                          "SELL 2 101 102.5, gross -3, fees 0.1227, funding 0, net -3.1227, end"));
}

TEST(WorkedExample, queue_with_the_trades_of_the_exchange) {
  constexpr auto seller = Aggressor::seller, buyer = Aggressor::buyer;
  const std::vector<Step> market{
      {make_book(0, "100", "101", {9, 8, 5, 9}), buy, {trade_at("100", 50, seller)}},
      {make_book(1, "100", "101", {9, 14, 5, 9}),
       wait,
       {trade_at("100", 3, seller), trade_at("101", 4, buyer),
        trade_at("100", 50, seller, "block")}},
      {make_book(2, "100", "101", {9, 4, 5, 9}), wait, {trade_at("100", 2, seller)}},
      {make_book(3, "100", "101", {9, 4, 5, 9}), wait, {trade_at("100", 1.5, seller)}},
      {make_book(4, "100", "101", {9, 3, 5, 9}), sell, {trade_at("99.5", 1, seller)}},
      {make_book(5, "101.5", "102.5", {9, 9, 9, 9}), wait}};
  Options options{.fill = FillRule::queue,
                  .size = 2,
                  .maker_fee_bps = 1,
                  .taker_fee_bps = 5,
                  .tape = Tape::known};
  EXPECT_THAT(trades(market, options),
              ElementsAre("BUY 2 100 101, gross 2, fees 0.0402, funding 0, net 1.9598, reverse",
                          "SELL 2 101 102.5, gross -3, fees 0.1227, funding 0, net -3.1227, end"));
  // All cancels behind, as far as anybody stands there: 3 are ahead still when 1.5 trade.
  options.queue_share = 0;
  EXPECT_THAT(trades({market.begin(), market.begin() + 4}, options), ElementsAre());
  options.queue_share = 0.5;
  EXPECT_THAT(trades({market.begin(), market.begin() + 4}, options),
              ElementsAre("BUY 1.5 100 100, gross 0, fees 0.09, funding 0, net -0.09, end"));
}

TEST(WorkedExample, requote) {
  const std::vector<Step> market{{make_book(0, "100", "102", {9, 3, 5, 9}), buy},
                                 {make_book(1, "101", "102", {3, 2, 5, 9}), wait},
                                 {make_book(2, "100", "101", {9, 3, 5, 9}), wait},
                                 {make_book(3, "99", "100", {9, 3, 5, 9}), wait},
                                 {make_book(4, "99.5", "100.5", {9, 9, 9, 9}), wait}};
  Options options{.fill = FillRule::queue};
  EXPECT_THAT(trades(market, options),
              ElementsAre("BUY 1 101 99.5, gross -1.5, fees 0, funding 0, net -1.5, end"));
  options.requote = Requote::stay;
  EXPECT_THAT(trades(market, options),
              ElementsAre("BUY 1 100 99.5, gross -0.5, fees 0, funding 0, net -0.5, end"));
}

TEST(WorkedExample, latency) {
  const std::vector<Step> market{{at_millisecond(0, make_book(0, "100", "101")), buy},
                                 {at_millisecond(250, make_book(0, "101", "102")), wait},
                                 {at_millisecond(400, make_book(0, "103", "104")), sell},
                                 {at_millisecond(700, make_book(0, "102", "103")), wait},
                                 {at_millisecond(900, make_book(0, "100", "101")), wait}};
  EXPECT_THAT(trades(market, {.latency = std::chrono::milliseconds{250}}),
              ElementsAre("BUY 1 102 102, gross 0, fees 0, funding 0, net 0, reverse",
                          "SELL 1 102 101, gross 1, fees 0, funding 0, net 1, end"));
  EXPECT_THAT(trades(market, {}),
              ElementsAre("BUY 1 101 103, gross 2, fees 0, funding 0, net 2, reverse",
                          "SELL 1 103 101, gross 2, fees 0, funding 0, net 2, end"));
}

TEST(WorkedExample, measured_latency) {
  using std::chrono::milliseconds;
  // Seed 6 draws 250 for book 0 and 10 for book 1, as SplitMix64 worked out in Python does.
  const auto drawn = std::make_shared<const MeasuredLatencies>(
      std::vector{milliseconds{10}, milliseconds{250}}, 6);
  ASSERT_EQ(drawn->at(0), milliseconds{250});
  ASSERT_EQ(drawn->at(1), milliseconds{10});
  const std::vector<Step> market{{at_millisecond(0, make_book(0, "100", "101")), buy},
                                 {at_millisecond(100, make_book(0, "102", "103")), sell},
                                 {at_millisecond(200, make_book(0, "103", "104")), wait},
                                 {at_millisecond(300, make_book(0, "104", "105")), wait},
                                 {at_millisecond(400, make_book(0, "101", "102")), wait}};
  EXPECT_THAT(trades(market, {.measured_latencies = drawn}),
              ElementsAre("BUY 1 105 104, gross -1, fees 0, funding 0, net -1, reverse",
                          "SELL 1 104 102, gross 2, fees 0, funding 0, net 2, end"));
}

TEST(WorkedExample, slippage) {
  EXPECT_THAT(trades(five_books, {.size = 2, .taker_fee_bps = 5, .slippage_bps = 10}),
              ElementsAre("BUY 2 103 105, gross 4, fees 0.208, funding 0, slippage 0.416, "
                          "net 3.376, reverse",
                          "SELL 2 105 102, gross 6, fees 0.207, funding 0, slippage 0.414, "
                          "net 5.379, end"));
  EXPECT_THAT(trades(five_books, {.fill = FillRule::touch, .size = 2, .slippage_bps = 10}),
              ElementsAre("BUY 2 102 106, gross 8, fees 0, funding 0, net 8, reverse",
                          "SELL 2 106 101, gross 10, fees 0, funding 0, net 10, end"));
  // A resting order pays none; what the end closes does.
  const std::vector<Step> market{{make_book(0, "100", "101"), buy},
                                 {make_book(1, "99", "100"), wait},
                                 {make_book(2, "102", "103"), wait}};
  EXPECT_THAT(trades(market, {.fill = FillRule::queue, .slippage_bps = 10}),
              ElementsAre("BUY 1 100 102, gross 2, fees 0, funding 0, slippage 0.102, net 1.898, "
                          "end"));
}

const std::vector<Step> exit_books{
    {make_book(0, "100", "101"), buy},  {make_book(1, "101", "102"), buy},
    {make_book(2, "102", "103"), wait}, {make_book(3, "98", "99"), buy},
    {make_book(4, "99", "100"), buy},   {make_book(5, "99", "100"), wait},
    {make_book(6, "100", "101"), buy},  {make_book(7, "103", "104"), wait}};

TEST(WorkedExample, no_exit) {
  EXPECT_THAT(trades(exit_books, {}),
              ElementsAre("BUY 1 101 103, gross 2, fees 0, funding 0, net 2, end"));
}

TEST(WorkedExample, wait_that_closes) {
  EXPECT_THAT(trades(exit_books, {.exits = {.on_wait = OnWait::close}}),
              ElementsAre("BUY 1 101 102, gross 1, fees 0, funding 0, net 1, wait",
                          "BUY 1 99 99, gross 0, fees 0, funding 0, net 0, wait",
                          "BUY 1 101 103, gross 2, fees 0, funding 0, net 2, end"));
}

TEST(WorkedExample, stop) {
  EXPECT_THAT(trades(exit_books, {.exits = {.stop = 100}}),
              ElementsAre("BUY 1 101 98, gross -3, fees 0, funding 0, net -3, stop",
                          "BUY 1 101 103, gross 2, fees 0, funding 0, net 2, end"));
}

TEST(WorkedExample, take) {
  EXPECT_THAT(trades(exit_books, {.exits = {.take = 150}}),
              ElementsAre("BUY 1 101 102, gross 1, fees 0, funding 0, net 1, take",
                          "BUY 1 99 100, gross 1, fees 0, funding 0, net 1, take"));
}

TEST(WorkedExample, longest_time) {
  EXPECT_THAT(trades(exit_books, {.exits = {.max_hold = std::chrono::milliseconds{1000}}}),
              ElementsAre("BUY 1 101 101, gross 0, fees 0, funding 0, net 0, max_hold",
                          "BUY 1 99 99, gross 0, fees 0, funding 0, net 0, max_hold",
                          "BUY 1 101 103, gross 2, fees 0, funding 0, net 2, end"));
}

TEST(WorkedExample, stop_that_rests) {
  const std::vector<Step> market{{make_book(0, "100", "101", {9, 2, 9, 9}), buy},
                                 {make_book(1, "99", "100"), wait},
                                 {make_book(2, "98", "99"), wait},
                                 {make_book(3, "97", "98"), wait},
                                 {make_book(4, "98", "99"), wait},
                                 {make_book(5, "98", "99"), wait}};
  EXPECT_THAT(trades(market, {.fill = FillRule::queue, .exits = {.stop = 50}}),
              ElementsAre("BUY 1 100 98, gross -2, fees 0, funding 0, net -2, stop"));
}

TEST(WorkedExample, an_exit_is_due_where_the_price_has_moved_exactly_so_far) {
  // 100 -> 99 is 100 bp.
  const std::vector<Step> market{{make_book(0, "99.5", "100.5"), buy},
                                 {make_book(1, "98.5", "99.5"), wait},
                                 {make_book(2, "90", "91"), wait}};
  EXPECT_THAT(trades(market, {.exits = {.stop = 100}}),
              ElementsAre("BUY 1 100.5 98.5, gross -2, fees 0, funding 0, net -2, stop"));
  EXPECT_THAT(trades(market, {.exits = {.stop = 100.000000001}}),
              ElementsAre("BUY 1 100.5 90, gross -10.5, fees 0, funding 0, net -10.5, end"));
}

const std::vector<Step> gap_books{{make_book(0, "100", "101"), buy},
                                  {make_book(1, "102", "103"), sell},
                                  {after_gap(make_book(2, "90", "91")), wait},
                                  {make_book(3, "91", "92"), buy},
                                  {make_book(4, "95", "96"), wait}};

TEST(WorkedExample, gap_that_closes) {
  EXPECT_THAT(trades(gap_books, {}),
              ElementsAre("BUY 1 101 102, gross 1, fees 0, funding 0, net 1, gap",
                          "BUY 1 92 95, gross 3, fees 0, funding 0, net 3, end"));
}

TEST(WorkedExample, gap_that_is_held_through) {
  EXPECT_THAT(trades(gap_books, {.on_gap = OnGap::hold}),
              ElementsAre("BUY 1 101 102, gross 1, fees 0, funding 0, net 1, reverse",
                          "SELL 1 102 92, gross 10, fees 0, funding 0, net 10, reverse",
                          "BUY 1 92 95, gross 3, fees 0, funding 0, net 3, end"));
}

TEST(WorkedExample, flat_at_midnight) {
  const std::vector<Step> market{{at(20240808, 235'958'000, make_book(0, "100", "101")), buy},
                                 {at(20240808, 235'959'000, make_book(0, "102", "103")), wait},
                                 {at(20240809, 0, make_book(0, "104", "105")), wait},
                                 {at(20240809, 1'000, make_book(0, "103", "104")), buy},
                                 {at(20240809, 2'000, make_book(0, "106", "107")), wait}};
  EXPECT_THAT(trades(market, {.midnight = Midnight::flat}),
              ElementsAre("BUY 1 101 102, gross 1, fees 0, funding 0, net 1, midnight",
                          "BUY 1 104 106, gross 2, fees 0, funding 0, net 2, end"));
  EXPECT_THAT(trades(market, {}),
              ElementsAre("BUY 1 101 106, gross 5, fees 0, funding 0, net 5, end"));
}

TEST(WorkedExample, funding_of_a_linear_contract) {
  // Held from 00:00:01: 1 bp of 2 · 102.5, then of 2 · 105 for the rate at the very time of book 3.
  // Those up to the first book and behind the last are nobody's.
  const std::vector<FundingRate> funding{
      rate_at("2024-08-07T16:00:00Z", 10), rate_at("2024-08-08T00:00:00Z", 10),
      rate_at("2024-08-08T00:00:01Z", 10), rate_at("2024-08-08T00:00:01.5Z", 1),
      rate_at("2024-08-08T00:00:03Z", 1),  rate_at("2024-08-08T00:00:04.001Z", 10)};
  EXPECT_THAT(trades(five_books, {.size = 2}, funding),
              ElementsAre("BUY 2 103 105, gross 4, fees 0, funding 0.0415, net 3.9585, reverse",
                          "SELL 2 105 102, gross 6, fees 0, funding 0, net 6, end"));
  // One who has sold receives: 1 bp of 2 · 105.5.
  EXPECT_THAT(trades(five_books, {.size = 2}, {rate_at("2024-08-08T00:00:04Z", 1)}),
              ElementsAre("BUY 2 103 105, gross 4, fees 0, funding 0, net 4, reverse",
                          "SELL 2 105 102, gross 6, fees 0, funding -0.0211, net 6.0211, end"));
}

TEST(WorkedExample, funding_of_an_inverse_contract) {
  // 100 USD at a mid price of 4 are 25 coins; 1 bp of them.
  const std::vector<Step> market{{make_book(0, "3", "5", {500, 500, 500, 500}), buy},
                                 {make_book(1, "5", "6", {500, 500, 500, 500}), wait}};
  const Options options{.contract = Contract::inverse, .size = 100};
  EXPECT_THAT(trades(market, options, {rate_at("2024-08-08T00:00:00.5Z", 1)}),
              ElementsAre("BUY 100 5 5, gross 0, fees 0, funding 0.0025, net -0.0025, end"));
  EXPECT_THAT(trades(market, options, {rate_at("2024-08-08T00:00:00.5Z", -1)}),
              ElementsAre("BUY 100 5 5, gross 0, fees 0, funding -0.0025, net 0.0025, end"));
}

TEST(WorkedExample, inverse_contract_with_partial_fills) {
  // An order for 100 USD at 4 behind 40: first 100 of 160 go, 10 of them traded when no
  // cancel is ahead any more; then the price reaches it. 25 coins, and 100 / 5 = 20 coins when it
  // is closed.
  const std::vector<Step> market{{make_book(0, "4", "5", {500, 40, 500, 500}), buy},
                                 {make_book(1, "4", "5", {500, 160, 500, 500}), wait},
                                 {make_book(2, "4", "5", {500, 60, 500, 500}), wait},
                                 {make_book(3, "3", "4", {500, 500, 500, 500}), wait},
                                 {make_book(4, "5", "6", {500, 500, 500, 500}), wait}};
  const Options options{.fill = FillRule::queue,
                        .contract = Contract::inverse,
                        .size = 100,
                        .maker_fee_bps = -1,
                        .taker_fee_bps = 5,
                        .queue_share = 1};
  EXPECT_THAT(trades(market, options),
              ElementsAre("BUY 100 4 5, gross 5, fees 0.0075, funding 0, net 4.9925, end"));
}

TEST(WorkedExample, contracts_of_another_size) {
  const std::vector<Step> inverse{{make_book(0, "49999", "50000", {90, 90, 90, 90}), buy},
                                  {make_book(1, "62500", "62501", {90, 90, 90, 90}), wait}};
  EXPECT_THAT(
      trades(inverse,
             {.contract = Contract::inverse, .contract_size = 100, .size = 5, .taker_fee_bps = 5}),
      ElementsAre("BUY 5 50000 62500, gross 0.002, fees 0.000009, funding 0, net 0.001991, "
                  "end"));
  const std::vector<Step> linear{{make_book(0, "99", "100", {10, 2, 3, 10}), buy},
                                 {make_book(1, "104", "105", {10, 6, 3, 10}), wait}};
  EXPECT_THAT(
      trades(linear, {.contract_size = 0.01, .size = 5, .taker_fee_bps = 5}),
      ElementsAre("BUY 5 100.4 104, gross 0.18, fees 0.00511, funding 0, net 0.17489, end"));
}

TEST(WorkedExample, a_queue_that_must_close_on_a_thin_book_is_refused) {
  const std::vector<Step> market{{make_book(0, "100", "101", {9, 4, 5, 9}), buy},
                                 {make_book(1, "99", "100", {0.5, 0.5, 5, 9}), wait}};
  EXPECT_THAT([&] { trades(market, {.fill = FillRule::queue, .size = 2}); },
              testing::Throws<DataError>(testing::Property(
                  &DataError::what,
                  testing::StrEq("book of 2024-08-08T00:00:01.000Z: size 2 is more than the 1 bid "
                                 "on all its levels: what it would cost is not known"))));
}

TEST(WorkedExample, summary) {
  const std::vector<Step> market{{make_book(0, "100", "101"), wait},
                                 {make_book(1, "100", "101"), buy},
                                 {make_book(2, "104", "105"), wait},
                                 {make_book(3, "102", "103"), sell},
                                 {make_book(4, "105", "106"), wait}};
  const Summary summary = run(market, {}).summary;
  EXPECT_EQ(summary.nets, (std::vector<double>{1, -4}));
  EXPECT_EQ(to_string(summary.net()), "-3");
  EXPECT_EQ(summary.win_rate(), 0.5);
  EXPECT_EQ(summary.mean_net(), -1.5);
  EXPECT_EQ(summary.standard_error(), 2.5);
  EXPECT_EQ(summary.profit_factor(), 0.25);
  EXPECT_EQ(to_string(summary.drawdown.value().depth), "6.5");
  EXPECT_EQ(summary.drawdown->peak, (DateTime{20240808, 2000}));
  EXPECT_EQ(summary.drawdown->trough, (DateTime{20240808, 4000}));
  EXPECT_EQ(summary.exposure(), 0.75);
  EXPECT_EQ(summary.mean_holding_seconds(), 1.5);
  EXPECT_EQ(to_string(summary.turnover), "411");
  EXPECT_EQ(to_string(summary.buy_and_hold.value()), "4");
  EXPECT_EQ(to_string(summary.largest_gain), "1");
  EXPECT_EQ(to_string(summary.largest_loss), "4");
  EXPECT_EQ(summary.expectancy(), -0.375);
  EXPECT_EQ(summary.longest_drawdown, std::chrono::seconds{2});
  // Of the buy at 100.5 and the two sells at 102.5, in a second; the last fill has none.
  EXPECT_EQ(summary.adverse_moves[1].fills, 3U);
  EXPECT_DOUBLE_EQ(summary.adverse_moves[1].mean_bps().value(),
                   (-4 / 100.5 + 2 * 3 / 102.5) / 3 * 10'000);
  EXPECT_EQ(summary.adverse_moves[2].fills, 0U);
}

TEST(WorkedExample, orders_of_a_queue) {
  // Buys 2 of 2 at the second book after a second; the order to sell 4 gets nothing.
  const std::vector<Step> market{{make_book(0, "100", "101"), buy},
                                 {make_book(1, "99", "100"), wait},
                                 {make_book(2, "100", "101"), sell},
                                 {make_book(3, "100", "101"), wait},
                                 {make_book(4, "100", "101"), wait}};
  const auto orders = run(market, {.fill = FillRule::queue, .size = 2}).summary.resting.value();
  EXPECT_EQ(orders.placed, 2U);
  EXPECT_EQ(orders.filled, 1U);
  EXPECT_EQ(orders.asked, 6);
  EXPECT_EQ(orders.got, 2);
  EXPECT_EQ(orders.waited, std::chrono::seconds{1});
}

}  // namespace
}  // namespace obkit::backtest
