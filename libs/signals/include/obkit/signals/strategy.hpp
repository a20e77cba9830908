#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "obkit/core/order_book.hpp"
#include "obkit/core/signal.hpp"
#include "obkit/core/time.hpp"
#include "obkit/signals/rule.hpp"

namespace obkit::signals {

enum class Polarity { normal, inverted };

/// BUY when score > threshold, SELL when score < −threshold, else WAIT; the other way round when
/// inverted. Pre: threshold in [0, 1].
[[nodiscard]] constexpr Signal decide(double score, double threshold, Polarity polarity) {
  // Without branches, which nobody could guess: a sweep decides twenty times a book.
  const int direction = int{score > threshold} - int{score < -threshold};
  return static_cast<Signal>(polarity == Polarity::inverted ? -direction : direction);
}

/// From the first to the last book that a model was trained on, both included.
struct TrainingRange {
  DateTime first, last;

  [[nodiscard]] bool contains(DateTime time) const { return first <= time && time <= last; }
};

/// Counts the books that the model was trained on: what it does on those says little about others.
class InSampleGuard {
 public:
  /// Empty where nothing was trained or the time is not known: no book is in sample then.
  explicit InSampleGuard(std::optional<TrainingRange> range) : range_{range} {}

  /// True for the first book in sample, once.
  [[nodiscard]] bool is_first_in_sample(DateTime book) {
    return range_ && range_->contains(book) && ++books_ == 1;
  }
  /// How many books were in sample so far.
  [[nodiscard]] std::uint64_t books() const { return books_; }

  /// What to tell the user, in one line. Pre: books() > 0.
  [[nodiscard]] std::string warning() const;

 private:
  std::optional<TrainingRange> range_;
  std::uint64_t books_ = 0;
};

/// What a book is judged by.
struct StrategyOptions {
  std::optional<std::string> model = std::nullopt;  ///< model file; either this or a rule
  std::optional<std::string> rule = std::nullopt;   ///< "imbalance"
  /// Of the rule, a side, from 1; all when empty.
  std::optional<std::size_t> levels = std::nullopt;
  double threshold = 0;  ///< in [0, 1]
  Polarity polarity = Polarity::normal;
};

struct Verdict {
  double score = 0;
  Signal signal = Signal::wait;
};

/// A rule, a threshold and a polarity: books in, BUY, SELL or WAIT out.
class Strategy {
 public:
  /// Throws UsageError for options that make no sense, IoError and DataError for the model file.
  explicit Strategy(const StrategyOptions& options);

  /// As Rule::score() throws, as judge() does.
  void score(std::span<const OrderBook> books, std::span<double> scores) const {
    rule_->score(books, scores);
  }
  [[nodiscard]] double score(const OrderBook& book) const { return rule_->score(book); }
  [[nodiscard]] Verdict judge(const OrderBook& book) const;

  /// As Rule::best_batch().
  [[nodiscard]] std::size_t best_batch() const { return rule_->best_batch(); }

  /// Of the model; empty for a rule that was not trained.
  [[nodiscard]] const std::optional<TrainingRange>& trained_on() const { return trained_on_; }

 private:
  std::unique_ptr<Rule> rule_;
  std::optional<TrainingRange> trained_on_;
  double threshold_;
  Polarity polarity_;
};

/// `{"date":20190823,"time":101112345,"signal":"BUY","score":0.4142}` and a line feed.
void append_json_line(std::string& out, DateTime time, const Verdict& verdict);

/// The header of append_csv_line(): `date,time,signal,score` and a line feed.
[[nodiscard]] std::string csv_header();

/// `20190823,101112345,BUY,0.4142` and a line feed.
void append_csv_line(std::string& out, DateTime time, const Verdict& verdict);

/// `2019-08-23T10:11:12.345Z BUY 0.414` and a line feed, for people: the score has three decimals.
void append_text_line(std::string& out, DateTime time, const Verdict& verdict);

}  // namespace obkit::signals
