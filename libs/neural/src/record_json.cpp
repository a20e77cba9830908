#include "record_json.hpp"

#include <limits>

#include <nlohmann/json.hpp>

namespace obkit::neural {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t most = std::int64_t{1} << 53;  // what every JSON reader holds exactly

Json optional_number(std::optional<double> value) { return value ? Json(*value) : Json(nullptr); }
Json optional_time(std::optional<Timestamp> time) {
  return time ? Json(format_iso(*time)) : Json(nullptr);
}

Json write_evaluations(const std::vector<Evaluation>& evaluations) {
  Json list = Json::array();
  for (const auto& [name, metrics] : evaluations) {
    list.push_back({{"name", name},
                    {"samples", metrics.samples},
                    {"accuracy", metrics.accuracy},
                    {"accuracy_standard_error", metrics.standard_error()},
                    {"auc", optional_number(metrics.auc)},
                    {"log_loss_nats", optional_number(metrics.log_loss)}});
  }
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

std::vector<Evaluation> read_evaluations(const JsonCursor& cursor) {
  std::vector<Evaluation> evaluations;
  for (std::size_t i = 0; i < cursor.size(); ++i) {
    const JsonCursor item = cursor[i];
    const auto samples = static_cast<std::size_t>(item["samples"].integer(1, most));
    evaluations.push_back({.name = item["name"].text(),
                           .metrics = {.samples = samples,
                                       .accuracy = item["accuracy"].number(),
                                       .auc = read_optional_number(item["auc"]),
                                       .log_loss = read_optional_number(item["log_loss_nats"])}});
  }
  return evaluations;
}

/// Optional: what a model foretells does not depend on it.
std::vector<std::uint64_t> read_class_samples(const JsonCursor& record) {
  if (!record.contains("class_samples")) return {};
  const JsonCursor list = record["class_samples"];
  std::vector<std::uint64_t> counts(list.size());
  for (std::size_t i = 0; i < counts.size(); ++i)
    counts[i] = static_cast<std::uint64_t>(list[i].integer(0, most));
  return counts;
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
          {"training_samples", record.training_samples},
          {"validation_samples", record.validation_samples},
          {"test_samples", record.test_samples},
          {"class_samples", record.class_samples},
          {"options", std::move(options)},
          {"seed", record.seed},
          {"epochs", record.epochs},
          {"best_epoch", record.best_epoch},
          {"stopped", record.stopped},
          {"validation", write_evaluations(record.validation)},
          {"test", write_evaluations(record.test)}};
}

}  // namespace

std::string to_json(const TrainingRecord& record) { return write_record(record).dump(); }

TrainingRecord read_record(const JsonCursor& cursor) {
  const auto count = [&](const char* key) {
    return static_cast<std::uint64_t>(cursor[key].integer(0, most));
  };
  const auto epoch = [&](const char* key) {
    return static_cast<int>(cursor[key].integer(0, std::numeric_limits<int>::max()));
  };
  TrainingRecord record{.first = read_time(cursor["first"]),
                        .last = read_time(cursor["last"]),
                        .sources = cursor["sources"].texts(),
                        .training_samples = count("training_samples"),
                        .validation_samples = count("validation_samples"),
                        .test_samples = count("test_samples"),
                        .class_samples = read_class_samples(cursor),
                        .options = {},
                        .seed = static_cast<std::uint32_t>(
                            cursor["seed"].integer(0, std::numeric_limits<std::uint32_t>::max())),
                        .epochs = epoch("epochs"),
                        .best_epoch = epoch("best_epoch"),
                        .stopped = cursor["stopped"].text(),
                        .validation = read_evaluations(cursor["validation"]),
                        .test = read_evaluations(cursor["test"])};
  const JsonCursor options = cursor["options"];
  for (const std::string& name : options.keys())
    record.options.emplace_back(name, read_option(options[name]));
  return record;
}

}  // namespace obkit::neural
