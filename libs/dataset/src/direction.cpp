#include "obkit/dataset/label_rule.hpp"

namespace obkit::dataset {
namespace {

__extension__ using Wide = __int128;

constexpr Wide magnitude(Wide value) { return value < 0 ? -value : value; }

/// Whether a move of a double mid price lies within the band. Multiplied out, nothing is rounded:
/// half of |move| <= width * tick, or |move| / |from| <= width / 10,000.
bool is_flat(const FlatBand& band, Price from, Wide move) {
  constexpr Wide one = Price::units_per_one, bp_per_one = 10'000;
  if (band.unit == FlatBand::Unit::ticks)
    return magnitude(move) * one <= Wide{2} * band.width.units() * band.tick.units();
  return magnitude(move) * one * bp_per_one <= band.width.units() * magnitude(from.units());
}

}  // namespace

std::optional<std::uint8_t> direction(const LabelRule& rule, Price from, Price to) {
  const Wide move = Wide{to.units()} - from.units();
  if (move == 0 && (!rule.flat || !rule.has_horizon())) return std::nullopt;
  if (rule.flat && is_flat(*rule.flat, from, move)) return std::uint8_t{2};
  return std::uint8_t{move > 0};
}

}  // namespace obkit::dataset
