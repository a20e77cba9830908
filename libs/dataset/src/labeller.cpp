#include "obkit/dataset/labeller.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <deque>
#include <span>
#include <utility>
#include <vector>

#include "obkit/dataset/spool.hpp"

namespace obkit::dataset {
namespace {

/// A book that waits for its label, less its volumes.
struct PendingBook {
  std::int64_t double_mid = 0;  ///< in units of Price
  std::int64_t moment = 0;      ///< number or time of the book, as the rule counts
  std::size_t input = 0;        ///< what it came from
  DateTime time;
};

/// Books that wait for their label, first in, first out, their volumes as numbers or as text.
///
/// At most about `memory_bytes` are held in memory: the newest and the oldest of them. Those
/// between lie in a file without a name in the scratch folder, which is made when it is needed and
/// holds little more than the most that ever waited.
class PendingBooks {
 public:
  PendingBooks(std::string scratch_folder, std::size_t memory_bytes);

  // Throw IoError.
  void push(const PendingBook& book, std::span<const double> volumes);
  void push(const PendingBook& book, std::string_view volumes_text);
  [[nodiscard]] bool empty() const { return first_.empty(); }

  // Of the oldest; pre: not empty.
  [[nodiscard]] const PendingBook& front() const { return front_.book; }
  /// Replaces the volumes and their text.
  void copy_volumes(Sample& sample) const;
  /// Throws IoError.
  void pop();

  void clear();

 private:
  /// What stands before the bytes of the volumes.
  struct Head {
    PendingBook book;
    std::uint32_t size = 0;  ///< of the volumes, bytes
    bool is_text = false;
  };
  struct Place {
    std::size_t offset, room;  ///< in the file, bytes
  };
  struct Block {
    Place place;
    std::size_t size;
  };

  [[nodiscard]] bool is_one_block() const { return last_.empty() && spilled_.empty(); }
  void push(const Head& head, std::span<const std::byte> volumes);
  void compact();
  void spill();
  void refill();
  [[nodiscard]] Place take_place(std::size_t size);

  std::string scratch_folder_;
  std::size_t block_limit_;  ///< bytes of a block, less than one record more
  std::vector<char> first_;  ///< records from `taken_` on wait, the oldest of all
  std::size_t taken_ = 0;
  Head front_;                 ///< of the oldest
  std::vector<char> last_;     ///< the newest, when the first block is full
  std::deque<Block> spilled_;  ///< the blocks between, oldest first
  std::vector<Place> free_;    ///< that hold nothing any more
  std::size_t file_size_ = 0;
  std::optional<ScratchFile> file_;
};

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

using Kind = LabelRule::Kind;

std::int64_t milliseconds(DateTime time) {
  const auto timestamp = to_timestamp(time);
  assert(timestamp);
  return std::chrono::duration_cast<std::chrono::milliseconds>(timestamp->time_since_epoch())
      .count();
}

Price double_mid(std::int64_t units) { return Price::from_units(units, 0); }

}  // namespace

class Labeller::Implementation {
 public:
  Implementation(const LabelRule& rule, Scratch scratch)
      : rule_{rule},
        label_{rule == LabelRule{} ? std::string{} : to_string(rule)},
        pending_{std::move(scratch.folder), scratch.memory_bytes} {}

  void push(const OrderBook& book, std::size_t input, std::string_view volumes_text) {
    assert(!decided());
    if (book.gap) {
      pending_.clear();
      latest_.reset();
    }
    latest_ = latest_ ? std::max(*latest_, book.time) : book.time;
    ++number_;
    before_ = now_;
    now_ = {.double_mid = book.double_mid().units(),
            .moment = rule_.kind == Kind::milliseconds ? milliseconds(*latest_) : number_,
            .input = input,
            .time = book.time};
    if (volumes_text.empty())  // never decided by itself
      pending_.push(now_, book.volumes);
    else
      pending_.push(now_, volumes_text);
  }

  std::optional<std::size_t> take(Sample& sample) {
    while (decided()) {
      const PendingBook book = pending_.front();
      const auto found = direction(rule_, double_mid(book.double_mid), double_mid(compared_mid()));
      if (found) {
        pending_.copy_volumes(sample);
        sample.direction = *found;
        sample.time = book.time;
        sample.label = label_;
      }
      pending_.pop();
      if (found) return book.input;
    }
    return std::nullopt;
  }

  [[nodiscard]] std::size_t oldest_input() const { return pending_.front().input; }
  [[nodiscard]] std::optional<DateTime> latest_time() const { return latest_; }

 private:
  /// Whether the oldest book that waits can be compared now.
  [[nodiscard]] bool decided() const {
    if (pending_.empty()) return false;
    const PendingBook& book = pending_.front();
    switch (rule_.kind) {
      case Kind::next:
        return book.moment < now_.moment;
      case Kind::every:
        return book.moment < now_.moment && now_.double_mid != before_.double_mid;
      case Kind::books:
        return now_.moment - book.moment >= rule_.horizon;
      case Kind::milliseconds:
        return now_.moment - book.moment > rule_.horizon;
    }
    return false;
  }

  [[nodiscard]] std::int64_t compared_mid() const {
    return rule_.kind == Kind::milliseconds ? before_.double_mid : now_.double_mid;
  }

  LabelRule rule_;
  std::string label_;
  PendingBooks pending_;
  std::int64_t number_ = 0;
  PendingBook now_, before_;
  std::optional<DateTime> latest_;
};

Labeller::Labeller(const LabelRule& rule, Scratch scratch)
    : implementation_{std::make_unique<Implementation>(rule, std::move(scratch))} {}
Labeller::Labeller(const LabelRule& rule) : Labeller{rule, Scratch{}} {}
Labeller::Labeller(Labeller&&) noexcept = default;
Labeller& Labeller::operator=(Labeller&&) noexcept = default;
Labeller::~Labeller() = default;

void Labeller::push(const OrderBook& book, std::size_t input, std::string_view volumes_text) {
  implementation_->push(book, input, volumes_text);
}
std::optional<std::size_t> Labeller::take(Sample& sample) { return implementation_->take(sample); }
std::size_t Labeller::oldest_input() const { return implementation_->oldest_input(); }
std::optional<DateTime> Labeller::latest_time() const { return implementation_->latest_time(); }

}  // namespace obkit::dataset
