#pragma once

#include <string_view>

#include "obkit/backtest/options.hpp"

namespace obbacktest {

/// As the command line and the summary have them.
[[nodiscard]] constexpr std::string_view name_of(obkit::backtest::FillRule fill) {
  using obkit::backtest::FillRule;
  if (fill == FillRule::taker) return "taker";
  return fill == FillRule::touch ? "touch" : "queue";
}

[[nodiscard]] constexpr std::string_view name_of(obkit::backtest::Contract contract) {
  return contract == obkit::backtest::Contract::linear ? "linear" : "inverse";
}

[[nodiscard]] constexpr std::string_view name_of(obkit::backtest::OnGap on_gap) {
  return on_gap == obkit::backtest::OnGap::close ? "close" : "hold";
}

}  // namespace obbacktest
