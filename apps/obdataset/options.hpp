#pragma once

#include <string>
#include <vector>

#include "obkit/cli/cli11_fwd.hpp"
#include "obkit/cli/input_options.hpp"
#include "obkit/cli/jobs.hpp"
#include "obkit/cli/progress.hpp"
#include "obkit/cli/tool.hpp"
#include "obkit/store/book_stream.hpp"

namespace obkit::obdataset {

/// The options as they were given.
struct Options {
  cli::InputOptions input{.inputs = {"-"}};
  std::string label = "next", flat, tick;
  int join_seconds = static_cast<int>(store::usual_join.count());
  std::string format;        ///< empty: as the name of the output says
  bool prices = false;       ///< of all levels
  bool flow = false;         ///< of the last books
  std::string summary_path;  ///< empty for none
  cli::OutputOptions output{.path = ""};
  cli::JobOptions jobs;
  cli::ProgressOptions progress;
};

/// `options` must outlive the parsing.
void add_options(CLI::App& app, Options& options);

}  // namespace obkit::obdataset
