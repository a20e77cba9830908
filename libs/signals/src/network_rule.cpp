#include "obkit/signals/network_rule.hpp"

#include <algorithm>
#include <array>
#include <cassert>
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

void NetworkRule::score(std::span<const OrderBook> books, std::span<double> scores) const {
  assert(books.size() == scores.size());
  std::array<std::span<const double>, neural::Model::best_batch> samples;
  for (std::size_t begin = 0; begin < books.size(); begin += samples.size()) {
    const auto some = books.subspan(begin, std::min(samples.size(), books.size() - begin));
    const auto found = scores.subspan(begin, some.size());
    for (std::size_t i = 0; i < some.size(); ++i) {
      check_depth(some[i]);
      samples[i] = some[i].volumes;
    }
    model_.score(std::span{samples}.first(some.size()), found);
    for (std::size_t i = 0; i < some.size(); ++i) check_score(some[i], found[i]);
  }
}

void NetworkRule::check_depth(const OrderBook& book) const {
  if (book.depth() == model_.inputs()) return;
  throw DataError{{.name = name_},
                  "the model takes books of depth " + std::to_string(model_.inputs()) +
                      ", the books have depth " + std::to_string(book.depth())};
}

void NetworkRule::check_score(const OrderBook& book, double score) const {
  if (std::isfinite(score)) return;
  throw DataError{{.name = name_},
                  "the model gives no number for the book of " + format_iso(book.time)};
}

}  // namespace obkit::signals
