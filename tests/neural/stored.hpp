#pragma once

#include <cstdint>
#include <functional>
#include <numeric>
#include <random>
#include <span>
#include <vector>

#include "obkit/neural/samples.hpp"
#include "obkit/neural/training.hpp"

#include "net/random.hpp"

namespace obkit::neural {

/// A store of its own with a view of all its samples in order.
class Stored {
 public:
  void add(const std::vector<double>& raw, std::uint8_t sample_class) {
    segment_.add(raw, sample_class);
  }
  /// After the last add().
  [[nodiscard]] const SampleView& view() {
    if (store_.size() == 0 && segment_.size() > 0) {
      store_.add(std::move(segment_));
      order_.resize(store_.size());
      std::iota(order_.begin(), order_.end(), 0U);
      view_ = {.store = &store_, .order = order_};
    }
    return view_;
  }
  [[nodiscard]] const SampleStore& store() { return *view().store; }

 private:
  SampleSegment segment_;
  SampleStore store_;
  std::vector<std::uint32_t> order_;
  SampleView view_;
};

/// `class_of` of inputs drawn evenly from 0 to 1.
inline void add_drawn(Stored& stored, std::size_t count, std::size_t inputs, std::uint32_t seed,
                      const std::function<std::uint8_t(const std::vector<double>&)>& class_of) {
  std::mt19937 random{seed};
  std::vector<double> raw(inputs);
  for (std::size_t i = 0; i < count; ++i) {
    for (double& value : raw) value = double{uniform(random, 0, 1)};
    stored.add(raw, class_of(raw));
  }
}

}  // namespace obkit::neural
