#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "obkit/core/time.hpp"

namespace obkit::dataset {

/// The direction of a book that has no label.
inline constexpr std::uint8_t unlabelled = 3;

/// Numbers in Sample::flow, where there are any.
inline constexpr std::size_t flow_count = 14;

/// The volumes of a book and what the price did next.
struct Sample {
  std::vector<double> volumes;   ///< [depth], in the order of the book
  std::uint8_t direction = 0;    ///< 0 the price falls, 1 it rises, 2 it stays, or `unlabelled`
  std::optional<DateTime> time;  ///< of the book; absent in files of the original
  std::string label;             ///< the label rule; empty is the default, "next"
  /// Not empty: what a line has between the brackets of `volumes`, which is empty then.
  std::string volumes_text = {};
  /// [flow_count] what the last books did, as signals::FlowInputs tells it, or none.
  std::vector<double> flow = {};
  /// Where the label is a move: its number in the stream, above 0. Samples before one move have
  /// the same. Else 0. A dataset has it beside the flow alone.
  std::uint64_t move = 0;

  // Of the book, from a Labeller alone: a dataset of lines has none of it.
  double mid = 0, best_bid = 0, best_ask = 0;
  std::vector<double> prices = {};  ///< [depth] where they are kept, else empty
  bool gap = false;                 ///< continuity with the book before was lost
};

}  // namespace obkit::dataset
