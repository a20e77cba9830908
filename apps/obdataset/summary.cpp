#include "summary.hpp"

#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include "obkit/core/number.hpp"

namespace obdataset {
namespace {

using obkit::counted;

bool has_one_output(const Job& job) {
  return job.inputs.size() > 1 && job.outputs.front() == job.outputs.back();
}

Counts sum_of(const Result& result) {
  Counts all;
  for (const Counts& counts : result.inputs) all += counts;
  all.seconds = result.seconds;
  return all;
}

std::string samples_text(const Job& job, const Counts& counts) {
  const auto& [falls, rises, flats] = counts.directions;
  std::string text = fmt::format("{} ({}, {}", counted(counts.samples(), "sample"),
                                 counted(rises, "rise"), counted(falls, "fall"));
  if (job.rule.flat) text += ", " + counted(flats, "flat");
  return text + ")";
}

void tell(const Job& job, const std::string& name, const Counts& counts, const std::string& output,
          Speed speed) {
  const std::string written = output.empty() || output == "-" ? "" : ", written to " + output;
  if (counts.books == 0) {
    spdlog::info("{}: no books, the dataset is empty{}", name, written);
    return;
  }
  std::string text = counted(counts.books, "book") + ", " + samples_text(job, counts);
  if (counts.gaps > 0) text += ", " + counted(counts.gaps, "gap");
  if (counts.skipped_lines > 0) text += ", " + counted(counts.skipped_lines, "line") + " skipped";
  if (speed == Speed::tell) text += fmt::format(", {:.0f} books/s", counts.books_per_second());
  spdlog::info("{}: {}{}", name, text, written);
}

using Json = nlohmann::ordered_json;

/// Times to the millisecond, rates to the book.
void add_counts(Json& object, const Counts& counts) {
  object["books"] = counts.books;
  object["samples"] = counts.samples();
  object["falls"] = counts.directions[0];
  object["rises"] = counts.directions[1];
  object["flats"] = counts.directions[2];
  object["gaps"] = counts.gaps;
  object["skipped_lines"] = counts.skipped_lines;
  object["torn_lines"] = counts.torn_lines;
  object["seconds"] = std::round(counts.seconds * 1e3) / 1e3;
  object["books_per_second"] = std::llround(counts.books_per_second());
}

}  // namespace

void log_summary(const Job& job, const Result& result, Speed speed) {
  for (const auto& warning : warnings(result.report)) spdlog::warn("{}", warning);
  const bool one_output = has_one_output(job);
  for (std::size_t i = 0; i < job.inputs.size(); ++i)
    tell(job, obkit::display_name(job.inputs[i]), result.inputs[i],
         one_output ? "" : job.outputs[i], speed);
  if (job.inputs.size() > 1)
    tell(job, "all inputs", sum_of(result), one_output ? job.outputs.front() : "", speed);
}

std::string summary_json(const Job& job, const Result& result) {
  Json summary{{"label", to_string(job.rule)}, {"files", Json::array()}};
  for (std::size_t i = 0; i < job.inputs.size(); ++i) {
    Json file{{"input", job.inputs[i]}, {"output", job.outputs[i]}};
    add_counts(file, result.inputs[i]);
    summary["files"].push_back(std::move(file));
  }
  summary["totals"] = Json::object();
  add_counts(summary["totals"], sum_of(result));
  return summary.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace obdataset
