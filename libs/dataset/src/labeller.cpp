#include "obkit/dataset/labeller.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <deque>
#include <span>
#include <utility>
#include <vector>

#include "obkit/core/time.hpp"
#include "obkit/dataset/spool.hpp"

namespace obkit::dataset {
namespace {

/// A book that waits for its label, less its volumes and prices.
struct PendingBook {
  PriceSum sum = 0;             ///< of the double mid prices of all books up to it
  std::int64_t double_mid = 0;  ///< in units of Price, as the next
  std::int64_t best_bid = 0;
  std::int64_t moment = 0;  ///< number or time of the book, as the rule counts
  std::size_t input = 0;    ///< what it came from
  DateTime time;
  bool gap = false;
};

/// Books that wait for their label, first in, first out, their volumes as numbers or as text, maybe
/// with prices and flow behind them.
///
/// At most about `memory_bytes` are held in memory: the newest and the oldest of them. Those
/// between lie in a file without a name in the scratch folder, which is made when it is needed and
/// holds little more than the most that ever waited.
class PendingBooks {
 public:
  PendingBooks(std::string scratch_folder, std::size_t memory_bytes);

  // Throw IoError.
  void push(const PendingBook& book, std::span<const double> volumes,
            std::span<const double> prices, std::span<const double> flow);
  void push(const PendingBook& book, std::string_view volumes_text, std::span<const double> flow);
  [[nodiscard]] bool empty() const { return first_.empty(); }

  // Of the oldest; pre: not empty.
  [[nodiscard]] const PendingBook& front() const { return front_.book; }
  /// Replaces the volumes, their text, the prices and the flow.
  void copy_levels(Sample& sample) const;
  /// Throws IoError.
  void pop();

  void clear();

 private:
  /// What stands before the bytes of the volumes, which those of the prices and the flow follow.
  struct Head {
    PendingBook book;
    std::uint32_t size = 0;         ///< of the volumes, bytes
    std::uint32_t prices_size = 0;  ///< bytes
    std::uint32_t flow_size = 0;    ///< bytes
    bool is_text = false;

    [[nodiscard]] std::size_t all_sizes() const {
      return std::size_t{size} + prices_size + flow_size;
    }
  };
  struct Place {
    std::size_t offset, room;  ///< in the file, bytes
  };
  struct Block {
    Place place;
    std::size_t size;
  };

  [[nodiscard]] bool is_one_block() const { return last_.empty() && spilled_.empty(); }
  void push(const Head& head, std::span<const std::byte> volumes, std::span<const double> prices,
            std::span<const double> flow);
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

namespace {

std::uint32_t bytes_of(std::span<const double> numbers) {
  return static_cast<std::uint32_t>(numbers.size_bytes());
}

/// Replaces `numbers`; what stands behind them.
const char* take_numbers(const char* from, std::size_t bytes, std::vector<double>& numbers) {
  numbers.resize(bytes / sizeof(double));
  if (!numbers.empty()) std::memcpy(numbers.data(), from, bytes);
  return from + bytes;
}

}  // namespace

void PendingBooks::push(const PendingBook& book, std::span<const double> volumes,
                        std::span<const double> prices, std::span<const double> flow) {
  push({.book = book,
        .size = bytes_of(volumes),
        .prices_size = bytes_of(prices),
        .flow_size = bytes_of(flow)},
       std::as_bytes(volumes), prices, flow);
}

void PendingBooks::push(const PendingBook& book, std::string_view volumes_text,
                        std::span<const double> flow) {
  push({.book = book,
        .size = static_cast<std::uint32_t>(volumes_text.size()),
        .flow_size = bytes_of(flow),
        .is_text = true},
       std::as_bytes(std::span{volumes_text}), {}, flow);
}

void PendingBooks::push(const Head& head, std::span<const std::byte> volumes,
                        std::span<const double> prices, std::span<const double> flow) {
  if (taken_ * 2 > first_.size()) compact();
  const bool to_first = is_one_block() && first_.size() < block_limit_;
  if (!to_first && last_.size() >= block_limit_) spill();
  const bool is_only = empty();
  std::vector<char>& block = to_first || is_only ? first_ : last_;
  for (const auto bytes : {std::span<const std::byte>{std::as_bytes(std::span{&head, 1})}, volumes,
                           std::as_bytes(prices), std::as_bytes(flow)}) {
    const auto* const begin = reinterpret_cast<const char*>(bytes.data());
    block.insert(block.end(), begin, begin + bytes.size());
  }
  if (is_only) front_ = head;
}

void PendingBooks::copy_levels(Sample& sample) const {
  const char* const volumes = first_.data() + taken_ + sizeof front_;
  sample.volumes_text.assign(volumes, front_.is_text ? front_.size : 0);
  take_numbers(volumes, front_.is_text ? 0 : front_.size, sample.volumes);
  const char* const prices = volumes + front_.size;
  const char* const flow = take_numbers(prices, front_.prices_size, sample.prices);
  take_numbers(flow, front_.flow_size, sample.flow);
}

void PendingBooks::pop() {
  taken_ += sizeof front_ + front_.all_sizes();
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

Price price(std::int64_t units) { return Price::from_units(units, 0); }

}  // namespace

class Labeller::Implementation {
 public:
  Implementation(const LabelRule& rule, Options options)
      : rule_{rule},
        label_{rule == LabelRule{} ? std::string{} : to_string(rule)},
        keeps_prices_{options.prices == Prices::keep},
        pending_{std::move(options.folder), options.memory_bytes} {}

  void push(const OrderBook& book, std::size_t input, std::string_view volumes_text,
            std::span<const double> flow) {
    assert(!decided());
    if (book.gap) {
      pending_.clear();
      latest_.reset();
    }
    latest_ = latest_ ? std::max(*latest_, book.time) : book.time;
    ++number_;
    before_ = now_;
    now_ = {.sum = before_.sum + book.double_mid().units(),
            .double_mid = book.double_mid().units(),
            .best_bid = book.best_bid().units(),
            .moment = rule_.kind == Kind::milliseconds ? since_1970(*latest_).count() : number_,
            .input = input,
            .time = book.time,
            .gap = book.gap};
    moves_ += number_ > 1 && now_.double_mid != before_.double_mid ? 1 : 0;
    if (!volumes_text.empty()) return pending_.push(now_, volumes_text, flow);
    prices_.clear();
    if (keeps_prices_)
      for (const Price price : book.prices) prices_.push_back(price.value());
    pending_.push(now_, book.volumes, prices_, flow);
  }

  std::optional<std::size_t> take(Sample& sample) {
    while (decided()) {
      const PendingBook book = pending_.front();
      const auto found = direction_of(book);
      if (found) {
        pending_.copy_levels(sample);
        copy_top(book, sample);
        sample.direction = *found;
        sample.time = book.time;
        sample.gap = book.gap;
        sample.label = label_;
        sample.move = is_of_moves() ? moves_ : 0;
      }
      pending_.pop();
      if (found) return book.input;
    }
    return std::nullopt;
  }

  [[nodiscard]] std::size_t oldest_input() const {
    return pending_.empty() ? now_.input : pending_.front().input;
  }
  [[nodiscard]] std::optional<DateTime> latest_time() const { return latest_; }

 private:
  /// Whether the oldest book that waits can be compared now.
  [[nodiscard]] bool decided() const {
    if (pending_.empty()) return false;
    const PendingBook& book = pending_.front();
    switch (rule_.kind) {
      case Kind::none:
        return true;
      case Kind::next:
        return book.moment < now_.moment;
      case Kind::every:
        return book.moment < now_.moment && now_.double_mid != before_.double_mid;
      case Kind::books:
      case Kind::mean:
        return now_.moment - book.moment >= rule_.horizon;
      case Kind::milliseconds:
        return now_.moment - book.moment > rule_.horizon;
    }
    return false;
  }

  /// Pre: decided(). Empty where it is no sample.
  [[nodiscard]] std::optional<std::uint8_t> direction_of(const PendingBook& book) const {
    if (rule_.kind == Kind::none) return unlabelled;
    if (rule_.kind == Kind::mean)
      return direction(rule_, price(book.double_mid), now_.sum - book.sum, rule_.horizon);
    return direction(rule_, price(book.double_mid), price(compared_mid()));
  }

  static void copy_top(const PendingBook& book, Sample& sample) {
    sample.mid = price(book.double_mid).value() / 2;
    sample.best_bid = price(book.best_bid).value();
    sample.best_ask = price(book.double_mid - book.best_bid).value();
  }

  [[nodiscard]] bool is_of_moves() const {
    return rule_.kind == Kind::next || rule_.kind == Kind::every;
  }

  [[nodiscard]] std::int64_t compared_mid() const {
    return rule_.kind == Kind::milliseconds ? before_.double_mid : now_.double_mid;
  }

  LabelRule rule_;
  std::string label_;
  bool keeps_prices_;
  std::vector<double> prices_;  ///< of a book that is pushed
  PendingBooks pending_;
  std::int64_t number_ = 0;
  std::uint64_t moves_ = 0;  ///< books so far whose mid price is not that of the one before
  PendingBook now_, before_;
  std::optional<DateTime> latest_;
};

Labeller::Labeller(const LabelRule& rule, Options options)
    : implementation_{std::make_unique<Implementation>(rule, std::move(options))} {}
Labeller::Labeller(const LabelRule& rule) : Labeller{rule, Options{}} {}
Labeller::Labeller(Labeller&&) noexcept = default;
Labeller& Labeller::operator=(Labeller&&) noexcept = default;
Labeller::~Labeller() = default;

void Labeller::push(const OrderBook& book, std::size_t input, std::string_view volumes_text,
                    std::span<const double> flow) {
  implementation_->push(book, input, volumes_text, flow);
}
std::optional<std::size_t> Labeller::take(Sample& sample) { return implementation_->take(sample); }
std::size_t Labeller::oldest_input() const { return implementation_->oldest_input(); }
std::optional<DateTime> Labeller::latest_time() const { return implementation_->latest_time(); }

}  // namespace obkit::dataset
