#include "obkit/neural/samples.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cerrno>
#include <new>
#include <sys/mman.h>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "obkit/core/error.hpp"
#include "obkit/core/nameless_file.hpp"
#include "obkit/neural/input_transform.hpp"

#include "fingerprint.hpp"

namespace obkit::neural {
namespace {

constexpr std::size_t least_bytes = std::size_t{1} << 20;

}  // namespace

/// Bytes that grow in place: the kernel moves pages, not their content.
class SampleSegment::Pages {
 public:
  explicit Pages(const std::optional<std::string>& folder) : folder_{folder.value_or("")} {
    if (!folder) return;
    file_ = open_nameless_file(folder_);
    if (file_ < 0) throw IoError{IoError::During::create, folder_, errno};
  }
  Pages(const Pages&) = delete;
  Pages& operator=(const Pages&) = delete;
  ~Pages() {
    if (begin_ != nullptr) ::munmap(begin_, capacity_);
    if (file_ >= 0) ::close(file_);
  }

  [[nodiscard]] float* values() { return static_cast<float*>(begin_); }

  /// Room for at least so many bytes.
  void reserve(std::size_t bytes) {
    if (bytes <= capacity_) return;
    const std::size_t wanted = std::max({least_bytes, bytes, capacity_ + capacity_ / 2});
    const std::size_t page = least_bytes;
    const std::size_t rounded = (wanted + page - 1) / page * page;
    if (file_ >= 0) {
      // Taken now: a page without room on the disk would end the process when it is written.
      if (const int error = ::posix_fallocate(file_, 0, static_cast<off_t>(rounded)))
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
    const int flags = file_ >= 0 ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS;
    return ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, flags, file_, 0);
  }

  std::string folder_;
  int file_ = -1;
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

}  // namespace obkit::neural
