#include "pending_books.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace obkit::dataset {

PendingBooks::PendingBooks(std::string scratch_folder, std::size_t memory_bytes)
    : scratch_folder_{std::move(scratch_folder)},
      block_limit_{std::max<std::size_t>(1, memory_bytes / 2)} {}

void PendingBooks::push(const PendingBook& book, std::span<const double> volumes) {
  push({.book = book, .size = static_cast<std::uint32_t>(volumes.size_bytes()), .is_text = false},
       std::as_bytes(volumes));
}

void PendingBooks::push(const PendingBook& book, std::string_view volumes_text) {
  push({.book = book, .size = static_cast<std::uint32_t>(volumes_text.size()), .is_text = true},
       std::as_bytes(std::span{volumes_text}));
}

void PendingBooks::push(const Head& head, std::span<const std::byte> volumes) {
  if (taken_ * 2 > first_.size()) compact();
  const bool to_first = is_one_block() && first_.size() < block_limit_;
  if (!to_first && last_.size() >= block_limit_) spill();
  const bool is_only = empty();
  std::vector<char>& block = to_first || is_only ? first_ : last_;
  for (const auto bytes : {std::as_bytes(std::span{&head, 1}), volumes}) {
    const auto* const begin = reinterpret_cast<const char*>(bytes.data());
    block.insert(block.end(), begin, begin + bytes.size());
  }
  if (is_only) front_ = head;
}

void PendingBooks::copy_volumes(Sample& sample) const {
  const char* const from = first_.data() + taken_ + sizeof front_;
  sample.volumes.resize(front_.is_text ? 0 : front_.size / sizeof(double));
  if (front_.is_text)
    sample.volumes_text.assign(from, front_.size);
  else
    sample.volumes_text.clear();
  if (!sample.volumes.empty()) std::memcpy(sample.volumes.data(), from, front_.size);
}

void PendingBooks::pop() {
  taken_ += sizeof front_ + front_.size;
  if (taken_ == first_.size()) refill();
  if (!empty()) std::memcpy(&front_, first_.data() + taken_, sizeof front_);
}

void PendingBooks::clear() {
  first_.clear();
  last_.clear();
  taken_ = 0;
  for (const Block& block : spilled_) free_.push_back(block.place);
  spilled_.clear();
}

/// What was taken makes room; each byte is moved at most once for each that was taken.
void PendingBooks::compact() {
  first_.erase(first_.begin(), first_.begin() + static_cast<std::ptrdiff_t>(taken_));
  taken_ = 0;
}

/// The last block goes into the file.
void PendingBooks::spill() {
  if (!file_) file_.emplace(scratch_folder_);
  const Place place = take_place(last_.size());
  file_->write_at(place.offset, last_);
  spilled_.push_back({.place = place, .size = last_.size()});
  last_.clear();
}

/// The next block becomes the first.
void PendingBooks::refill() {
  taken_ = 0;
  first_.clear();
  if (spilled_.empty()) return std::swap(first_, last_);
  const Block block = spilled_.front();
  first_.resize(block.size);
  file_->read_at(block.place.offset, first_);
  free_.push_back(block.place);
  spilled_.pop_front();
}

/// A free one that is large enough, else a new one with room for blocks that are a little larger.
PendingBooks::Place PendingBooks::take_place(std::size_t size) {
  const auto found =
      std::find_if(free_.begin(), free_.end(), [&](Place place) { return place.room >= size; });
  if (found != free_.end()) {
    const Place place = *found;
    free_.erase(found);
    return place;
  }
  const Place place{.offset = file_size_, .room = size + size / 8};
  file_size_ += place.room;
  return place;
}

}  // namespace obkit::dataset
