#include "obkit/backtest/summary.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "obkit/backtest/trade.hpp"
#include "obkit/core/number.hpp"

#include "random.hpp"

namespace obkit::backtest {

namespace {

using Value = StatisticValue;

template <class T>
Value value_of(const std::optional<T>& value) {
  return value ? Value{*value} : Value{};
}

std::string digits(double value, std::chars_format format, int precision) {
  std::array<char, 400> text;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), value, format, precision).ptr;
  return {text.data(), end};
}

std::string six_digits(double value) { return digits(value, std::chars_format::general, 6); }

std::string percent(std::optional<double> share) {
  return share ? digits(100 * *share, std::chars_format::fixed, 1) + " %" : "-";
}

std::string books_note(const Figures& figures) {
  const Summary& summary = figures.summary();
  std::string text;
  if (summary.skipped_lines > 0) text = counted(summary.skipped_lines, "line") + " skipped";
  if (summary.in_sample_books > 0)
    text += (text.empty() ? "" : ", ") + std::to_string(summary.in_sample_books) + " in sample";
  return text;
}

std::string trades_note(const Figures& figures) {
  const Summary& summary = figures.summary();
  if (summary.trades == 0) return "";
  return percent(summary.win_rate()) + " of them won, held for " +
         six_digits(*summary.mean_holding_seconds()) + " s, in the market " +
         percent(summary.exposure()) + " of the time";
}

/// In percent; empty without a capital.
Value of_capital(const Figures& figures, Money money) {
  constexpr double percent_of_one = 100;
  return figures.capital() ? Value{money.value() / *figures.capital() * percent_of_one} : Value{};
}

std::optional<double> fill_ratio(const RestingOrders& resting) {
  return resting.asked > 0 ? std::optional{resting.got / resting.asked} : std::nullopt;
}

std::optional<double> seconds_to_fill(const RestingOrders& resting) {
  if (resting.filled == 0) return std::nullopt;
  return static_cast<double>(resting.waited.count()) / 1000 / static_cast<double>(resting.filled);
}

std::string mean_note(const Figures& figures) {
  std::string text = "standard error " + cell_text(value_of(figures.summary().standard_error()));
  if (const auto& interval = figures.interval())
    text += ", 95 % of resampled means from " + six_digits(interval->low) + " to " +
            six_digits(interval->high);
  return text;
}

std::optional<double> longest_seconds(const Figures& figures) {
  return static_cast<double>(figures.summary().longest_drawdown.count()) / 1000;
}

std::string drawdown_note(const Figures& figures) {
  const auto& drawdown = figures.summary().drawdown;
  if (!drawdown) return "";
  return "from " + format_iso(drawdown->peak) + " to " + format_iso(drawdown->trough) +
         ", the longest " + six_digits(*longest_seconds(figures)) + " s";
}

std::string net_note(const Figures& figures) {
  const Summary& summary = figures.summary();
  std::string text;
  if (summary.buy_and_hold) text = "buy and hold: " + to_string(*summary.buy_and_hold);
  if (summary.net_cancels_behind && summary.net_cancels_ahead)
    text += (text.empty() ? "" : "; ") +
            ("all cancels behind: " + to_string(*summary.net_cancels_behind)) +
            ", all ahead: " + to_string(*summary.net_cancels_ahead);
  return text;
}

std::string profit_factor_note(const Figures& figures) {
  return figures.summary().profit_factor() ? "gained for each 1 lost" : "";
}

std::string gain_note(const Figures& figures) {
  const Summary& summary = figures.summary();
  return summary.trades == 0
             ? ""
             : "largest gain of a trade; largest loss " + to_string(summary.largest_loss) +
                   ", expectancy " + cell_text(value_of(summary.expectancy())) + " mean losses";
}

std::string sharpe_note(const Figures& figures) {
  const auto& ratios = figures.ratios();
  if (!ratios) return "";
  return "a year, from " + counted(ratios->count, ratios->period.name) + " × √" +
         six_digits(ratios->period.a_year) + "; Sortino " + cell_text(value_of(ratios->sortino)) +
         ", Calmar " + cell_text(value_of(ratios->calmar));
}

std::string resting_note(const Figures& figures) {
  const auto& resting = figures.summary().resting;
  if (!resting || resting->placed == 0) return "";
  return percent(fill_ratio(*resting)) + " of their size filled, " +
         counted(resting->filled, "order") + " wholly, after " +
         cell_text(value_of(seconds_to_fill(*resting))) + " s on average";
}

std::string adverse_note(const Figures& figures) {
  std::string text = "basis points against a fill";
  for (std::size_t i = 0; i < adverse_horizons.size(); ++i)
    text += (i == 0 ? ": " : ", ") +
            cell_text(value_of(figures.summary().adverse_moves[i].mean_bps())) + " in " +
            std::string{adverse_horizons[i].name};
  return text;
}

std::string return_note(const Figures& figures) {
  const auto& drawdown = figures.summary().drawdown;
  return "% of the capital " + to_text(*figures.capital()) + ", deepest drawdown " +
         cell_text(of_capital(figures, drawdown ? drawdown->depth : Money{})) + " %";
}

Value low_95(const Figures& figures) {
  const auto& interval = figures.interval();
  return interval ? Value{interval->low} : Value{};
}

Value high_95(const Figures& figures) {
  const auto& interval = figures.interval();
  return interval ? Value{interval->high} : Value{};
}

Value win_rate(const Figures& figures) {
  const auto rate = figures.summary().win_rate();
  return rate ? Value{Share{*rate}} : Value{};
}

Value drawdown_depth(const Figures& figures) {
  const auto& drawdown = figures.summary().drawdown;
  return drawdown ? drawdown->depth : Money{};
}

Value drawdown_from(const Figures& figures) {
  const auto& drawdown = figures.summary().drawdown;
  return drawdown ? Value{drawdown->peak} : Value{};
}

Value drawdown_to(const Figures& figures) {
  const auto& drawdown = figures.summary().drawdown;
  return drawdown ? Value{drawdown->trough} : Value{};
}

/// Of one of the ratios.
Value ratio(const Figures& figures, std::optional<double> Ratios::*which) {
  const auto& ratios = figures.ratios();
  return ratios ? value_of((*ratios).*which) : Value{};
}

template <std::size_t horizon>
Value adverse_move(const Figures& figures) {
  return value_of(figures.summary().adverse_moves[horizon].mean_bps());
}

/// Something of the orders that rested; empty where orders do not rest.
template <class Read>
Value of_resting(const Figures& figures, Read read) {
  const auto& resting = figures.summary().resting;
  return resting ? Value{read(*resting)} : Value{};
}

/// The table.
constexpr std::array all{
    Statistic{.key = "books",
              .label = "books",
              .value = [](const Figures& f) -> Value { return f.summary().books; },
              .note = books_note},
    Statistic{.key = "skipped_lines",
              .value = [](const Figures& f) -> Value { return f.summary().skipped_lines; }},
    Statistic{.key = "in_sample_books",
              .value = [](const Figures& f) -> Value { return f.summary().in_sample_books; }},
    Statistic{.key = "trades",
              .label = "trades",
              .column = "trades",
              .value = [](const Figures& f) -> Value { return f.summary().trades; },
              .note = trades_note},
    Statistic{.key = "wins", .value = [](const Figures& f) -> Value { return f.summary().wins; }},
    Statistic{.key = "win_rate", .column = "won_%", .value = win_rate},
    Statistic{.key = "gross_@",
              .label = "gross",
              .column = "gross_@",
              .value = [](const Figures& f) -> Value { return f.summary().gross; },
              .note = [](const Figures& f) { return std::string{f.currency()}; }},
    Statistic{.key = "fees_@",
              .label = "fees",
              .value = [](const Figures& f) -> Value { return f.summary().fees; }},
    Statistic{.key = "funding_@",
              .label = "funding",
              .value = [](const Figures& f) -> Value { return f.summary().funding; }},
    Statistic{.key = "slippage_@",
              .label = "slippage",
              .value = [](const Figures& f) -> Value { return f.summary().slippage; }},
    Statistic{.column = "costs_@",
              .value = [](const Figures& f) -> Value {
                const Summary& summary = f.summary();
                return summary.fees.value() + summary.funding.value() + summary.slippage.value();
              }},
    Statistic{.key = "net_@",
              .label = "net",
              .column = "net_@",
              .value = [](const Figures& f) -> Value { return f.summary().net(); },
              .note = net_note},
    Statistic{.key = "net_@_cancels_behind",
              .column = "all_behind",
              .value = [](const Figures& f) { return value_of(f.summary().net_cancels_behind); },
              .is_left_out = true},
    Statistic{.key = "net_@_cancels_ahead",
              .column = "all_ahead",
              .value = [](const Figures& f) { return value_of(f.summary().net_cancels_ahead); },
              .is_left_out = true},
    Statistic{.key = "mean_net_@_per_trade",
              .label = "net per trade",
              .column = "net_per_trade",
              .value = [](const Figures& f) { return value_of(f.summary().mean_net()); },
              .note = mean_note},
    Statistic{.key = "standard_error_net_@_per_trade",
              .column = "std_error",
              .value = [](const Figures& f) { return value_of(f.summary().standard_error()); }},
    Statistic{.key = "low_95_net_@_per_trade", .value = low_95},
    Statistic{.key = "high_95_net_@_per_trade", .value = high_95},
    Statistic{.key = "return_percent",
              .label = "return",
              .column = "return_%",
              .value = [](const Figures& f) { return of_capital(f, f.summary().net()); },
              .note = return_note,
              .is_left_out = true},
    Statistic{.key = "mean_return_percent_per_trade",
              .value =
                  [](const Figures& f) {
                    const auto mean = f.summary().mean_net();
                    return f.capital() && mean ? Value{*mean / *f.capital() * 100} : Value{};
                  },
              .is_left_out = true},
    Statistic{.key = "profit_factor",
              .label = "profit factor",
              .value = [](const Figures& f) { return value_of(f.summary().profit_factor()); },
              .note = profit_factor_note},
    Statistic{.key = "max_drawdown_@",
              .label = "drawdown",
              .column = "drawdown",
              .value = drawdown_depth,
              .note = drawdown_note},
    Statistic{.key = "max_drawdown_percent",
              .value =
                  [](const Figures& f) {
                    const auto& drawdown = f.summary().drawdown;
                    return of_capital(f, drawdown ? drawdown->depth : Money{});
                  },
              .is_left_out = true},
    Statistic{.key = "max_drawdown_from_time", .value = drawdown_from},
    Statistic{.key = "max_drawdown_to_time", .value = drawdown_to},
    Statistic{.key = "longest_drawdown_seconds",
              .value = [](const Figures& f) { return value_of(longest_seconds(f)); }},
    Statistic{.key = "sharpe",
              .label = "Sharpe",
              .column = "sharpe",
              .value = [](const Figures& f) { return ratio(f, &Ratios::sharpe); },
              .note = sharpe_note},
    Statistic{.key = "sortino",
              .value = [](const Figures& f) { return ratio(f, &Ratios::sortino); }},
    Statistic{.key = "calmar", .value = [](const Figures& f) { return ratio(f, &Ratios::calmar); }},
    Statistic{.key = "return_period",
              .value =
                  [](const Figures& f) {
                    return f.ratios() ? Value{Word{f.ratios()->period.name}} : Value{};
                  }},
    Statistic{
        .key = "return_periods",
        .value = [](const Figures& f) { return f.ratios() ? Value{f.ratios()->count} : Value{}; }},
    Statistic{.key = "return_periods_a_year",
              .value =
                  [](const Figures& f) {
                    return f.ratios() ? Value{f.ratios()->period.a_year} : Value{};
                  }},
    Statistic{.key = "largest_gain_@",
              .label = "largest gain",
              .value = [](const Figures& f) -> Value { return f.summary().largest_gain; },
              .note = gain_note},
    Statistic{.key = "largest_loss_@",
              .value = [](const Figures& f) -> Value { return f.summary().largest_loss; }},
    Statistic{.key = "mean_gain_@",
              .value = [](const Figures& f) { return value_of(f.summary().mean_gain()); }},
    Statistic{.key = "mean_loss_@",
              .value = [](const Figures& f) { return value_of(f.summary().mean_loss()); }},
    Statistic{.key = "expectancy_in_losses",
              .value = [](const Figures& f) { return value_of(f.summary().expectancy()); }},
    Statistic{.key = "orders",
              .label = "orders",
              .value =
                  [](const Figures& f) {
                    return of_resting(f, [](const auto& orders) { return orders.placed; });
                  },
              .note = resting_note,
              .is_left_out = true},
    Statistic{.key = "orders_filled",
              .value =
                  [](const Figures& f) {
                    return of_resting(f, [](const auto& orders) { return orders.filled; });
                  },
              .is_left_out = true},
    Statistic{.key = "fill_ratio",
              .column = "filled_%",
              .value =
                  [](const Figures& f) {
                    return of_resting(f, [](const auto& orders) {
                      return Share{fill_ratio(orders).value_or(0)};
                    });
                  },
              .is_left_out = true},
    Statistic{.key = "mean_seconds_to_fill",
              .value =
                  [](const Figures& f) {
                    const auto& resting = f.summary().resting;
                    return resting ? value_of(seconds_to_fill(*resting)) : Value{};
                  },
              .is_left_out = true},
    Statistic{.key = "adverse_bps_100ms", .value = adverse_move<0>},
    Statistic{.key = "adverse_bps_1s",
              .label = "adverse move",
              .value = adverse_move<1>,
              .note = adverse_note},
    Statistic{.key = "adverse_bps_10s", .value = adverse_move<2>},
    Statistic{.key = "exposure",
              .value = [](const Figures& f) { return value_of(f.summary().exposure()); }},
    Statistic{
        .key = "mean_holding_seconds",
        .value = [](const Figures& f) { return value_of(f.summary().mean_holding_seconds()); }},
    Statistic{.key = "turnover_@",
              .label = "turnover",
              .value = [](const Figures& f) -> Value { return f.summary().turnover; }},
    Statistic{.key = "buy_and_hold_net_@",
              .value = [](const Figures& f) { return value_of(f.summary().buy_and_hold); }}};

/// A function for each alternative.
template <class... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};
template <class... Functions>
Overloaded(Functions...) -> Overloaded<Functions...>;

}  // namespace

std::string_view Figures::currency() const { return backtest::currency(contract_); }

const std::optional<Interval>& Figures::interval() const {
  if (!interval_) interval_ = bootstrap_mean(summary_.nets);
  return *interval_;
}

std::span<const Statistic> statistics() { return all; }

bool is_told(const Statistic& statistic, const Figures& figures) {
  return !statistic.is_left_out ||
         !std::holds_alternative<std::monostate>(statistic.value(figures));
}

std::string name_of(std::string_view key, const Figures& figures) {
  std::string name{key};
  if (const auto at = name.find('@'); at != std::string::npos)
    name.replace(at, 1, figures.currency());
  return name;
}

std::string json_text(const StatisticValue& value) {
  return std::visit(Overloaded{[](std::monostate) -> std::string { return "null"; },
                               [](std::uint64_t count) { return std::to_string(count); },
                               [](double number) { return as_real(to_text(number)); },
                               [](Share share) { return as_real(to_text(share.of_one)); },
                               [](Money money) { return as_real(to_string(money)); },
                               [](DateTime time) { return '"' + format_iso(time) + '"'; },
                               [](Word word) { return '"' + std::string{word.text} + '"'; }},
                    value);
}

std::string line_text(const StatisticValue& value) {
  const auto* const money = std::get_if<Money>(&value);
  return money != nullptr ? to_string(*money) : cell_text(value);
}

std::string cell_text(const StatisticValue& value) {
  return std::visit(Overloaded{[](std::monostate) -> std::string { return "-"; },
                               [](std::uint64_t count) { return std::to_string(count); },
                               [](double number) { return six_digits(number); },
                               [](Share share) {
                                 return digits(100 * share.of_one, std::chars_format::fixed, 1);
                               },
                               [](Money money) { return six_digits(money.value()); },
                               [](DateTime time) { return format_iso(time); },
                               [](Word word) { return std::string{word.text}; }},
                    value);
}

std::string note_of(const Statistic& statistic, const Figures& figures) {
  return statistic.note == nullptr ? "" : statistic.note(figures);
}

void Summary::add(const Trade& trade) {
  const Money net = trade.net();
  ++trades;
  ++closed_by[trade.reason];
  if (net > Money{}) {
    ++wins;
    gains += net;
    largest_gain = std::max(largest_gain, net);
  } else {
    losses += -net;
    largest_loss = std::max(largest_loss, -net);
  }
  gross += trade.gross;
  fees += trade.fees;
  funding += trade.funding;
  slippage += trade.slippage;
  held += trade.held;
  nets.push_back(net.value());
}

std::optional<double> Summary::win_rate() const {
  if (trades == 0) return std::nullopt;
  return static_cast<double>(wins) / static_cast<double>(trades);
}

std::optional<double> Summary::mean_net() const {
  if (trades == 0) return std::nullopt;
  return net().value() / static_cast<double>(trades);
}

std::optional<double> Summary::standard_error() const {
  if (trades < 2) return std::nullopt;
  const double mean = *mean_net();
  double squares = 0;
  for (const double net : nets) squares += (net - mean) * (net - mean);
  const auto count = static_cast<double>(trades);
  return std::sqrt(squares / (count - 1) / count);
}

std::optional<double> Summary::profit_factor() const {
  if (losses == Money{}) return std::nullopt;
  return gains.value() / losses.value();
}

std::optional<double> Summary::exposure() const {
  if (observed.count() <= 0) return std::nullopt;
  return std::min(1.0, static_cast<double>(held.count()) / static_cast<double>(observed.count()));
}

std::optional<double> Summary::mean_holding_seconds() const {
  if (trades == 0) return std::nullopt;
  return static_cast<double>(held.count()) / 1000 / static_cast<double>(trades);
}

std::optional<double> Summary::mean_gain() const {
  return wins > 0 ? std::optional{gains.value() / static_cast<double>(wins)} : std::nullopt;
}

std::optional<double> Summary::mean_loss() const {
  const std::uint64_t count = trades - wins;
  return count > 0 ? std::optional{losses.value() / static_cast<double>(count)} : std::nullopt;
}

std::optional<double> Summary::expectancy() const {
  const auto loss = mean_loss();
  if (!loss || *loss <= 0) return std::nullopt;
  return *mean_net() / *loss;
}

std::optional<Ratios> Summary::ratios() const {
  return ratios_of(returns, periods_with_books, drawdown ? drawdown->depth : Money{});
}

namespace {

constexpr std::size_t resamples = 1000;
constexpr std::size_t fewest_values = 20;

/// [n + 1]: the sum of the first i values.
std::vector<double> sums_of(std::span<const double> values) {
  std::vector<double> sums(values.size() + 1);
  for (std::size_t i = 0; i < values.size(); ++i) sums[i + 1] = sums[i] + values[i];
  return sums;
}

/// The third root, rounded up, the same on every machine (std::cbrt is not).
std::size_t block_length(std::size_t count) {
  std::size_t block = 1;
  while (block * block * block < count) ++block;
  return block;
}

/// Blocks are joined until there are as many values as in the series; the last one is cut.
double resampled_mean(const std::vector<double>& sums, std::size_t block, Random& random) {
  const std::size_t count = sums.size() - 1;
  double total = 0;
  for (std::size_t filled = 0; filled < count; filled += block) {
    const std::size_t begin = random.below(count - block + 1);
    total += sums[begin + std::min(block, count - filled)] - sums[begin];
  }
  return total / static_cast<double>(count);
}

}  // namespace

std::optional<Interval> bootstrap_mean(std::span<const double> values, std::uint64_t seed) {
  if (values.size() < fewest_values) return std::nullopt;
  const std::size_t block = block_length(values.size());
  const std::vector<double> sums = sums_of(values);
  Random random{seed};
  std::vector<double> means(resamples);
  for (double& mean : means) mean = resampled_mean(sums, block, random);
  constexpr std::ptrdiff_t outside = resamples / 40;  // 2.5 % on either side
  const auto low = means.begin() + outside, high = means.end() - 1 - outside;
  std::nth_element(means.begin(), low, means.end());
  std::nth_element(low + 1, high, means.end());
  return Interval{.low = *low, .high = *high};
}

}  // namespace obkit::backtest
