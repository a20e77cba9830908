#include "report/facts.hpp"

#include "report/number_text.hpp"

namespace obkit::backtest {
namespace {

std::string moment(std::int64_t time) { return time_text(time, 3) + " UTC"; }

std::string price_text(Price price) { return number_text(price.value(), 12); }

std::string counted_text(std::uint64_t count, const std::string& noun) {
  return number_text(count) + " " + noun + (count == 1 ? "" : "s");
}

std::string held_text(const ChosenTrades& trades) {
  if (trades.count() == 0) return "No trade was closed.";
  if (trades.kept() == trades.count()) return counted_text(trades.count(), "trade") + ".";
  return "Of " + counted_text(trades.count(), "trade") + " this page holds the " +
         number_text(std::uint64_t{trades.kept()}) + " that gained or lost most.";
}

}  // namespace

std::string price_facts(const CurveFacts& facts, const ChosenTrades& trades) {
  const double first = facts.first.mid().value(), last = facts.last.mid().value();
  std::string text =
      "Mid price from " + price_text(facts.first.mid()) + " to " + price_text(facts.last.mid());
  if (first != 0) text += " (" + percent_text(last - first, std::abs(first)) + ")";
  return text + "; lowest " + price_text(facts.lowest_mid.mid()) + " at " +
         moment(facts.lowest_mid.time) + ", highest " + price_text(facts.highest_mid.mid()) +
         " at " + moment(facts.highest_mid.time) + ". " + held_text(trades);
}

std::string equity_facts(const CurveFacts& facts, std::string_view currency) {
  const std::string unit = " " + std::string{currency};
  return "Net equity from " + number_text(facts.first.net) + " to " + number_text(facts.last.net) +
         unit + "; lowest " + number_text(facts.lowest_net.net) + " at " +
         moment(facts.lowest_net.time) + ", highest " + number_text(facts.highest_net.net) +
         " at " + moment(facts.highest_net.time) + ". Gross equity from " +
         number_text(facts.first.gross) + " to " + number_text(facts.last.gross) + unit + ".";
}

std::string drawdown_facts(const CurveFacts& facts, std::string_view currency) {
  if (facts.deepest.drawdown == 0) return "Net equity never fell below its highest before.";
  return "Net equity fell " + number_text(-facts.deepest.drawdown) + " " + std::string{currency} +
         " below its highest before, at " + moment(facts.deepest.time) + "; that highest was at " +
         moment(facts.peak_before_deepest) + ".";
}

std::string position_facts(const CurveFacts& facts) {
  const auto whole = static_cast<double>(facts.last.time - facts.first.time);
  const auto share = [&](std::int64_t time) {
    return percent_text(static_cast<double>(time), whole);
  };
  if (facts.largest_position == 0) return "No position was held.";
  return "Long for " + share(facts.long_time) + " of the time, short for " +
         share(facts.short_time) + ", flat for " +
         share(facts.last.time - facts.first.time - facts.long_time - facts.short_time) +
         ". Largest position " + number_text(facts.largest_position) + ".";
}

std::string score_facts(const Histogram& scores) {
  return "Scores of " + counted_text(scores.total(), "book") + ", from " +
         number_text(scores.lowest(), 3) + " to " + number_text(scores.highest(), 3) + ", mean " +
         number_text(scores.mean(), 3) + ".";
}

std::string holding_facts(const Histogram& times) {
  return counted_text(times.total(), "trade") + ", held from " + duration_text(times.lowest()) +
         " to " + duration_text(times.highest()) + ", mean " + duration_text(times.mean()) + ".";
}

std::string span_text(const CurveFacts& facts, const ChosenTrades& trades) {
  if (facts.books == 0) return "No books.";
  return time_text(facts.first.time, 0) + " to " + time_text(facts.last.time, 0) + " UTC · " +
         counted_text(facts.books, "book") + " · " + counted_text(trades.count(), "trade");
}

}  // namespace obkit::backtest
