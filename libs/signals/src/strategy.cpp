#include "obkit/signals/strategy.hpp"

#include <array>
#include <cassert>
#include <charconv>
#include <utility>

#include "obkit/core/error.hpp"
#include "obkit/core/field_error.hpp"
#include "obkit/core/number.hpp"
#include "obkit/neural/model.hpp"

namespace obkit::signals {
namespace {

void check(const StrategyOptions& options) {
  if (options.model.has_value() == options.rule.has_value())
    throw UsageError{"expected either a model or a rule, found " +
                     std::string{options.model ? "both" : "neither"}};
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

std::string InSampleGuard::warning() const {
  assert(books_ > 0);
  return "IN-SAMPLE: the model was trained on books from " + format_iso(range_->first) + " to " +
         format_iso(range_->last) +
         ", and these inputs have books of that time; expect worse on others";
}

Strategy::Strategy(const StrategyOptions& options)
    : threshold_{options.threshold}, polarity_{options.polarity} {
  check(options);
  if (options.rule) {
    rule_ = std::make_unique<ImbalanceRule>(options.levels);
    return;
  }
  neural::Model model = neural::Model::load(*options.model);
  trained_on_ = range_of(model.training());
  rule_ = network_rule(std::move(model), *options.model);
}

Verdict Strategy::judge(const OrderBook& book) const {
  const double found = score(book);
  return {.score = found, .signal = decide(found, threshold_, polarity_)};
}

void append_json_line(std::string& out, DateTime time, const Verdict& verdict) {
  out.append(R"({"date":)");
  append_integer(out, time.date);
  out.append(R"(,"time":)");
  append_integer(out, time.time);
  out.append(R"(,"signal":")").append(to_string(verdict.signal)).append(R"(","score":)");
  append_number(out, verdict.score);
  out.append("}\n");
}

std::string csv_header() { return "date,time,signal,score\n"; }

void append_csv_line(std::string& out, DateTime time, const Verdict& verdict) {
  append_integer(out, time.date);
  out += ',';
  append_integer(out, time.time);
  out.append(",").append(to_string(verdict.signal)).append(",");
  append_number(out, verdict.score);
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
