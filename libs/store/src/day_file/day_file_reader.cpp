#include "obkit/store/day_file_reader.hpp"

#include <optional>
#include <utility>

#include "obkit/core/error.hpp"
#include "obkit/core/file_kind.hpp"
#include "obkit/store/book_format.hpp"
#include "obkit/store/json_line.hpp"
#include "obkit/store/line_reader.hpp"

#include "lines/fast_line.hpp"
#include "lines/line_format.hpp"

namespace obkit::store {

class DayFileReader::Implementation {
 public:
  Implementation(std::unique_ptr<ByteSource> source, std::string name, BadLine bad_line,
                 std::size_t depth, Volumes volumes)
      : format_{format_of(name)},
        records_{std::move(source), std::move(name), bad_line, file_kinds::day_file},
        fast_{volumes},
        depth_{depth} {}

  bool next() {
    if (!records_.next([this](std::string_view line) { parse(line); })) return false;
    if (records_.lost_lines()) mark_gap();
    const OrderBook& read = book();
    depth_ = read.depth();
    ReadReport& report = records_.report();
    ++report.books;
    if (read.is_crossed()) ++report.crossed;
    if (last_time_ && read.time < *last_time_) ++report.time_went_back;
    last_time_ = read.time;
    return true;
  }

  [[nodiscard]] const OrderBook& book() const { return is_fast_ ? fast_.book() : other_; }
  [[nodiscard]] std::string_view volumes_text() const {
    return is_fast_ ? fast_.volumes_text() : std::string_view{};
  }
  void mark_gap() {
    if (is_fast_)
      fast_.mark_gap();
    else
      other_.gap = true;
  }

  [[nodiscard]] const RecordReader& records() const { return records_; }

 private:
  void parse(std::string_view line) {
    if (format_.read != nullptr) return read_other_format(line);
    is_fast_ = fast_.read(line, {.depth = depth_, .symbol = symbol_});
    if (!is_fast_) parse_json(line, other_);
  }

  void read_other_format(std::string_view line) {
    const auto refuse = [&](std::string problem) {
      throw DataError{records_.lines().place(), std::move(problem)};
    };
    if (std::string problem = format_.read(line, other_); !problem.empty())
      refuse(std::move(problem));
    if (depth_ != 0 && other_.depth() != depth_)
      refuse("expected " + std::to_string(depth_) + " prices as in the books before, found " +
             std::to_string(other_.depth()));
  }

  void parse_json(std::string_view line, OrderBook& book) {
    json_.begin(records_.lines(), line);
    for (const auto& number : line_format::number_keys) number.set(book, std::nullopt);
    book.gap = false;
    while (const auto key = json_.next_key()) read_value(*key, book);
    check_counts(book);
    check_ascending(book, 0, book.depth() / 2);
    check_ascending(book, book.depth() / 2, book.depth());
  }

  void read_value(std::size_t key, OrderBook& book) {
    switch (key) {
      case line_format::date:
        book.time.date = json_.date();
        break;
      case line_format::time:
        book.time.time = json_.time();
        break;
      case line_format::prices:
        return json_.prices(book.prices);
      case line_format::volumes:
        return json_.volumes(book.volumes);
      case line_format::gap:
        book.gap = json_.boolean();
        break;
      case line_format::symbol:
        return check_symbol(json_.text());
      default:
        const auto& number = line_format::number_keys.at(key - line_format::first_number);
        return number.set(book, json_.integer(number.expected));
    }
  }

  /// Books of several symbols in one stream would look like one wild market.
  void check_symbol(std::string_view found) {
    if (symbol_.empty()) symbol_ = found;
    if (symbol_ != found)
      json_.refuse_value("expected books of one symbol, " + shown(symbol_) + ", found " +
                         shown(found));
  }

  void check_counts(const OrderBook& book) const {
    const std::size_t count = book.prices.size();
    const std::string found = ", found " + std::to_string(count);
    if (count == 0) json_.refuse("prices", 0, "expected at least one bid and one ask, found none");
    if (count % 2 != 0) json_.refuse("prices", 0, "expected as many bids as asks" + found);
    if (depth_ != 0 && count != depth_)
      json_.refuse("prices", 0,
                   "expected " + std::to_string(depth_) + " as in the books before" + found);
    if (book.volumes.size() != count) {
      json_.refuse("volumes", 0,
                   "expected " + std::to_string(count) + ", as many as prices, found " +
                       std::to_string(book.volumes.size()));
    }
  }

  /// Prices [first, last) are one side.
  void check_ascending(const OrderBook& book, std::size_t first, std::size_t last) const {
    for (std::size_t i = first + 1; i < last; ++i) {
      if (book.prices[i] <= book.prices[i - 1]) {
        json_.refuse("prices", i + 1,
                     "expected a price above " + to_string(book.prices[i - 1]) + ", found " +
                         to_string(book.prices[i]));
      }
    }
  }

  const BookFormat& format_;
  RecordReader records_;
  FastLine fast_;
  JsonLine json_{line_format::keys};
  OrderBook other_;       ///< of a line that the fast way did not take
  bool is_fast_ = false;  ///< the last line was
  std::size_t depth_;
  std::optional<DateTime> last_time_;
  std::string symbol_;
};

DayFileReader::DayFileReader(std::unique_ptr<ByteSource> source, std::string name, BadLine bad_line,
                             std::size_t depth, Volumes volumes)
    : implementation_{std::make_unique<Implementation>(std::move(source), std::move(name), bad_line,
                                                       depth, volumes)} {}
DayFileReader::DayFileReader(DayFileReader&&) noexcept = default;
DayFileReader& DayFileReader::operator=(DayFileReader&&) noexcept = default;
DayFileReader::~DayFileReader() = default;

bool DayFileReader::next() { return implementation_->next(); }

const OrderBook& DayFileReader::book() const { return implementation_->book(); }

void DayFileReader::mark_gap() { implementation_->mark_gap(); }

std::string_view DayFileReader::volumes_text() const { return implementation_->volumes_text(); }

bool DayFileReader::next(OrderBook& book) {
  if (!next()) return false;
  book = this->book();
  return true;
}

bool DayFileReader::holds_line() const { return implementation_->records().lines().holds_line(); }

const ReadReport& DayFileReader::report() const { return implementation_->records().report(); }

bool DayFileReader::lost_lines() const { return implementation_->records().lost_lines(); }

}  // namespace obkit::store
