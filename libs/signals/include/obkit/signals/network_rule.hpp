#pragma once

#include <string>

#include "obkit/neural/model.hpp"
#include "obkit/signals/rule.hpp"

namespace obkit::signals {

/// P(rise) − P(fall), foretold by a network from the volumes of the book.
class NetworkRule final : public Rule {
 public:
  /// `name` of the model is for messages. Throws DataError when its classes are not fall and rise.
  NetworkRule(neural::Model model, std::string name);

  /// Throws DataError when the model takes books of another depth.
  [[nodiscard]] double score(const OrderBook& book) const override;

 private:
  neural::Model model_;
  std::string name_;
};

}  // namespace obkit::signals
