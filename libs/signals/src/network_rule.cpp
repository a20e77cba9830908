#include "obkit/signals/network_rule.hpp"

#include <cmath>
#include <utility>

#include "obkit/core/error.hpp"

namespace obkit::signals {

NetworkRule::NetworkRule(neural::Model model, std::string name)
    : model_{std::move(model)}, name_{std::move(name)} {
  const auto& classes = model_.classes();
  if (classes.size() < 2 || classes[0] != "fall" || classes[1] != "rise")
    throw DataError{{.name = name_}, "the model does not tell fall from rise"};
}

double NetworkRule::score(const OrderBook& book) const {
  if (book.depth() != model_.inputs()) {
    throw DataError{{.name = name_},
                    "the model takes books of depth " + std::to_string(model_.inputs()) +
                        ", the books have depth " + std::to_string(book.depth())};
  }
  const double score = model_.score(book.volumes);
  if (!std::isfinite(score))
    throw DataError{{.name = name_},
                    "the model gives no number for the book of " + format_iso(book.time)};
  return score;
}

}  // namespace obkit::signals
