#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "obkit/neural/input_transform.hpp"
#include "obkit/neural/matrix.hpp"
#include "obkit/neural/samples.hpp"

namespace obkit::neural {

/// Whether a sample also counts with its inputs reversed and classes 0 and 1 swapped.
enum class Mirror : std::uint8_t { off, on };

/// Class 0 becomes 1 and 1 becomes 0; any other stays.
[[nodiscard]] constexpr std::uint8_t mirrored(std::uint8_t sample_class) {
  return sample_class < 2 ? static_cast<std::uint8_t>(1 - sample_class) : sample_class;
}

/// Samples side by side, transformed.
struct Batch {
  Matrix inputs;                      ///< [inputs × n]
  std::vector<std::uint8_t> classes;  ///< [n]
  std::vector<float> weights;         ///< [n], or none

  [[nodiscard]] std::size_t size() const { return classes.size(); }
};

struct BatchOptions {
  std::size_t batch = 64;  ///< samples in each but the last
  Mirror mirror = Mirror::on;
  std::uint64_t seed = 1;
  /// Shuffled whole, or, where samples lie on a disk, so many neighbours at a time.
  std::optional<std::size_t> window = std::nullopt;
};

/// Mini-batches in an order shuffled anew each epoch; mirrored samples are shuffled in.
class ShuffledBatches {
 public:
  /// `view` and `transform` must outlive it. Pre: view is not empty.
  ShuffledBatches(const SampleView& view, const InputTransform& transform, BatchOptions options);
  ShuffledBatches(const SampleView&, InputTransform&&, BatchOptions) = delete;

  /// Starts an epoch: the same number gives the same batches, whatever came before.
  void begin(std::uint64_t epoch);
  /// False at the end of the epoch.
  [[nodiscard]] bool next(Batch& batch);

 private:
  void shuffle_windows(std::uint64_t epoch);

  const SampleView& view_;
  const InputTransform& transform_;
  BatchOptions options_;
  std::vector<std::uint32_t> views_;  ///< positions in the view; its size + i is i mirrored
  std::size_t next_ = 0;
};

/// Samples [begin, begin + count) of a view as one batch, in its order, none mirrored.
void gather(const SampleView& view, std::size_t begin, std::size_t count,
            const InputTransform& transform, Batch& batch);

}  // namespace obkit::neural
