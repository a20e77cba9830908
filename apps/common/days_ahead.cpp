#include "common/days_ahead.hpp"

#include <cassert>
#include <string>
#include <utility>

#include "obkit/core/byte_stream.hpp"
#include "obkit/store/day_file_reader.hpp"

namespace obkit::common {

void BookStrip::add(const obkit::OrderBook& book, std::size_t levels,
                    std::span<const double> scores) {
  const std::size_t side = book.depth() / 2;
  assert(levels <= side);
  if (dates_.empty() || dates_.back().date != book.time.date)
    dates_.push_back({.first = heads_.size(), .date = book.time.date});
  constexpr std::uint32_t most = 0x7FFFFFFF;
  heads_.push_back({.time = book.time.time,
                    .depth = static_cast<std::uint32_t>(2 * levels) & most,
                    .gap = book.gap ? 1U : 0U});
  for (std::size_t i = side - levels; i < side + levels; ++i) {
    prices_.push_back(book.prices[i].units());
    decimals_.push_back(static_cast<std::uint8_t>(book.prices[i].decimals()));
    volumes_.push_back(book.volumes[i]);
  }
  scores_.insert(scores_.end(), scores.begin(), scores.end());
}

void BookStrip::clear() {
  heads_.clear();
  dates_.clear();
  prices_.clear();
  decimals_.clear();
  volumes_.clear();
  scores_.clear();
  failure_ = nullptr;
}

std::size_t BookStrip::bytes() const {
  constexpr std::size_t of_level = sizeof(std::int64_t) + sizeof(std::uint8_t) + sizeof(double);
  return heads_.size() * sizeof(Head) + prices_.size() * of_level + scores_.size() * sizeof(double);
}

bool BookStrip::Cursor::next(obkit::OrderBook& book) {
  if (taken_ == strip_->heads_.size()) return false;
  if (date_ < strip_->dates_.size() && strip_->dates_[date_].first == taken_)
    book.time.date = strip_->dates_[date_++].date;
  const Head& head = strip_->heads_[taken_++];
  book.time.time = head.time;
  book.gap = head.gap != 0;
  book.prices.resize(head.depth);
  book.volumes.resize(head.depth);
  for (std::size_t i = 0; i < head.depth; ++i, ++level_) {
    book.prices[i] = obkit::Price::from_units(strip_->prices_[level_], strip_->decimals_[level_]);
    book.volumes[i] = strip_->volumes_[level_];
  }
  return true;
}

std::span<const double> BookStrip::Cursor::scores() const {
  const std::size_t strategies = strip_->scores_.size() / strip_->heads_.size();
  return std::span{strip_->scores_}.subspan((taken_ - 1) * strategies, strategies);
}

namespace {

/// So many books are given away together.
constexpr std::size_t strip_size = 4096;

/// So many bytes of the day that is being taken may always wait.
constexpr std::size_t reserve = std::size_t{2} * 1024 * 1024;

/// Thrown where nobody wants the books any more.
struct Stopped {};

}  // namespace

struct DaysAhead::Day {
  std::uint64_t number = 0;
  Input input;
  std::deque<BookStrip> strips;  ///< that wait
  std::size_t bytes = 0;         ///< of these
  bool ended = false;
  obkit::store::ReadReport report;  ///< at the end, as below
  bool lost_lines = false;
};

/// Gives the books of a day to who takes them.
class DaysAhead::Reader final : public obkit::store::BookReader {
 public:
  Reader(DaysAhead& days, std::shared_ptr<Day> day) : days_{days}, day_{std::move(day)} {}

  bool next() override {
    while (!cursor_.next(book_)) {
      if (strip_.failure()) std::rethrow_exception(strip_.failure());
      if (!days_.pull(*day_, strip_)) {
        ended_ = true;
        return false;
      }
      cursor_ = BookStrip::Cursor{strip_};
    }
    days_.scores_ = cursor_.scores();
    return true;
  }
  [[nodiscard]] const obkit::OrderBook& book() const override { return book_; }
  void mark_gap() override { book_.gap = true; }
  [[nodiscard]] bool holds_line() const override { return true; }
  /// Empty before the end: a thread may still write the day's.
  [[nodiscard]] const obkit::store::ReadReport& report() const override {
    static const obkit::store::ReadReport none;
    return ended_ ? day_->report : none;
  }
  [[nodiscard]] bool lost_lines() const override { return ended_ && day_->lost_lines; }

 private:
  DaysAhead& days_;
  std::shared_ptr<Day> day_;
  BookStrip strip_;
  BookStrip::Cursor cursor_{strip_};
  obkit::OrderBook book_;
  bool ended_ = false;  ///< all of the day is here
};

DaysAhead::DaysAhead(std::unique_ptr<obkit::store::InputSequence> inputs, How how)
    : inputs_{std::move(inputs)}, how_{std::move(how)} {}

DaysAhead::~DaysAhead() {
  {
    const std::lock_guard lock{mutex_};
    stopped_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

std::optional<DaysAhead::Input> DaysAhead::next() {
  if (threads_.empty()) start();
  std::unique_lock lock{mutex_};
  changed_.wait(lock, [this] { return !waiting_.empty() || is_all_claimed_; });
  if (waiting_.empty()) return std::nullopt;
  auto day = std::move(waiting_.front());
  waiting_.pop_front();
  ++given_;
  changed_.notify_all();
  Input input;
  input.path = day->input.path;
  input.reader = std::make_unique<Reader>(*this, std::move(day));
  return input;
}

void DaysAhead::start() {
  for (std::size_t i = 0; i < how_.jobs; ++i) threads_.emplace_back([this] { work(); });
}

void DaysAhead::work() {
  try {
    while (const auto day = claim()) read(*day);
  } catch (const Stopped&) {
    return;
  }
}

std::shared_ptr<DaysAhead::Day> DaysAhead::claim() {
  const std::lock_guard lock{mutex_};
  if (stopped_ || is_all_claimed_) return nullptr;
  auto day = std::make_shared<Day>();
  BookStrip failed;
  try {
    if (auto input = inputs_->next())
      day->input = std::move(*input);
    else
      is_all_claimed_ = true;
  } catch (...) {
    failed.fail(std::current_exception());
    day->strips.push_back(std::move(failed));
    day->ended = is_all_claimed_ = true;
  }
  changed_.notify_all();
  if (is_all_claimed_ && !day->ended) return nullptr;
  day->number = claimed_++;
  waiting_.push_back(day);
  if (day->ended) return nullptr;
  open_.insert(day->number);
  return day;
}

void DaysAhead::read(Day& day) {
  BookStrip strip;
  try {
    read_books(day, strip);
  } catch (const Stopped&) {
    throw;
  } catch (...) {
    strip.fail(std::current_exception());
  }
  end(day, std::move(strip));
}

/// Scores the books of one day, some at once.
class DaysAhead::Scorer {
 public:
  Scorer(DaysAhead& days, Day& day, BookStrip& strip)
      : days_{days},
        day_{day},
        strip_{strip},
        scores_(days.how_.strategies),
        batch_{days.how_.best_batch, days.how_.strategies} {}

  void add(const obkit::OrderBook& book) {
    if (days_.how_.best_batch == 1) {  // without a copy of the book
      days_.how_.score({.books = {&book, 1}}, scores_);
      return give(book, scores_);
    }
    batch_.add(book, std::nullopt);
    if (batch_.is_full()) give_pending();
  }
  /// Those that wait for others.
  void give_pending() {
    batch_.score(days_.how_.score);
    for (std::size_t i = 0; i < batch_.size(); ++i) give(batch_.book(i), batch_.scores(i));
    const std::exception_ptr failure = batch_.failure();
    batch_.clear();
    if (failure) std::rethrow_exception(failure);
  }

 private:
  void give(const obkit::OrderBook& book, std::span<const double> scores) {
    strip_.add(book, days_.how_.levels(book), scores);
    if (strip_.size() == strip_size) days_.push(day_, strip_);
  }

  DaysAhead& days_;
  Day& day_;
  BookStrip& strip_;
  std::vector<double> scores_;
  BookBatch batch_;
};

void DaysAhead::read_books(Day& day, BookStrip& strip) {
  const std::string name = obkit::display_name(day.input.path);
  std::size_t depth = depth_for(day);
  obkit::store::DayFileReader reader{
      obkit::store::decompressed(std::move(day.input.source), name, obkit::store::Ahead::no), name,
      how_.bad_line, depth};
  Scorer scorer{*this, day, strip};
  const auto next = [&] {
    try {
      return reader.next();
    } catch (...) {
      scorer.give_pending();
      throw;
    }
  };
  while (next()) {
    if (depth == 0) tell_depth(depth = reader.book().depth());
    scorer.add(reader.book());
  }
  scorer.give_pending();
  const std::lock_guard lock{mutex_};
  day.report = reader.report();
  day.lost_lines = reader.lost_lines();
}

std::size_t DaysAhead::depth_for(const Day& day) {
  std::unique_lock lock{mutex_};
  changed_.wait(lock, [&] { return stopped_ || depth_ != 0 || *open_.begin() == day.number; });
  if (stopped_) throw Stopped{};
  return depth_;
}

void DaysAhead::tell_depth(std::size_t depth) {
  const std::lock_guard lock{mutex_};
  depth_ = depth;
  changed_.notify_all();
}

void DaysAhead::push(Day& day, BookStrip& strip) {
  std::unique_lock lock{mutex_};
  const std::size_t bytes = strip.bytes();
  changed_.wait(lock, [&] {
    const bool is_taken = day.number < given_;
    return stopped_ || bytes_ < most_bytes * how_.jobs || (is_taken && day.bytes < reserve);
  });
  if (stopped_) throw Stopped{};
  bytes_ += bytes;
  day.bytes += bytes;
  day.strips.push_back(std::move(strip));
  strip = {};
  if (!spare_.empty()) {
    strip = std::move(spare_.back());
    spare_.pop_back();
  }
  changed_.notify_all();
}

void DaysAhead::end(Day& day, BookStrip strip) {
  const std::lock_guard lock{mutex_};
  bytes_ += strip.bytes();
  day.bytes += strip.bytes();
  day.strips.push_back(std::move(strip));
  day.ended = true;
  open_.erase(day.number);
  changed_.notify_all();
}

bool DaysAhead::pull(Day& day, BookStrip& strip) {
  strip.clear();
  std::unique_lock lock{mutex_};
  spare_.push_back(std::move(strip));
  changed_.wait(lock, [&] { return !day.strips.empty() || day.ended; });
  if (day.strips.empty()) return false;
  strip = std::move(day.strips.front());
  day.strips.pop_front();
  bytes_ -= strip.bytes();
  day.bytes -= strip.bytes();
  changed_.notify_all();
  return true;
}

}  // namespace obkit::common
