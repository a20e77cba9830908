#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace obkit::backtest {

/// How likely the best of several rows earns more than chance would let the best of as many rows
/// earn that are worth nothing: the Deflated Sharpe Ratio, in [0, 1]. 0.95 or more is evidence.
///
/// `nets` are of each trade of each row, `best` is the row that was chosen. Rows with fewer than
/// two trades, or equal ones, were tried, but have no ratio. Empty where the best row has none.
/// O(n). Pre: best < nets.size(). Source: Bailey and López de Prado, "The Deflated Sharpe Ratio:
/// Correcting for Selection Bias, Backtest Overfitting and Non-Normality", Journal of Portfolio
/// Management 40 (2014), of trades in place of periods.
[[nodiscard]] std::optional<double> deflated_sharpe(
    std::span<const std::vector<double>* const> nets, std::size_t best);

}  // namespace obkit::backtest
