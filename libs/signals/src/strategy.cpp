#include "obkit/signals/strategy.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "obkit/core/error.hpp"
#include "obkit/core/number.hpp"
#include "obkit/neural/model.hpp"

namespace obkit::signals {

namespace {

/// Of `count` volumes from `first` on, in the direction of `step`. Four sums side by side, since
/// each has to wait for the one before.
template <std::ptrdiff_t step>
double sum(const double* first, std::size_t count) {
  const auto volume = [&](std::size_t i) { return first[step * static_cast<std::ptrdiff_t>(i)]; };
  std::array<double, 4> sums{};
  std::size_t i = 0;
  for (; i + sums.size() <= count; i += sums.size())
    for (std::size_t k = 0; k < sums.size(); ++k) sums[k] += volume(i + k);
  for (; i < count; ++i) sums[0] += volume(i);
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

}  // namespace

double imbalance(std::span<const double> volumes, std::size_t levels) {
  assert(volumes.size() % 2 == 0 && levels >= 1 && levels <= volumes.size() / 2);
  const std::size_t best_ask = volumes.size() / 2;
  const double bid = sum<-1>(volumes.data() + best_ask - 1, levels);
  const double ask = sum<1>(volumes.data() + best_ask, levels);
  const double total = bid + ask;
  // Each side may be a number and both together none.
  if (std::isinf(total)) return (bid / 2 - ask / 2) / (bid / 2 + ask / 2);
  return total > 0 ? (bid - ask) / total : 0;
}

namespace {

[[noreturn]] void refuse_levels(std::size_t levels, std::size_t found) {
  throw FieldError{"levels", std::to_string(levels),
                   "the books have only " + counted(found, "level") + " a side"};
}

[[noreturn]] void refuse_volumes(DateTime time) {
  throw DataError{{.name = "book of " + format_iso(time)},
                  "the volumes add up to more than a number can hold"};
}

}  // namespace

ImbalanceRule::ImbalanceRule(std::optional<std::size_t> levels) : levels_{levels} {
  assert(levels != std::size_t{0});
}

void ImbalanceRule::score(const Books& books, std::span<double> scores) const {
  assert(books.size() == scores.size());
  for (std::size_t i = 0; i < books.size(); ++i) {
    const OrderBook& book = books.books[i];
    const std::size_t found = book.depth() / 2;
    const std::size_t levels = levels_.value_or(found);
    if (levels > found) refuse_levels(levels, found);
    scores[i] = imbalance(book.volumes, levels);
    if (!std::isfinite(scores[i])) refuse_volumes(book.time);
  }
}

namespace {

/// P(rise) − P(fall), predicted by a model from the volumes of the book, or from its flow.
class ModelRule final : public Rule {
 public:
  ModelRule(neural::Model model, std::string name);

  void score(const Books& books, std::span<double> scores) const override;
  [[nodiscard]] std::size_t best_batch() const override { return neural::Model::best_batch; }
  [[nodiscard]] bool takes_flow() const override {
    return model_.takes() == neural::InputKind::flow;
  }

 private:
  void check_depth(const OrderBook& book) const;
  void check_score(const OrderBook& book, double score) const;

  neural::Model model_;
  std::string name_;
};

ModelRule::ModelRule(neural::Model model, std::string name)
    : model_{std::move(model)}, name_{std::move(name)} {
  const auto& classes = model_.classes();
  if (classes.size() < 2 || classes[0] != "fall" || classes[1] != "rise")
    throw DataError{{.name = name_}, "the model does not tell fall from rise"};
  if (takes_flow() && model_.inputs() != FlowInputs::count) {
    throw DataError{{.name = name_},
                    "the model takes " + std::to_string(model_.inputs()) +
                        " numbers of what the last books did, expected " +
                        std::to_string(FlowInputs::count)};
  }
}

void ModelRule::score(const Books& books, std::span<double> scores) const {
  assert(books.size() == scores.size());
  if (takes_flow() && books.flow.size() != books.size())
    throw UsageError{name_ + ": the model judges by what the last books did, not by a book alone"};
  std::array<std::span<const double>, neural::Model::best_batch> samples;
  for (std::size_t begin = 0; begin < books.size(); begin += samples.size()) {
    const Books some = books.part(begin, std::min(samples.size(), books.size() - begin));
    const auto found = scores.subspan(begin, some.size());
    for (std::size_t i = 0; i < some.size(); ++i) {
      check_depth(some.books[i]);
      samples[i] = takes_flow() ? std::span<const double>{some.flow[i]} : some.books[i].volumes;
    }
    model_.score(std::span{samples}.first(some.size()), found);
    for (std::size_t i = 0; i < some.size(); ++i) check_score(some.books[i], found[i]);
  }
}

void ModelRule::check_depth(const OrderBook& book) const {
  if (book.depth() == model_.depth()) return;
  throw DataError{{.name = name_},
                  "the model takes books of depth " + std::to_string(model_.depth()) +
                      ", the books have depth " + std::to_string(book.depth())};
}

void ModelRule::check_score(const OrderBook& book, double score) const {
  if (std::isfinite(score)) return;
  throw DataError{{.name = name_},
                  "the model gives no number for the book of " + format_iso(book.time)};
}

}  // namespace

std::unique_ptr<Rule> model_rule(neural::Model model, std::string name) {
  return std::make_unique<ModelRule>(std::move(model), std::move(name));
}

namespace {

void check(const StrategyOptions& options) {
  const bool is_named = options.model || options.rule;
  if (options.own ? is_named : options.model.has_value() == options.rule.has_value())
    throw UsageError{"expected either a model or a rule, found " +
                     std::string{is_named ? "both" : "neither"}};
  if (options.rule && *options.rule != "imbalance")
    throw FieldError{"rule", *options.rule, "expected imbalance"};
  if (options.levels && options.model)
    throw UsageError{"levels go with a rule: a model takes all levels that it was trained on"};
  if (options.levels == std::size_t{0}) throw FieldError{"levels", "0", "expected at least 1"};
  // Written so that NaN is refused.
  if (!(options.threshold >= 0 && options.threshold <= 1))
    throw FieldError{"threshold", "",
                     "expected a number from 0 to 1, found " + to_text(options.threshold)};
}

std::optional<TrainingRange> range_of(const neural::TrainingRecord& record) {
  if (!record.first || !record.last) return std::nullopt;
  return TrainingRange{.first = to_date_time(*record.first), .last = to_date_time(*record.last)};
}

}  // namespace

ModelSeries::ModelSeries(std::vector<DatedModel> models) : models_{std::move(models)} {
  assert(!models_.empty());
  std::ranges::sort(models_, {}, &DatedModel::last);
  const auto same = std::ranges::adjacent_find(models_, {}, &DatedModel::last);
  if (same != models_.end())
    throw DataError{{.name = (same + 1)->name},
                    "it ends at " + format_iso(same->last) + ", as " + same->name +
                        " does: which of them is to judge?"};
}

namespace {

constexpr std::string_view milliseconds_label = "horizon=";

/// How far the labels of a model look ahead, where they are told by time.
std::chrono::milliseconds reach_of(const std::string& label) {
  if (!label.starts_with(milliseconds_label)) return {};
  std::int64_t count = 0;
  const char* const first = label.data() + milliseconds_label.size();
  const char* const last = label.data() + label.size();
  const auto [end, error] = std::from_chars(first, last, count);
  const bool is_time = error == std::errc{} && std::string_view{end, last}.starts_with("ms");
  return std::chrono::milliseconds{is_time ? count : 0};
}

DatedModel dated_model(const std::filesystem::path& path) {
  neural::Model model = neural::Model::load(path.string());
  const auto last = model.training().last;
  if (!last)
    throw DataError{{.name = path.string()},
                    "the model does not tell the time of its samples: nobody knows what it may "
                    "judge"};
  const DateTime end = to_date_time(*last + reach_of(model.label()));
  const std::string name = path.filename().string();
  return {.name = name, .last = end, .rule = model_rule(std::move(model), path.string())};
}

}  // namespace

std::unique_ptr<ModelSeries> ModelSeries::load(const std::string& folder) {
  std::error_code failure;
  std::vector<std::filesystem::path> files;
  for (std::filesystem::directory_iterator entry{folder, failure}, end; !failure && entry != end;
       entry.increment(failure))
    if (entry->path().extension() == ".json" || entry->path().extension() == ".h5")
      files.push_back(entry->path());
  if (failure) throw IoError{IoError::During::open, folder, failure.value()};
  if (files.empty()) throw DataError{{.name = folder}, "no model (.json, .h5) is in it"};
  std::ranges::sort(files);
  std::vector<DatedModel> models;
  for (const auto& file : files) models.push_back(dated_model(file));
  return std::make_unique<ModelSeries>(std::move(models));
}

std::optional<std::size_t> ModelSeries::judge_of(DateTime time) const {
  const auto behind = std::ranges::lower_bound(models_, time, {}, &DatedModel::last);
  if (behind == models_.begin()) return std::nullopt;
  return static_cast<std::size_t>(behind - models_.begin()) - 1;
}

void ModelSeries::score(const Books& books, std::span<double> scores) const {
  assert(books.size() == scores.size());
  for (std::size_t begin = 0; begin < books.size();) {
    const auto judge = judge_of(books.books[begin].time);
    std::size_t end = begin + 1;
    while (end < books.size() && judge_of(books.books[end].time) == judge) ++end;
    const auto found = scores.subspan(begin, end - begin);
    if (judge)
      models_[*judge].rule->score(books.part(begin, end - begin), found);
    else
      std::ranges::fill(found, 0.0);
    begin = end;
  }
}

std::size_t ModelSeries::best_batch() const { return neural::Model::best_batch; }

bool ModelSeries::takes_flow() const {
  return std::ranges::any_of(models_,
                             [](const DatedModel& each) { return each.rule->takes_flow(); });
}

std::string InSampleGuard::warning() const {
  assert(books_ > 0);
  return "IN-SAMPLE: the model was trained on books from " + format_iso(range_->first) + " to " +
         format_iso(range_->last) +
         ", and these inputs have books of that time; expect worse on others";
}

Strategy::Strategy(const StrategyOptions& options)
    : threshold_{options.threshold}, polarity_{options.polarity} {
  check(options);
  if (options.own) {
    rule_ = options.own;
    return;
  }
  if (options.rule) {
    rule_ = std::make_unique<ImbalanceRule>(options.levels);
    return;
  }
  if (std::filesystem::is_directory(*options.model)) {
    auto series = ModelSeries::load(*options.model);
    series_ = series.get();
    rule_ = std::move(series);
    return;
  }
  neural::Model model = neural::Model::load(*options.model);
  trained_on_ = range_of(model.training());
  rule_ = model_rule(std::move(model), *options.model);
}

Verdict Strategy::judge(const OrderBook& book) const {
  const double found = score(book);
  return {.score = found, .signal = decide(found, threshold_, polarity_)};
}

void append_json_line(std::string& out, DateTime time, const Verdict& verdict) {
  out.append(R"({"timestamp":")");
  append_iso(out, time);
  out.append(R"(","signal":")").append(to_string(verdict.signal)).append(R"(","score":)");
  append_real(out, verdict.score);
  out.append("}\n");
}

std::string csv_header() { return "timestamp,signal,score\n"; }

void append_csv_line(std::string& out, DateTime time, const Verdict& verdict) {
  append_iso(out, time);
  out.append(",").append(to_string(verdict.signal)).append(",");
  append_real(out, verdict.score);
  out += '\n';
}

void append_text_line(std::string& out, DateTime time, const Verdict& verdict) {
  std::array<char, 16> score{};  // "-1.000" at most
  const auto end = std::to_chars(score.data(), score.data() + score.size(), verdict.score,
                                 std::chars_format::fixed, 3);
  append_iso(out, time);
  out.append(" ").append(to_string(verdict.signal)).append(" ");
  out.append(score.data(), end.ptr).append("\n");
}

}  // namespace obkit::signals
