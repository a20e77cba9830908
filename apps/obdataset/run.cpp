#include "obdataset/run.hpp"

#include <chrono>
#include <set>
#include <string>
#include <vector>

#include <spdlog/spdlog.h>
#include <unistd.h>

#include "obkit/cli/input_options.hpp"
#include "obkit/cli/tool.hpp"
#include "obkit/core/error.hpp"
#include "obkit/store/input.hpp"

#include "common/meter.hpp"
#include "obdataset/job.hpp"

namespace obkit::obdataset {
namespace {

Job to_job(const Options& options) {
  const std::string& out = options.output.path;
  Job job;
  job.rule = dataset::parse_label_rule(options.label, options.flat, options.tick);
  job.inputs = store::expand_inputs(options.input.inputs, store::FileKind::day_file);
  using Prices = dataset::Labeller::Prices;
  job.prices = options.prices ? Prices::keep : Prices::leave_out;
  const bool needs_arrays = options.prices || job.rule.kind == dataset::LabelRule::Kind::none;
  job.format =
      output_format(options.format, out, needs_arrays ? Bearer::arrays : Bearer::lines_or_arrays);
  job.outputs = output_paths(job.inputs, out, job.format);
  job.join = std::chrono::seconds{options.join_seconds};
  job.has_flow = options.flow;
  job.jobs = options.jobs.jobs;
  job.bad_line = options.input.skip_bad ? store::BadLine::skip : store::BadLine::refuse;
  job.existing = options.output.existing();
  job.make_folders = is_folder(out);
  job.scratch_folder = cli::scratch_folder();
  return job;
}

/// What is read must not be replaced, nor counted twice.
void refuse_shared_files(const Job& job, const std::string& summary_path) {
  std::vector<cli::NamedFile> inputs, outputs;
  for (const auto& input : job.inputs) inputs.push_back({"", input});
  for (const auto& output : std::set<std::string>{job.outputs.begin(), job.outputs.end()})
    outputs.push_back({"-o", output});
  if (!summary_path.empty()) outputs.push_back({"--summary", summary_path});
  cli::refuse_shared_files(inputs, outputs);
}

void check(const Job& job, const std::string& summary_path) {
  for (const auto& path : job.outputs) {
    if (path == summary_path) throw UsageError{"--summary and the samples both go to " + path};
    if (path == "-" && job.format == dataset::DatasetFormat::npz && ::isatty(STDOUT_FILENO) == 1)
      throw UsageError{"arrays are not written to a terminal; name a file with -o, or pipe them"};
  }
  if (!summary_path.empty()) check_sink(summary_path, job.existing);
  refuse_shared_files(job, summary_path);
  if (const auto text = store::days_out_of_order(job.inputs, store::FileKind::day_file))
    spdlog::warn("{}", *text);
}

void write_summary(const Job& job, const Result& result, const std::string& path) {
  if (path.empty()) return;
  const auto sink = open_sink(path, job.existing);
  sink->write(summary_json(job, result));
  sink->close();
}

}  // namespace

void run(const Options& options) {
  const Job job = to_job(options);
  check(job, options.summary_path);
  for (std::size_t i = 0; i < job.inputs.size(); ++i)
    spdlog::debug("{} goes to {}", display_name(job.inputs[i]), job.outputs[i]);
  common::Meter meter{job.inputs, options.progress.wish()};
  const Result result = build_datasets(job, meter);
  write_summary(job, result, options.summary_path);
  const bool speed = spdlog::should_log(spdlog::level::debug) || ::isatty(STDERR_FILENO) == 1;
  log_summary(job, result, speed ? Speed::tell : Speed::hide);
}

}  // namespace obkit::obdataset
