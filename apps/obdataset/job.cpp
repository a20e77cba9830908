#include "obdataset/job.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include "obkit/core/error.hpp"
#include "obkit/core/number.hpp"

#include "common/book_inputs.hpp"
#include "obdataset/label_input.hpp"

namespace obkit::obdataset {

double Counts::books_per_second() const {
  return seconds > 0 ? static_cast<double>(books) / seconds : 0;
}

Counts& Counts::operator+=(const Counts& other) {
  books += other.books;
  for (std::size_t i = 0; i < directions.size(); ++i) directions[i] += other.directions[i];
  gaps += other.gaps;
  skipped_lines += other.skipped_lines;
  torn_lines += other.torn_lines;
  seconds += other.seconds;
  return *this;
}

namespace {

namespace fs = std::filesystem;

using obkit::dataset::DatasetFormat;

/// `NAME.ds` of `NAME.txt`, compressed or not.
std::string dataset_name(const std::string& input, DatasetFormat format) {
  fs::path name = fs::path{input}.filename();
  if (name.extension() == ".zst" || name.extension() == ".gz") name.replace_extension();
  if (name.extension() == ".txt") name.replace_extension();
  return name.string() + (format == DatasetFormat::npz ? ".npz" : ".ds");
}

std::string output_path(const std::string& input, const std::string& out, DatasetFormat format) {
  if (input == "-" && !out.empty())
    throw obkit::UsageError{"standard input has no name for a file in " + out +
                            "; name the file with -o"};
  if (input == "-") return "-";
  const fs::path folder = out.empty() ? fs::path{input}.parent_path() / "Datasets" : fs::path{out};
  return (folder / dataset_name(input, format)).string();
}

[[noreturn]] void refuse_one_name(const std::string& path, const std::string& first,
                                  const std::string& second) {
  std::string problem = "two inputs for one output, ";
  problem.append(path).append(": ").append(first).append(" and ").append(second);
  throw obkit::UsageError{problem};
}

}  // namespace

bool is_folder(const std::string& out) {
  std::error_code none;  // what cannot be looked at is refused where it is opened
  return out.empty() || out.ends_with('/') || fs::is_directory(out, none);
}

bool is_compressed(const std::string& out) { return out.ends_with(".zst"); }

obkit::dataset::DatasetOptions dataset_options(const Job& job) {
  return {.format = job.format,
          .label = to_string(job.rule),
          .has_prices = job.prices == obkit::dataset::Labeller::Prices::keep,
          .has_flow = job.has_flow,
          .scratch_folder = job.scratch_folder};
}

DatasetFormat output_format(const std::string& name, const std::string& out, Bearer bearer) {
  const bool npz_file = out.ends_with(".npz"), ds_file = out.ends_with(".ds") || is_compressed(out);
  if ((name == "ds" && npz_file) || (name == "npz" && ds_file))
    throw obkit::UsageError{"-o " + out + " is the name of another format than --format " + name};
  if (bearer == Bearer::arrays && (name == "ds" || ds_file))
    throw obkit::UsageError{
        "--label none and --prices are for arrays: --format npz, or -o NAME.npz"};
  const bool is_npz = name == "npz" || npz_file || bearer == Bearer::arrays;
  return is_npz ? DatasetFormat::npz : DatasetFormat::ds;
}

std::vector<std::string> output_paths(const std::vector<std::string>& inputs,
                                      const std::string& out, DatasetFormat format) {
  std::vector<std::string> paths;
  if (!is_folder(out)) {
    paths.assign(inputs.size(), out);
    return paths;
  }
  std::map<std::string, std::string> input_of;
  for (const auto& input : inputs) {
    const auto& path = paths.emplace_back(output_path(input, out, format));
    const auto [same, is_new] = input_of.emplace(path, input);
    if (!is_new) refuse_one_name(path, same->second, input);
  }
  return paths;
}

namespace {

/// Reading one twice would give the same.
bool is_file(const std::string& input) {
  std::error_code error;
  return input != "-" && std::filesystem::is_regular_file(input, error);
}

/// Joins what the inputs gave, in their order.
class Assembly {
 public:
  Assembly(const Job& job, common::Meter& meter)
      : job_{job}, meter_{meter}, counts_(job.inputs.size()), outputs_{job, counts_}, state_{job} {}

  /// Labels the next input.
  void add() { account(label_input(job_, input_, state_, outputs_, meter_)); }

  /// The next input was labelled by itself: that holds, but for the labels of the ends before it,
  /// unless something before it makes a difference.
  void add(std::unique_ptr<Shard> shard) {
    if (!shard || !holds(shard->pass)) return add();
    if (shard->pass.first)
      join(*shard);
    else if (state_.end && shard->pass.lost_lines)
      state_.end->lost_lines = true;
    counts_[input_].directions = shard->pass.counts.directions;
    account(std::move(shard->pass));
  }

  [[nodiscard]] Result finish() {
    common::refuse_no_book(job_.inputs, report_);
    outputs_.close();
    return {
        .inputs = std::move(counts_), .report = std::move(report_), .seconds = meter_.seconds()};
  }

 private:
  /// Books of another depth are refused, and a time that goes back counts as the latest before.
  [[nodiscard]] bool holds(const InputPass& pass) const {
    if (!pass.first || !state_.end) return true;
    return pass.first->depth() == state_.depth &&
           (is_break(job_, input_, state_, *pass.first) ||
            pass.first->time >= state_.labeller.latest_time());
  }

  void join(Shard& shard) {
    const bool goes_on = !is_break(job_, input_, state_, *shard.pass.first);
    state_.depth = shard.state.depth;
    if (goes_on) label_ends(job_, input_, state_, outputs_);
    // Where books before it still wait then, those of this input wait behind them.
    if (!goes_on || state_.labeller.oldest_input() == input_) {
      state_.labeller = std::move(shard.state.labeller);
      outputs_.reach(input_, state_.depth);
      outputs_.append(shard.columns);
    }
    state_.end = std::move(shard.state.end);
  }

  /// Where its name tells no day, only its books tell that it is older than the one before.
  void tell_if_older(const InputPass& pass) {
    if (!pass.first) return;
    const std::string& input = job_.inputs[input_];
    const auto begin = to_timestamp(pass.first->time);
    if (latest_ && begin < latest_ && obkit::store::symbol_of_day_file(input).empty() &&
        !std::exchange(told_, true))
      spdlog::warn("times go back: {} begins before {} ends", obkit::display_name(input),
                   obkit::display_name(job_.inputs[latest_input_]));
    latest_ = state_.end->time;
    latest_input_ = input_;
  }

  void account(InputPass pass) {
    tell_if_older(pass);
    Counts& counts = counts_[input_++];
    pass.counts.directions = counts.directions;
    counts = pass.counts;
    report_ += pass.report;
  }

  const Job& job_;
  common::Meter& meter_;
  std::vector<Counts> counts_;
  Outputs outputs_;
  LabellingState state_;
  obkit::store::ReadReport report_;
  std::size_t input_ = 0;
  std::optional<obkit::Timestamp> latest_;  ///< book of the last input that had any
  std::size_t latest_input_ = 0;
  bool told_ = false;  ///< that times go back
};

}  // namespace

Result build_datasets(const Job& job, common::Meter& meter) {
  Assembly assembly{job, meter};
  if (job.jobs > 1 && job.inputs.size() > 1 && !job.has_flow &&
      std::ranges::all_of(job.inputs, is_file)) {
    Shards shards{job, meter};
    for (std::size_t i = 0; i < job.inputs.size(); ++i) assembly.add(shards.next());
  } else {
    for (std::size_t i = 0; i < job.inputs.size(); ++i) assembly.add();
  }
  return assembly.finish();
}

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
  const auto& [falls, rises, flats, unlabelled] = counts.directions;
  if (unlabelled > 0) return " without labels";
  std::string text = fmt::format(", {} ({}, {}", counted(counts.samples(), "sample"),
                                 counted(rises, "rise"), counted(falls, "fall"));
  if (job.rule.flat) text += ", " + counted(flats, "flat");
  return text + ")";
}

void tell(const Job& job, const std::string& name, const Counts& counts, const std::string& output,
          Speed speed) {
  const std::string written = output.empty() || output == "-" ? "" : ", written to " + output;
  if (counts.books == 0) {
    spdlog::warn("{}: no book is there{}", name,
                 written.empty() ? "" : ", the dataset is empty" + written);
    return;
  }
  std::string text = counted(counts.books, "book") + samples_text(job, counts);
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
  Json summary{{"label", to_string(job.rule)}, {"flow", job.has_flow}, {"files", Json::array()}};
  for (std::size_t i = 0; i < job.inputs.size(); ++i) {
    Json file{{"input", job.inputs[i]}, {"output", job.outputs[i]}};
    add_counts(file, result.inputs[i]);
    summary["files"].push_back(std::move(file));
  }
  summary["totals"] = Json::object();
  add_counts(summary["totals"], sum_of(result));
  return summary.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace obkit::obdataset
