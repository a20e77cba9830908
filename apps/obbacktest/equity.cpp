#include "obbacktest/equity.hpp"

#include <string_view>

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

std::chrono::milliseconds since_1970(DateTime time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
      to_timestamp(time).value_or(Timestamp{}).time_since_epoch());
}

}  // namespace

EquityFile::EquityFile(ByteSink& sink, backtest::Contract contract,
                       std::chrono::milliseconds interval)
    : sink_{sink}, interval_{interval} {
  const std::string unit{currency(contract)};
  sink_.write("time,mid,position,gross_" + unit + ",net_" + unit + "\n");
}

void EquityFile::add(const backtest::BookState& state) {
  if (interval_.count() == 0) return write(state);
  const auto number = [&](const backtest::BookState& of) {
    return since_1970(of.time) / interval_;
  };
  if (last_ && number(*last_) != number(state)) write(*last_);
  last_ = state;
}

void EquityFile::close() {
  if (last_) write(*last_);
  sink_.close();
}

void EquityFile::write(const backtest::BookState& state) {
  line_ = format_iso(state.time);
  for (const std::string& cell : {mid_text(state), as_real(to_text(state.position)),
                                  as_real(to_string(state.gross)), as_real(to_string(state.net()))})
    line_.append(",").append(cell);
  sink_.write(line_ += '\n');
}

}  // namespace obkit::obbacktest
