#include "obkit/neural/samples.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cerrno>
#include <new>
#include <random>
#include <span>
#include <sys/mman.h>
#include <utility>

#include <fcntl.h>

#include "obkit/core/descriptor.hpp"
#include "obkit/core/error.hpp"
#include "obkit/neural/input_transform.hpp"
#include "obkit/neural/network.hpp"
#include "obkit/neural/team.hpp"

#include "net/random.hpp"
#include "net/scratch.hpp"
#include "training/fingerprint.hpp"

namespace obkit::neural {
namespace {

constexpr std::size_t least_bytes = std::size_t{1} << 20;

void resize(Batch& batch, const SampleView& view, std::size_t count) {
  batch.inputs.resize(view.store->inputs(), static_cast<Index>(count));
  batch.classes.resize(count);
  batch.weights.resize(view.weights.empty() ? 0 : count);
}

/// Puts a sample of the view into a column, not yet transformed. The last `flow` numbers of it are
/// no volumes.
void put(const SampleView& view, std::size_t position, Mirror mirror, Index flow, Batch& batch,
         std::size_t to) {
  const std::size_t index = view.order[position];
  const auto raw = view.store->sample(index);
  auto column = batch.inputs.col(static_cast<Index>(to));
  if (mirror == Mirror::on)
    mirror_into(raw, flow, column);
  else
    column = raw;
  const std::uint8_t sample_class = view.store->class_of(index);
  batch.classes[to] = mirror == Mirror::on ? mirrored(sample_class) : sample_class;
  if (!batch.weights.empty()) batch.weights[to] = view.weights[index];
}

/// Those of a batch that the rank takes.
Range own_samples(std::size_t count, const BatchOptions& options) {
  const std::size_t blocks = (count + block_size - 1) / block_size;
  const Range own = share_of(blocks, options.rank, options.ranks);
  return {std::min(own.begin * block_size, count), std::min(own.end * block_size, count)};
}

std::mt19937 random_of(std::uint64_t seed, std::uint64_t epoch) {
  const auto halves = [](std::uint64_t value) {
    return std::array{static_cast<std::uint32_t>(value), static_cast<std::uint32_t>(value >> 32U)};
  };
  const auto s = halves(seed), e = halves(epoch);
  std::seed_seq mixed{s[0], s[1], e[0], e[1]};
  return std::mt19937{mixed};
}

}  // namespace

/// Bytes that grow in place: the kernel moves pages, not their content.
class SampleSegment::Pages {
 public:
  explicit Pages(const std::optional<std::string>& folder) : folder_{folder.value_or("")} {
    if (!folder) return;
    file_ = open_nameless_file(folder_);
    if (!file_.is_open()) throw IoError{IoError::During::create, folder_, errno};
  }
  Pages(const Pages&) = delete;
  Pages& operator=(const Pages&) = delete;
  ~Pages() {
    if (begin_ != nullptr) ::munmap(begin_, capacity_);
  }

  [[nodiscard]] float* values() { return static_cast<float*>(begin_); }

  /// Room for at least so many bytes.
  void reserve(std::size_t bytes) {
    if (bytes <= capacity_) return;
    const std::size_t wanted = std::max({least_bytes, bytes, capacity_ + capacity_ / 2});
    const std::size_t page = least_bytes;
    const std::size_t rounded = (wanted + page - 1) / page * page;
    if (file_.is_open()) {
      // Taken now: a page without room on the disk would end the process when it is written.
      if (const int error = ::posix_fallocate(file_.get(), 0, static_cast<off_t>(rounded)))
        throw IoError{IoError::During::write, folder_, error};
    }
    void* const moved = begin_ != nullptr ? ::mremap(begin_, capacity_, rounded, MREMAP_MAYMOVE)
                                          : map_first(rounded);
    if (moved == MAP_FAILED) throw std::bad_alloc{};
    begin_ = moved;
    capacity_ = rounded;
  }

 private:
  [[nodiscard]] void* map_first(std::size_t bytes) const {
    const int flags = file_.is_open() ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS;
    return ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, flags, file_.get(), 0);
  }

  std::string folder_;
  Descriptor file_;
  void* begin_ = nullptr;
  std::size_t capacity_ = 0;
};

SampleSegment::SampleSegment(const std::optional<std::string>& folder)
    : pages_{std::make_unique<Pages>(folder)} {}
SampleSegment::SampleSegment(SampleSegment&&) noexcept = default;
SampleSegment& SampleSegment::operator=(SampleSegment&&) noexcept = default;
SampleSegment::~SampleSegment() = default;

void SampleSegment::add(std::span<const double> raw, std::uint8_t sample_class) {
  assert(inputs_ == 0 || inputs_ == static_cast<Index>(raw.size()));
  const std::size_t filled = classes_.size() * raw.size();
  pages_->reserve((filled + raw.size()) * sizeof(float));
  inputs_ = static_cast<Index>(raw.size());
  float* to = pages_->values() + filled;
  for (const double value : raw) {
    *to = to_input(value);
    fingerprint_ = mixed(fingerprint_, std::bit_cast<std::uint32_t>(*to));
    ++to;
  }
  fingerprint_ = mixed(fingerprint_, sample_class);
  classes_.push_back(sample_class);
}

Eigen::Map<const Vector> SampleSegment::sample(std::size_t index) const {
  assert(index < size());
  return {pages_->values() + index * static_cast<std::size_t>(inputs_), inputs_};
}

void SampleStore::add(SampleSegment segment) {
  if (segment.size() == 0) return;
  assert(inputs_ == 0 || inputs_ == segment.inputs());
  if (segment.size() > most_samples - size())
    throw UsageError{"more than " + std::to_string(most_samples) + " samples"};
  inputs_ = segment.inputs();
  starts_.push_back(size() + segment.size());
  segments_.push_back(std::move(segment));
}

void SampleStore::append(SampleStore other) {
  for (SampleSegment& segment : other.segments_) add(std::move(segment));
}

std::size_t SampleStore::segment_of(std::size_t index) const {
  assert(index < size());
  return static_cast<std::size_t>(std::upper_bound(starts_.begin(), starts_.end(), index) -
                                  starts_.begin()) -
         1;
}

Eigen::Map<const Vector> SampleStore::sample(std::size_t index) const {
  const std::size_t segment = segment_of(index);
  return segments_[segment].sample(index - starts_[segment]);
}

std::uint8_t SampleStore::class_of(std::size_t index) const {
  const std::size_t segment = segment_of(index);
  return segments_[segment].class_of(index - starts_[segment]);
}

std::uint64_t SampleStore::fingerprint() const {
  std::uint64_t all = 0;
  for (const SampleSegment& segment : segments_) all = mixed(all, segment.fingerprint());
  return all;
}

std::vector<std::uint64_t> SampleView::count_classes(std::size_t classes) const {
  std::vector<std::uint64_t> counts(classes);
  for (const std::uint32_t index : order) ++counts[store->class_of(index)];
  return counts;
}

TransformedSamples::TransformedSamples(const SampleView& view, const InputTransform& transform,
                                       std::size_t most_bytes)
    : view_{view}, transform_{transform} {
  if (view.empty()) return;
  if (view.size() > most_bytes / (size(view.store->inputs()) * sizeof(float))) return;
  for (std::size_t begin = 0; begin < view.size(); begin += block)
    gather(view, begin, std::min(block, view.size() - begin), transform, kept_.emplace_back());
}

const Batch& TransformedSamples::block_of(std::size_t index, Batch& scratch) const {
  if (!kept_.empty()) return kept_[index];
  const std::size_t begin = index * block;
  gather(view_, begin, std::min(block, view_.size() - begin), transform_, scratch);
  return scratch;
}

void TransformedSamples::take(std::span<const std::uint32_t> positions, Batch& batch) const {
  resize(batch, view_, positions.size());
  if (!kept_.empty()) return take_kept(positions, batch);
  for (std::size_t i = 0; i < positions.size(); ++i) {
    const std::size_t position = positions[i];
    const bool is_mirrored = position >= view_.size();
    put(view_, is_mirrored ? position - view_.size() : position,
        is_mirrored ? Mirror::on : Mirror::off, transform_.flow(), batch, i);
  }
  transform_.apply(batch.inputs);
}

void TransformedSamples::take_kept(std::span<const std::uint32_t> positions, Batch& batch) const {
  for (std::size_t i = 0; i < positions.size(); ++i) {
    const bool is_mirrored = positions[i] >= view_.size();
    const std::size_t position = is_mirrored ? positions[i] - view_.size() : positions[i];
    const Batch& from = kept_[position / block];
    const std::size_t at = position % block;
    const auto sample = from.inputs.col(static_cast<Index>(at));
    auto column = batch.inputs.col(static_cast<Index>(i));
    if (is_mirrored)
      mirror_into(sample, transform_.flow(), column);
    else
      column = sample;
    batch.classes[i] = is_mirrored ? mirrored(from.classes[at]) : from.classes[at];
    if (!batch.weights.empty()) batch.weights[i] = from.weights[at];
  }
}

ShuffledBatches::ShuffledBatches(const SampleView& view, const InputTransform& transform,
                                 BatchOptions options)
    : view_{view}, samples_{view, transform, options.most_kept_bytes}, options_{options} {
  assert(!view.empty() && options_.batch > 0);
  views_.resize(view.size() * (options_.mirror == Mirror::on ? 2 : 1));
  begin(0);
}

void ShuffledBatches::begin(std::uint64_t epoch) {
  next_ = 0;
  shuffle_windows(epoch);
}

void ShuffledBatches::shuffle_windows(std::uint64_t epoch) {
  std::mt19937 random = random_of(options_.seed, epoch);
  const std::size_t count = view_.size();
  const std::size_t views_each = views_.size() / count;
  const std::size_t window = std::min(options_.window.value_or(count), count);
  auto to = views_.begin();
  for (std::size_t begin = 0; begin < count; begin += window) {
    const auto first = to;
    for (std::size_t view = 0; view < views_each; ++view)
      for (std::size_t i = begin; i < std::min(begin + window, count); ++i)
        *to++ = static_cast<std::uint32_t>(view * count + i);
    shuffle(std::span{first, to}, random);
  }
}

BatchSize ShuffledBatches::measure(std::size_t count) const {
  if (view_.weights.empty()) return {count, static_cast<double>(count)};
  double weight = 0;
  for (std::size_t i = next_; i < next_ + count; ++i)
    weight += double{view_.weights[view_.order[views_[i] % view_.size()]]};
  return {count, weight};
}

bool ShuffledBatches::next(Batch& batch) {
  if (next_ == views_.size()) return false;
  const std::size_t count = std::min(options_.batch, views_.size() - next_);
  const Range own = own_samples(count, options_);
  samples_.take(std::span{views_}.subspan(next_ + own.begin, own.size()), batch);
  whole_ = measure(count);
  next_ += count;
  return true;
}

void gather(const SampleView& view, std::size_t begin, std::size_t count,
            const InputTransform& transform, Batch& batch) {
  resize(batch, view, count);
  for (std::size_t i = 0; i < count; ++i)
    put(view, begin + i, Mirror::off, transform.flow(), batch, i);
  transform.apply(batch.inputs);
}

}  // namespace obkit::neural
