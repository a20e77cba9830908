#include <string>
#include <vector>

#include <spdlog/spdlog.h>

#include "obkit/cli/tool.hpp"
#include "obkit/core/number.hpp"
#include "obkit/store/input.hpp"

#include "build_datasets.hpp"
#include "output_paths.hpp"

namespace {

using obdataset::Counts;
using obkit::counted;

constexpr const char* examples =
    "A book is a sample when the next book has another mid price: direction 1, it rises; 0, it\n"
    "falls.\n\n"
    "Examples:\n"
    "  obdataset books/XBTUSD_20190823.txt      # makes books/Datasets/XBTUSD_20190823.ds\n"
    "  obdataset books -o - | obtrain - -o model.json";

void tell(const std::string& name, const Counts& counts, const std::string& output) {
  const std::string written = output.empty() || output == "-" ? "" : ", written to " + output;
  if (counts.books == 0) {
    spdlog::info("{}: no books, the dataset is empty{}", name, written);
  } else {
    spdlog::info("{}: {}, {} ({}, {}){}", name, counted(counts.books, "book"),
                 counted(counts.samples, "sample"), counted(counts.rises, "rise"),
                 counted(counts.samples - counts.rises, "fall"), written);
  }
}

void tell(const obdataset::Job& job, const obdataset::Result& result) {
  for (const auto& warning : warnings(result.report)) spdlog::warn("{}", warning);
  const std::size_t inputs = job.inputs.size();
  const bool one_output = inputs > 1 && job.outputs.front() == job.outputs.back();
  Counts all;
  for (std::size_t i = 0; i < inputs; ++i) {
    tell(obkit::display_name(job.inputs[i]), result.inputs[i], one_output ? "" : job.outputs[i]);
    all += result.inputs[i];
  }
  if (inputs > 1) tell("all inputs", all, one_output ? job.outputs.front() : "");
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Make labelled samples for training from order books", "obdataset"};
  app.footer(examples);
  std::vector<std::string> inputs{"-"};
  obkit::cli::OutputOptions output{.path = ""};
  bool skip_bad = false;
  app.add_option("input", inputs, "Day-files, folders of them, '-' for standard input")
      ->capture_default_str();
  add_output_options(app, output,
                     "File for all samples, '-', or folder for a NAME.ds of each input\n"
                     "(default: Datasets/NAME.ds beside each input)");
  app.add_flag("--skip-bad", skip_bad, "Count and skip malformed lines instead of refusing them");

  return obkit::cli::run_tool(app, argc, argv, [&] {
    using obkit::store::BadLine;
    obdataset::Job job;
    job.inputs = obkit::store::expand_inputs(inputs, obkit::store::FileKind::day_file);
    job.outputs = obdataset::output_paths(job.inputs, output.path);
    job.bad_line = skip_bad ? BadLine::skip : BadLine::refuse;
    job.existing = output.existing();
    job.make_folders = obdataset::is_folder(output.path);
    for (std::size_t i = 0; i < job.inputs.size(); ++i)
      spdlog::debug("{} goes to {}", obkit::display_name(job.inputs[i]), job.outputs[i]);
    tell(job, build_datasets(job));
  });
}
