#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "obkit/core/price.hpp"

namespace obkit::dataset {

/// How small a move of the mid price must be to count as none: at most `width`.
struct FlatBand {
  enum class Unit {
    ticks,         ///< of the size `tick`
    basis_points,  ///< of the mid price that the move starts from, without its sign
  };

  Unit unit = Unit::basis_points;
  Price width;  ///< 0 to 10^9
  Price tick;   ///< > 0, to 10^9; 0 with basis points

  bool operator==(const FlatBand&) const = default;
};

/// Which books become samples, and with which mid price each one's is compared.
///
/// A run is a stretch of books without a gap; no label looks beyond its book's run.
struct LabelRule {
  enum class Kind {
    none,          ///< with none: each book is a sample without a label
    next,          ///< the next book's, for books whose next one has another mid price
    every,         ///< the next one that is another: the next move
    books,         ///< that of the book `horizon` books later
    milliseconds,  ///< the one that stands when `horizon` milliseconds have passed: see Labeller
    mean,          ///< the mean of the next `horizon` books (m+ of Zhang, Zohren and Roberts,
                   ///< "DeepLOB", 2019, against the book's own mid price)
  };
  static constexpr std::int64_t longest_horizon = 1'000'000'000;
  static constexpr std::int64_t longest_mean = 100'000;

  Kind kind = Kind::next;
  std::int64_t horizon = 0;  ///< 1 to longest_horizon, or longest_mean; 0 where the kind has none
  /// Moves within it get direction 2; without it books whose mid price is the same are no samples.
  std::optional<FlatBand> flat = std::nullopt;

  /// Rules without one have moves for samples.
  [[nodiscard]] bool has_horizon() const {
    return kind == Kind::books || kind == Kind::milliseconds || kind == Kind::mean;
  }
  bool operator==(const LabelRule&) const = default;
};

/// Reads `none`, `next`, `every`, `horizon=50`, `horizon=500ms`, `horizon=2s` or `mean=50`; `flat`
/// is empty, `2ticks` or `0.5bp` (`1tick`, `3bps`); `tick` the price step, given with ticks and
/// only then. Throws UsageError that says what is expected.
[[nodiscard]] LabelRule parse_label_rule(std::string_view label, std::string_view flat = {},
                                         std::string_view tick = {});

/// The one text of a rule, as datasets bear it: `none`, `next`, `every`, `horizon=50`,
/// `mean=50`, `horizon=2000ms,flat=0.5bp`, `horizon=50,flat=2tick,tick=0.5`.
[[nodiscard]] std::string to_string(const LabelRule& rule);

/// The rule of such a text; empty for any other text, since others may have rules of their own.
[[nodiscard]] std::optional<LabelRule> rule_of_label(std::string_view label);

/// The label of a book by what it is compared with, by a rule that compares: 0 for a fall, 1 for a
/// rise, 2 for a move within the band. Empty where the prices are equal and there is no band, or
/// the rule wants moves. Both are OrderBook::double_mid(). Exact, also at the edge of the band.
[[nodiscard]] std::optional<std::uint8_t> direction(const LabelRule& rule, Price from, Price to);

/// Units of prices, added up.
__extension__ using PriceSum = __int128;

/// The same against the mean of `count` prices that add up to `sum`, exact, too. Pre: 1 <= count <=
/// LabelRule::longest_mean.
[[nodiscard]] std::optional<std::uint8_t> direction(const LabelRule& rule, Price from, PriceSum sum,
                                                    std::int64_t count);

}  // namespace obkit::dataset
