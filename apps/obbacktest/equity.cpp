#include "obbacktest/equity.hpp"

#include <string_view>
#include <vector>

#include "obkit/backtest/money.hpp"
#include "obkit/core/number.hpp"
#include "obkit/core/time.hpp"

namespace obkit::obbacktest {
namespace {

/// The exact middle: half of a billionth is still a whole number of money's units.
std::string mid_text(const backtest::BookState& state) {
  constexpr backtest::Money::Units half_of_a_billion = 500'000'000;
  return as_real(
      to_string(backtest::Money::from_units((state.bid + state.ask).units() * half_of_a_billion)));
}

using Cells = std::vector<std::string>;

Cells cells_of(const backtest::BookState& state) {
  return {mid_text(state), as_real(to_text(state.position)), as_real(to_string(state.gross)),
          as_real(to_string(state.net()))};
}

Cells cells_of(const backtest::EquityStep& step) {
  return {as_real(to_string(step.gross)), as_real(to_string(step.net))};
}

}  // namespace

EquityFile::EquityFile(ByteSink& sink, backtest::Contract contract,
                       std::chrono::milliseconds interval, Of of)
    : sink_{sink}, interval_{interval} {
  const std::string unit{currency(contract)};
  const std::string of_market = of == Of::market ? "mid,position," : "";
  sink_.write("time," + of_market + "gross_" + unit + ",net_" + unit + "\n");
}

void EquityFile::take(const State& state) {
  if (interval_.count() == 0) return write(state);
  const auto number = [&](const State& of) {
    return std::visit([&](const auto& one) { return since_1970(one.time) / interval_; }, of);
  };
  if (last_ && number(*last_) != number(state)) write(*last_);
  last_ = state;
}

void EquityFile::close() {
  if (last_) write(*last_);
  sink_.close();
}

void EquityFile::write(const State& state) {
  std::visit(
      [&](const auto& one) {
        line_ = format_iso(one.time);
        for (const std::string& cell : cells_of(one)) line_.append(",").append(cell);
      },
      state);
  sink_.write(line_ += '\n');
}

}  // namespace obkit::obbacktest
