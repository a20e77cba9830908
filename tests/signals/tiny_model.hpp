#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "obkit/core/order_book.hpp"
#include "obkit/neural/model.hpp"

namespace obkit::signals {

/// Takes books of depth 4 and looks at the best volumes alone: its score is tanh((bid − ask) / 2).
inline neural::Model tiny_model(std::optional<Timestamp> first = {},
                                std::optional<Timestamp> last = {},
                                std::vector<std::string> classes = {"fall", "rise"}) {
  neural::Matrix weights(2, 4);
  weights << 0, 0, 0, 0, 0, 1, -1, 0;
  neural::TrainingRecord record;
  record.first = first;
  record.last = last;
  return neural::Model{{.tool = "test",
                        .transform = {},
                        .mirror = neural::Mirror::off,
                        .members = {neural::Network{{neural::Dense{weights, neural::Vector::Zero(2),
                                                                   neural::Activation::softmax}}}},
                        .classes = std::move(classes),
                        .label = "next",
                        .training = std::move(record),
                        .test_inputs = {neural::Vector::Ones(4)}}};
}

/// Takes the flow of books of depth 4; `weights` [flow] make its score tanh(Σ weights · flow / 2).
inline neural::Model flow_model(const std::vector<float>& weights) {
  const auto count = static_cast<neural::Index>(weights.size());
  const neural::Vector half = Eigen::Map<const neural::Vector>{weights.data(), count} / 2;
  neural::Matrix rows(2, count);
  rows << -half.transpose(), half.transpose();
  return neural::Model{{.tool = "test",
                        .transform = {},
                        .mirror = neural::Mirror::off,
                        .members = {neural::Network{{neural::Dense{rows, neural::Vector::Zero(2),
                                                                   neural::Activation::softmax}}}},
                        .classes = {"fall", "rise"},
                        .label = "every",
                        .training = {},
                        .test_inputs = {-neural::Vector::Ones(count)},
                        .takes = neural::InputKind::flow,
                        .flow_depth = 4}};
}

inline OrderBook book_of(std::vector<double> volumes) {
  OrderBook book;
  book.time = {.date = 20190823, .time = 101112345};
  for (std::size_t i = 0; i < volumes.size(); ++i)
    book.prices.push_back(Price::from_units(static_cast<std::int64_t>(i) + 1, 9));
  book.volumes = std::move(volumes);
  return book;
}

}  // namespace obkit::signals
