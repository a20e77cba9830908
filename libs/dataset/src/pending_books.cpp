#include "pending_books.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <utility>

namespace obkit::dataset {
namespace {

void append_record(std::vector<char>& block, const PendingBook& book,
                   std::span<const double> volumes) {
  const auto append = [&](std::span<const std::byte> bytes) {
    const auto* const begin = reinterpret_cast<const char*>(bytes.data());
    block.insert(block.end(), begin, begin + bytes.size());
  };
  append(std::as_bytes(std::span{&book, 1}));
  append(std::as_bytes(volumes));
}

}  // namespace

PendingBooks::PendingBooks(std::string scratch_folder, std::size_t memory_bytes)
    : scratch_folder_{std::move(scratch_folder)},
      block_limit_{std::max<std::size_t>(1, memory_bytes / 2)} {}

void PendingBooks::push(const PendingBook& book, std::span<const double> volumes) {
  const std::size_t size = sizeof book + volumes.size_bytes();
  assert(empty() || size == record_size_);
  record_size_ = size;
  if (taken_ * 2 > first_.size()) compact();
  const bool to_first = is_one_block() && first_.size() < block_limit_;
  if (!to_first && last_.size() >= block_limit_) spill();
  append_record(to_first || empty() ? first_ : last_, book, volumes);
}

PendingBook PendingBooks::front() const {
  PendingBook book;
  std::memcpy(&book, first_.data() + taken_, sizeof book);
  return book;
}

void PendingBooks::copy_volumes(std::vector<double>& out) const {
  const std::size_t size = record_size_ - sizeof(PendingBook);
  out.resize(size / sizeof(double));
  std::memcpy(out.data(), first_.data() + taken_ + sizeof(PendingBook), size);
}

void PendingBooks::pop() {
  taken_ += record_size_;
  if (taken_ == first_.size()) refill();
}

void PendingBooks::clear() {
  first_.clear();
  last_.clear();
  taken_ = 0;
  free_.insert(free_.end(), spilled_.begin(), spilled_.end());
  spilled_.clear();
}

/// What was taken makes room; each byte is moved at most once for each that was taken.
void PendingBooks::compact() {
  first_.erase(first_.begin(), first_.begin() + static_cast<std::ptrdiff_t>(taken_));
  taken_ = 0;
}

/// The last block goes into the file. Blocks are equal in size while books wait: all of one depth.
void PendingBooks::spill() {
  if (!file_) file_.emplace(scratch_folder_);
  if (free_.empty()) free_.push_back(places_++);
  file_->write_at(free_.back() * last_.size(), last_);
  spilled_.push_back(free_.back());
  free_.pop_back();
  last_.clear();
}

/// The next block becomes the first.
void PendingBooks::refill() {
  taken_ = 0;
  first_.clear();
  if (spilled_.empty()) return std::swap(first_, last_);
  first_.resize((block_limit_ + record_size_ - 1) / record_size_ * record_size_);
  file_->read_at(spilled_.front() * first_.size(), first_);
  free_.push_back(spilled_.front());
  spilled_.pop_front();
}

}  // namespace obkit::dataset
