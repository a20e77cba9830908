#pragma once

#include <optional>
#include <vector>

#include "obkit/core/order_book.hpp"
#include "obkit/dataset/sample.hpp"

namespace obkit::dataset {

/// The default labels: a book is a sample when the next book has another mid price, and the
/// direction is that move. Mid prices are compared exactly.
///
/// A book with gap set follows none; the last book of a stream is no sample.
class NextMoveLabeller {
 public:
  /// Takes the next book; the book before it as a sample, when it is one.
  [[nodiscard]] std::optional<Sample> push(const OrderBook& book);

 private:
  std::optional<Price> double_mid_;
  std::vector<double> volumes_;
  DateTime time_;
};

}  // namespace obkit::dataset
