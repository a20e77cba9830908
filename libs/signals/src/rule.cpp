#include "obkit/signals/rule.hpp"

#include <cassert>
#include <cmath>
#include <string>

#include "obkit/core/error.hpp"
#include "obkit/signals/imbalance.hpp"

namespace obkit::signals {
namespace {

[[noreturn]] void refuse_levels(std::size_t levels, std::size_t found) {
  throw UsageError{"--levels " + std::to_string(levels) + ": the books have only " +
                   std::to_string(found) + " levels a side"};
}

[[noreturn]] void refuse_volumes(DateTime time) {
  throw DataError{{.name = "book of " + format_iso(time)},
                  "the volumes add up to more than a number can hold"};
}

}  // namespace

ImbalanceRule::ImbalanceRule(std::optional<std::size_t> levels) : levels_{levels} {
  assert(levels != std::size_t{0});
}

void ImbalanceRule::score(std::span<const OrderBook> books, std::span<double> scores) const {
  assert(books.size() == scores.size());
  for (std::size_t i = 0; i < books.size(); ++i) {
    const std::size_t found = books[i].depth() / 2;
    const std::size_t levels = levels_.value_or(found);
    if (levels > found) refuse_levels(levels, found);
    scores[i] = imbalance(books[i].volumes, levels);
    if (!std::isfinite(scores[i])) refuse_volumes(books[i].time);
  }
}

}  // namespace obkit::signals
