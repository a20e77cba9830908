#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "obkit/core/order_book.hpp"
#include "obkit/core/signal.hpp"
#include "obkit/core/time.hpp"
#include "obkit/signals/flow_inputs.hpp"

namespace obkit::neural {
class Model;
}

namespace obkit::signals {

/// (bid volume − ask volume) / (bid volume + ask volume) over the `levels` nearest to the spread on
/// either side, in [-1, 1]; 0 where there is no volume at all.
///
/// `volumes` as in OrderBook: bids from worst to best, then asks from best to worst. Exact under
/// mirroring: with the order of `volumes` reversed the result has the opposite sign and the same
/// bits. O(levels).
///
/// Pre: volumes.size() is even, 1 <= levels <= volumes.size() / 2, volumes finite and not negative.
/// Source: Cont, Kukanov and Stoikov, "The Price Impact of Order Book Events" (2014); queue
/// imbalance after Gould and Bonart, "Queue Imbalance as a One-Tick-Ahead Price Predictor" (2016).
[[nodiscard]] double imbalance(std::span<const double> volumes, std::size_t levels);

/// Books as a rule takes them.
struct Books {
  std::span<const OrderBook> books;
  /// [books] what the last books did by each of them; may be empty where no rule takes_flow().
  std::span<const FlowInputs::Numbers> flow = {};

  [[nodiscard]] std::size_t size() const { return books.size(); }
  [[nodiscard]] Books part(std::size_t begin, std::size_t count) const {
    return {books.subspan(begin, count), flow.empty() ? flow : flow.subspan(begin, count)};
  }
};

/// Turns a book into a score. The same book, with the same flow where the rule takes it, has the
/// same score to the bit, alone and among others. Any number of threads may use one.
class Rule {
 public:
  Rule() = default;
  Rule(const Rule&) = delete;
  Rule& operator=(const Rule&) = delete;
  virtual ~Rule() = default;

  /// Of each book, in [-1, 1]: how much more likely a rise is than a fall. Throws UsageError or
  /// DataError for a book that the rule does not fit, not always the first, and where it takes
  /// flow that is not there. Pre: as many scores.
  virtual void score(const Books& books, std::span<double> scores) const = 0;
  [[nodiscard]] double score(const OrderBook& book) const {
    double found = 0;
    score(Books{{&book, 1}}, {&found, 1});
    return found;
  }

  /// Whether it judges by what the last books did: they have to come in their order, then.
  [[nodiscard]] virtual bool takes_flow() const { return false; }

  /// How many books are scored in less time together than one by one; 1 where none are.
  [[nodiscard]] virtual std::size_t best_batch() const { return 1; }
};

/// imbalance() of the volumes, the simplest rule.
class ImbalanceRule final : public Rule {
 public:
  /// `levels` a side, at least 1; all levels of the book when empty.
  explicit ImbalanceRule(std::optional<std::size_t> levels);

  using Rule::score;
  /// Throws FieldError when a book has fewer levels a side, DataError when its volumes add up to
  /// more than a double holds.
  void score(const Books& books, std::span<double> scores) const override;

 private:
  std::optional<std::size_t> levels_;
};

/// P(rise) − P(fall), predicted by a model from the volumes of the book, or from its flow. `name`
/// of the model is for messages. Throws DataError when its classes are not fall and rise, or it
/// takes a flow of other numbers than FlowInputs. score() throws DataError when the model takes
/// books of another depth, or gives no number.
[[nodiscard]] std::unique_ptr<Rule> model_rule(neural::Model model, std::string name);

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

/// One of several models that judge in turn.
struct DatedModel {
  std::string name;  ///< file name without folder
  DateTime last;     ///< of the books that it was trained on, or later: where its labels end
  std::unique_ptr<Rule> rule;
};

/// Judges each book by the newest of some models that was trained on its past alone: the one with
/// the latest `last` before the book. A book without such a model has the score 0.
class ModelSeries final : public Rule {
 public:
  /// Throws DataError where two models end at the same time. Pre: there is one.
  explicit ModelSeries(std::vector<DatedModel> models);
  /// Of all model files of a folder (.json, .h5). Throws IoError, and DataError for a folder
  /// without one, for a file that is none and for a model that has no times.
  [[nodiscard]] static std::unique_ptr<ModelSeries> load(const std::string& folder);

  using Rule::score;
  void score(const Books& books, std::span<double> scores) const override;
  [[nodiscard]] std::size_t best_batch() const override;
  [[nodiscard]] bool takes_flow() const override;
  [[nodiscard]] const std::vector<DatedModel>& models() const { return models_; }  ///< oldest first
  /// Index of the model that judges books of this time; empty before all of them.
  [[nodiscard]] std::optional<std::size_t> judge_of(DateTime time) const;

 private:
  std::vector<DatedModel> models_;
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
  /// Model file, or a folder of them (ModelSeries); either this or a rule.
  std::optional<std::string> model = std::nullopt;
  std::optional<std::string> rule = std::nullopt;  ///< "imbalance"
  /// Of the rule, a side, from 1; all when empty.
  std::optional<std::size_t> levels = std::nullopt;
  double threshold = 0;  ///< in [0, 1]
  Polarity polarity = Polarity::normal;
  std::shared_ptr<const Rule> own = nullptr;  ///< one's own, in place of model and rule; or null
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
  void score(const Books& books, std::span<double> scores) const { rule_->score(books, scores); }
  [[nodiscard]] double score(const OrderBook& book) const { return rule_->score(book); }
  [[nodiscard]] Verdict judge(const OrderBook& book) const;

  /// As those of Rule.
  [[nodiscard]] std::size_t best_batch() const { return rule_->best_batch(); }
  [[nodiscard]] bool takes_flow() const { return rule_->takes_flow(); }

  /// Where a folder of models judges; else null.
  [[nodiscard]] const ModelSeries* series() const { return series_; }
  /// Of the model; empty for a rule that was not trained, and for a series.
  [[nodiscard]] const std::optional<TrainingRange>& trained_on() const { return trained_on_; }

 private:
  std::shared_ptr<const Rule> rule_;
  const ModelSeries* series_ = nullptr;  ///< of rule_
  std::optional<TrainingRange> trained_on_;
  double threshold_;
  Polarity polarity_;
};

/// `{"timestamp":"2019-08-23T10:11:12.345Z","signal":"BUY","score":0.4142}` and a line feed.
void append_json_line(std::string& out, DateTime time, const Verdict& verdict);

/// The header of append_csv_line(): `timestamp,signal,score` and a line feed.
[[nodiscard]] std::string csv_header();

/// `2019-08-23T10:11:12.345Z,BUY,0.4142` and a line feed.
void append_csv_line(std::string& out, DateTime time, const Verdict& verdict);

/// `2019-08-23T10:11:12.345Z BUY 0.414` and a line feed, for people: the score has three decimals.
void append_text_line(std::string& out, DateTime time, const Verdict& verdict);

}  // namespace obkit::signals
