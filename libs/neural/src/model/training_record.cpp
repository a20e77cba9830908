#include "obkit/neural/training_record.hpp"

#include <limits>

#include <nlohmann/json.hpp>

#include "model/model_json.hpp"

namespace obkit::neural {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t most = std::int64_t{1} << 53;  // what every JSON reader holds exactly

Json optional_number(std::optional<double> value) { return value ? Json(*value) : Json(nullptr); }
Json optional_time(std::optional<Timestamp> time) {
  return time ? Json(format_iso(*time)) : Json(nullptr);
}

Json write_reliability(const std::vector<ReliabilityBin>& bins) {
  Json list = Json::array();
  const auto of = [](const ReliabilityBin& bin, double value) {
    return bin.samples > 0 ? Json(value) : Json(nullptr);
  };
  for (const ReliabilityBin& bin : bins) {
    list.push_back({{"samples", bin.samples},
                    {"mean_forecast", of(bin, bin.mean_prediction)},
                    {"share_of_rises", of(bin, bin.share_of_rises)}});
  }
  return list;
}

Json write_recalls(const Evaluation& evaluation) {
  Json list = Json::array();
  for (const ClassScore& score : class_scores(evaluation.confusion))
    list.push_back(optional_number(score.recall));
  return list;
}

Json write_evaluations(const std::vector<NamedEvaluation>& evaluations) {
  Json list = Json::array();
  for (const auto& [name, evaluation] : evaluations) {
    list.push_back({{"name", name},
                    {"samples", evaluation.samples},
                    {"blocks", evaluation.blocks},
                    {"accuracy", evaluation.accuracy},
                    {"accuracy_standard_error", optional_number(evaluation.accuracy_error)},
                    {"auc", optional_number(evaluation.auc)},
                    {"mcc", optional_number(evaluation.mcc)},
                    {"macro_f1", optional_number(macro_f1(evaluation.confusion))},
                    {"recall", write_recalls(evaluation)},
                    {"log_loss_nats", optional_number(evaluation.log_loss)},
                    {"brier", optional_number(evaluation.brier)},
                    {"confusion", evaluation.confusion},
                    {"reliability", write_reliability(evaluation.reliability)}});
  }
  return list;
}

Json write_members(const std::vector<MemberRecord>& members) {
  Json list = Json::array();
  for (const auto& [epochs, best_epoch, stopped] : members)
    list.push_back({{"epochs", epochs}, {"best_epoch", best_epoch}, {"stopped", stopped}});
  return list;
}

std::optional<double> read_optional_number(const JsonCursor& cursor) {
  return cursor.is_null() ? std::nullopt : std::optional{cursor.number()};
}

std::optional<Timestamp> read_time(const JsonCursor& cursor) {
  if (cursor.is_null()) return std::nullopt;
  const auto time = parse_iso(cursor.text());
  if (!time) cursor.fail("expected a time such as 2019-08-23T10:11:12.345Z");
  return time;
}

std::uint64_t read_count(const JsonCursor& cursor) {
  return static_cast<std::uint64_t>(cursor.integer(0, most));
}

std::vector<std::uint64_t> read_counts(const JsonCursor& list) {
  std::vector<std::uint64_t> counts(list.size());
  for (std::size_t i = 0; i < counts.size(); ++i) counts[i] = read_count(list[i]);
  return counts;
}

std::vector<ReliabilityBin> read_reliability(const JsonCursor& list) {
  std::vector<ReliabilityBin> bins(list.size());
  for (std::size_t i = 0; i < bins.size(); ++i) {
    bins[i] = {.samples = read_count(list[i]["samples"]),
               .mean_prediction = read_optional_number(list[i]["mean_forecast"]).value_or(0),
               .share_of_rises = read_optional_number(list[i]["share_of_rises"]).value_or(0)};
  }
  return bins;
}

Evaluation read_evaluation(const JsonCursor& item) {
  Evaluation evaluation{.samples = static_cast<std::size_t>(item["samples"].integer(1, most)),
                        .accuracy = item["accuracy"].number(),
                        .accuracy_error = read_optional_number(item["accuracy_standard_error"]),
                        .auc = read_optional_number(item["auc"]),
                        .log_loss = read_optional_number(item["log_loss_nats"])};
  evaluation.blocks = evaluation.samples;
  if (!item.contains("blocks")) return evaluation;  // of an early version
  evaluation.blocks = read_count(item["blocks"]);
  evaluation.mcc = read_optional_number(item["mcc"]);
  evaluation.brier = read_optional_number(item["brier"]);
  const JsonCursor rows = item["confusion"];
  for (std::size_t i = 0; i < rows.size(); ++i)
    evaluation.confusion.push_back(read_counts(rows[i]));
  evaluation.reliability = read_reliability(item["reliability"]);
  return evaluation;
}

std::vector<NamedEvaluation> read_evaluations(const JsonCursor& cursor) {
  std::vector<NamedEvaluation> evaluations;
  for (std::size_t i = 0; i < cursor.size(); ++i)
    evaluations.push_back(
        {.name = cursor[i]["name"].text(), .evaluation = read_evaluation(cursor[i])});
  return evaluations;
}

int read_epochs(const JsonCursor& cursor) {
  return static_cast<int>(cursor.integer(0, std::numeric_limits<int>::max()));
}

MemberRecord read_member(const JsonCursor& item) {
  return {.epochs = read_epochs(item["epochs"]),
          .best_epoch = read_epochs(item["best_epoch"]),
          .stopped = item["stopped"].text()};
}

std::vector<MemberRecord> read_members(const JsonCursor& record) {
  if (!record.contains("members")) return {read_member(record)};  // of an early version
  std::vector<MemberRecord> members;
  const JsonCursor list = record["members"];
  for (std::size_t i = 0; i < list.size(); ++i) members.push_back(read_member(list[i]));
  return members;
}

/// Optional: what a model predicts does not depend on it.
std::vector<std::uint64_t> read_class_samples(const JsonCursor& record) {
  if (!record.contains("class_samples")) return {};
  return read_counts(record["class_samples"]);
}

TrainingRecord::Value read_option(const JsonCursor& cursor) {
  const auto& value = cursor.value();
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_number_float()) return cursor.number();
  if (value.is_number()) return cursor.integer(-most, most);
  return cursor.text();
}

Json write_record(const TrainingRecord& record) {
  Json options = Json::object();
  for (const auto& [name, value] : record.options)
    std::visit([&, &key = name](const auto& v) { options[key] = v; }, value);
  return {{"first", optional_time(record.first)},
          {"last", optional_time(record.last)},
          {"sources", record.sources},
          {"symbols", record.symbols},
          {"training_samples", record.training_samples},
          {"validation_samples", record.validation_samples},
          {"test_samples", record.test_samples},
          {"left_out_samples", record.left_out_samples},
          {"class_samples", record.class_samples},
          {"options", std::move(options)},
          {"seed", record.seed},
          {"members", write_members(record.members)},
          {"walk_forward", write_evaluations(record.walk_forward)},
          {"validation", write_evaluations(record.validation)},
          {"test", write_evaluations(record.test)}};
}

}  // namespace

std::string to_json(const TrainingRecord& record) { return json_text(write_record(record)); }

TrainingRecord read_record(const JsonCursor& cursor) {
  TrainingRecord record{
      .first = read_time(cursor["first"]),
      .last = read_time(cursor["last"]),
      .sources = cursor["sources"].texts(),
      .symbols =
          cursor.contains("symbols") ? cursor["symbols"].texts() : std::vector<std::string>{},
      .training_samples = read_count(cursor["training_samples"]),
      .validation_samples = read_count(cursor["validation_samples"]),
      .test_samples = read_count(cursor["test_samples"]),
      .left_out_samples =
          cursor.contains("left_out_samples") ? read_count(cursor["left_out_samples"]) : 0,
      .class_samples = read_class_samples(cursor),
      .options = {},
      .seed = static_cast<std::uint32_t>(
          cursor["seed"].integer(0, std::numeric_limits<std::uint32_t>::max())),
      .members = read_members(cursor),
      .walk_forward = cursor.contains("walk_forward") ? read_evaluations(cursor["walk_forward"])
                                                      : std::vector<NamedEvaluation>{},
      .validation = read_evaluations(cursor["validation"]),
      .test = read_evaluations(cursor["test"])};
  const JsonCursor options = cursor["options"];
  for (const std::string& name : options.keys())
    record.options.emplace_back(name, read_option(options[name]));
  return record;
}

}  // namespace obkit::neural
