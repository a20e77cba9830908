#include <string>
#include <vector>

#include <spdlog/spdlog.h>
#include <unistd.h>

#include "obkit/cli/jobs.hpp"
#include "obkit/cli/progress.hpp"
#include "obkit/cli/scratch_folder.hpp"
#include "obkit/cli/tool.hpp"
#include "obkit/core/error.hpp"
#include "obkit/store/input.hpp"

#include "build_datasets.hpp"
#include "output_paths.hpp"
#include "summary.hpp"

namespace {

using obdataset::Job;
using obkit::UsageError;

constexpr const char* examples =
    "A book is a sample when the next book has another mid price: direction 1, it rises; 0, it\n"
    "falls. Other rules: --label.\n\n"
    "Examples:\n"
    "  obdataset books/XBTUSD_20190823.txt      # makes books/Datasets/XBTUSD_20190823.ds\n"
    "  obdataset books -o - | obtrain - -o model.json\n"
    "  obdataset books --label horizon=500ms --flat 1bp -o books.npz";

struct Options {
  std::vector<std::string> inputs{"-"};
  std::string label = "next", flat, tick;
  int join_seconds = static_cast<int>(obkit::store::usual_join.count());
  std::string format;        ///< empty: as the name of the output says
  std::string summary_path;  ///< empty for none
  bool skip_bad = false;
  obkit::cli::OutputOptions output{.path = ""};
  obkit::cli::JobOptions jobs;
  obkit::cli::ProgressOptions progress;
};

void add_label_options(CLI::App& app, Options& options) {
  app.add_option("--label", options.label,
                 "Which books are samples, and with what they are compared:\n"
                 "next: books before a move; every: each book, the next move;\n"
                 "horizon=N: the mid price N books later; horizon=Nms or Ns: that\n"
                 "much time later")
      ->type_name("RULE")
      ->capture_default_str();
  app.add_option("--flat", options.flat,
                 "Moves of at most this are direction 2, it stays: 2ticks, 0.5bp")
      ->type_name("BAND");
  app.add_option("--tick", options.tick, "Step of the price, for --flat in ticks: 0.5")
      ->type_name("SIZE");
  app.add_option("--join", options.join_seconds,
                 "A file continues the one before when it begins less than this many\n"
                 "seconds later; 0: never")
      ->check(CLI::Range(0, 1'000'000'000).description(""))
      ->type_name("SECONDS")
      ->capture_default_str();
}

void add_options(CLI::App& app, Options& options) {
  app.add_option("input", options.inputs, "Day-files, folders of them, '-' for standard input")
      ->capture_default_str();
  add_output_options(app, options.output,
                     "File for all samples, '-', or folder for a NAME.ds of each input\n"
                     "(default: Datasets/NAME.ds beside each input); .zst compresses");
  add_label_options(app, options);
  app.add_option("--format", options.format,
                 "ds: JSON lines; npz: arrays for numpy.load (default: by the name of\n"
                 "the output)")
      ->check(CLI::IsMember({"ds", "npz"}));
  app.add_flag("--skip-bad", options.skip_bad,
               "Count and skip malformed lines instead of refusing them");
  add_jobs_option(app, options.jobs, "Read that many files at a time");
  app.add_option("--summary", options.summary_path,
                 "Write what was read and made as one JSON object to a file, or '-'")
      ->type_name("FILE");
  add_progress_options(app, options.progress);
}

Job to_job(const Options& options) {
  const std::string& out = options.output.path;
  Job job;
  job.rule = obkit::dataset::parse_label_rule(options.label, options.flat, options.tick);
  job.inputs = obkit::store::expand_inputs(options.inputs, obkit::store::FileKind::day_file);
  job.format = obdataset::output_format(options.format, out);
  job.outputs = obdataset::output_paths(job.inputs, out, job.format);
  job.join = std::chrono::seconds{options.join_seconds};
  job.jobs = options.jobs.jobs;
  job.bad_line = options.skip_bad ? obkit::store::BadLine::skip : obkit::store::BadLine::refuse;
  job.existing = options.output.existing();
  job.make_folders = obdataset::is_folder(out);
  job.scratch_folder = obkit::cli::scratch_folder();
  return job;
}

void check(const Job& job, const std::string& summary_path) {
  for (const auto& path : job.outputs) {
    if (path == summary_path) throw UsageError{"--summary and the samples both go to " + path};
    if (path == "-" && job.format == obkit::dataset::DatasetFormat::npz &&
        ::isatty(STDOUT_FILENO) == 1)
      throw UsageError{"arrays are not written to a terminal; name a file with -o, or pipe them"};
  }
  if (!summary_path.empty()) obkit::check_sink(summary_path, job.existing);
}

void write_summary(const Job& job, const obdataset::Result& result, const std::string& path) {
  if (path.empty()) return;
  const auto sink = obkit::open_sink(path, job.existing);
  sink->write(summary_json(job, result));
  sink->close();
}

void run(const Options& options) {
  const Job job = to_job(options);
  check(job, options.summary_path);
  for (std::size_t i = 0; i < job.inputs.size(); ++i)
    spdlog::debug("{} goes to {}", obkit::display_name(job.inputs[i]), job.outputs[i]);
  metered::Meter meter{job.inputs, options.progress.wish()};
  const obdataset::Result result = build_datasets(job, meter);
  write_summary(job, result, options.summary_path);
  const bool speed = spdlog::should_log(spdlog::level::debug) || ::isatty(STDERR_FILENO) == 1;
  log_summary(job, result, speed ? obdataset::Speed::tell : obdataset::Speed::hide);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Make labelled samples for training from order books", "obdataset"};
  app.footer(examples);
  Options options;
  add_options(app, options);
  return obkit::cli::run_tool(app, argc, argv, [&] { run(options); });
}
