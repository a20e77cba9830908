#pragma once

#include <chrono>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "obkit/core/order_book.hpp"
#include "obkit/dataset/dataset_writer.hpp"
#include "obkit/dataset/labeller.hpp"

namespace obkit::dataset {

/// A book of one bid and one ask, in tenths; `ms` after a quarter of a second before midnight.
inline OrderBook book(int ms, int bid, int ask, bool gap = false) {
  constexpr Timestamp before_midnight{std::chrono::milliseconds{1'566'604'799'750}};
  const auto price = [](int tenths) { return Price::from_units(tenths * 100'000'000LL, 1); };
  return {.time = to_date_time(before_midnight + std::chrono::milliseconds{ms}),
          .prices = {price(bid), price(ask)},
          .volumes = {static_cast<double>(ms), 0.5},
          .recv = {},
          .gap = gap};
}

/// The samples of these books, in memory so small that waiting books go through a file.
inline std::vector<Sample> samples_of(const std::vector<OrderBook>& books, const LabelRule& rule,
                                      std::size_t memory_bytes = 200) {
  Labeller labeller{rule, {.folder = "/var/tmp", .memory_bytes = memory_bytes}};
  std::vector<Sample> samples;
  for (const OrderBook& each : books) {
    labeller.push(each);
    for (Sample sample; labeller.take(sample);) samples.push_back(sample);
  }
  return samples;
}

inline std::string line_of(const Sample& sample) {
  std::string line;
  append_sample(line, sample);
  return line;
}

inline std::vector<std::string> lines_of(const std::vector<Sample>& samples) {
  std::vector<std::string> lines;
  for (const Sample& sample : samples) lines.push_back(line_of(sample));
  return lines;
}

}  // namespace obkit::dataset
