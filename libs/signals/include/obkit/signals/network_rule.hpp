#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "obkit/neural/model.hpp"
#include "obkit/signals/rule.hpp"

namespace obkit::signals {

/// P(rise) − P(fall), foretold by a network from the volumes of the book.
class NetworkRule final : public Rule {
 public:
  /// `name` of the model is for messages. Throws DataError when its classes are not fall and rise.
  NetworkRule(neural::Model model, std::string name);

  using Rule::score;
  /// Throws DataError when the model takes books of another depth.
  void score(std::span<const OrderBook> books, std::span<double> scores) const override;
  [[nodiscard]] std::size_t best_batch() const override { return neural::Model::best_batch; }

 private:
  void check_depth(const OrderBook& book) const;
  void check_score(const OrderBook& book, double score) const;

  neural::Model model_;
  std::string name_;
};

}  // namespace obkit::signals
