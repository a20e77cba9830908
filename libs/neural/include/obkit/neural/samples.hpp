#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "obkit/neural/input_transform.hpp"
#include "obkit/neural/matrix.hpp"

namespace obkit::neural {

/// Raw samples one behind the other, 4 bytes a value and 1 a class: growing neither copies them nor
/// takes room for twice as many.
class SampleSegment {
 public:
  /// In memory, or, with a folder, in a file there that has no name and goes with the segment: what
  /// memory has no room for stays on the disk.
  explicit SampleSegment(const std::optional<std::string>& folder = std::nullopt);
  SampleSegment(SampleSegment&&) noexcept;
  SampleSegment& operator=(SampleSegment&&) noexcept;
  ~SampleSegment();

  /// Pre: raw is finite, always as long. Throws IoError where the folder has no room,
  /// std::bad_alloc where memory has none.
  void add(std::span<const double> raw, std::uint8_t sample_class);

  [[nodiscard]] std::size_t size() const { return classes_.size(); }
  [[nodiscard]] Index inputs() const { return inputs_; }  ///< 0 while empty
  /// Valid until the next add().
  [[nodiscard]] Eigen::Map<const Vector> sample(std::size_t index) const;
  [[nodiscard]] std::uint8_t class_of(std::size_t index) const { return classes_[index]; }
  /// Of all values and classes in their order: tells other data apart, not an attacker's.
  [[nodiscard]] std::uint64_t fingerprint() const { return fingerprint_; }

 private:
  class Pages;

  std::unique_ptr<Pages> pages_;
  Index inputs_ = 0;
  std::vector<std::uint8_t> classes_;
  std::uint64_t fingerprint_ = 0;
};

/// Segments as one row of samples.
class SampleStore {
 public:
  /// A view and its mirror image must be counted by 32 bits.
  static constexpr std::size_t most_samples = std::size_t{1} << 31;

  /// Pre: as many inputs as the segments before, unless it is empty.
  void add(SampleSegment segment);
  /// Puts all segments of another store behind those of this one.
  void append(SampleStore other);

  [[nodiscard]] std::size_t size() const { return starts_.back(); }
  [[nodiscard]] Index inputs() const { return inputs_; }  ///< 0 while empty
  /// Pre: index < size().
  [[nodiscard]] Eigen::Map<const Vector> sample(std::size_t index) const;
  [[nodiscard]] std::uint8_t class_of(std::size_t index) const;
  [[nodiscard]] std::uint64_t fingerprint() const;

 private:
  [[nodiscard]] std::size_t segment_of(std::size_t index) const;

  std::vector<SampleSegment> segments_;
  std::vector<std::size_t> starts_{0};  ///< of each segment, and the end
  Index inputs_ = 0;
};

/// Some samples of a store in an order of their own. What it refers to must outlive it.
struct SampleView {
  const SampleStore* store = nullptr;
  std::span<const std::uint32_t> order;  ///< indices into the store
  std::span<const float> weights = {};   ///< by index into the store; none: all count alike

  [[nodiscard]] std::size_t size() const { return order.size(); }
  [[nodiscard]] bool empty() const { return order.empty(); }
  /// How many samples of each class. Pre: all classes below `classes`.
  [[nodiscard]] std::vector<std::uint64_t> count_classes(std::size_t classes) const;
};

/// Whether a sample also counts as its mirror image (mirror_into()) with classes 0 and 1 swapped.
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

/// The samples of a view, transformed: once, in the order of the view, where they take no more than
/// so many bytes, else anew whenever they are asked for.
class TransformedSamples {
 public:
  static constexpr std::size_t block = 1024;  ///< samples that are kept together

  /// `view` and `transform` must outlive it.
  TransformedSamples(const SampleView& view, const InputTransform& transform,
                     std::size_t most_bytes);
  TransformedSamples(const SampleView&, InputTransform&&, std::size_t) = delete;

  [[nodiscard]] const SampleView& view() const { return view_; }
  [[nodiscard]] const InputTransform& transform() const { return transform_; }
  /// The samples from block · index on, as many as a block has or there are, none mirrored: kept
  /// ones, or those that are put into `scratch`.
  [[nodiscard]] const Batch& block_of(std::size_t index, Batch& scratch) const;
  /// Puts samples of the view into a batch of that many. `positions`: in the view; its size + i is
  /// i mirrored.
  void take(std::span<const std::uint32_t> positions, Batch& batch) const;

 private:
  void take_kept(std::span<const std::uint32_t> positions, Batch& batch) const;

  const SampleView& view_;
  const InputTransform& transform_;
  std::vector<Batch> kept_;  ///< all blocks, or none
};

struct BatchOptions {
  std::size_t batch = 64;  ///< samples in each but the last
  Mirror mirror = Mirror::on;
  std::uint64_t seed = 1;
  /// Of each batch come the blocks (block_size) that this rank of a team takes, maybe none.
  std::size_t rank = 0, ranks = 1;
  /// Shuffled whole, or, where samples lie on a disk, so many neighbours at a time.
  std::optional<std::size_t> window = std::nullopt;
  std::size_t most_kept_bytes = 0;  ///< as TransformedSamples has it
};

/// A batch, of which this rank may have a share.
struct BatchSize {
  std::size_t samples = 0;
  double weight = 0;  ///< as in cross_entropy()
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
  /// Of the whole batch of which next() gave the share.
  [[nodiscard]] const BatchSize& whole() const { return whole_; }

 private:
  [[nodiscard]] BatchSize measure(std::size_t count) const;
  void shuffle_windows(std::uint64_t epoch);

  const SampleView& view_;
  TransformedSamples samples_;
  BatchOptions options_;
  std::vector<std::uint32_t> views_;  ///< positions in the view; its size + i is i mirrored
  std::size_t next_ = 0;
  BatchSize whole_;
};

/// Samples [begin, begin + count) of a view as one batch, in its order, none mirrored.
void gather(const SampleView& view, std::size_t begin, std::size_t count,
            const InputTransform& transform, Batch& batch);

}  // namespace obkit::neural
