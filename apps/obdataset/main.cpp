#include <CLI/CLI.hpp>

#include "obkit/cli/tool.hpp"

#include "obdataset/options.hpp"
#include "obdataset/run.hpp"

int main(int argc, char** argv) {
  CLI::App app{"Make labelled samples for training from order books", "obdataset"};
  obkit::obdataset::Options options;
  add_options(app, options);
  return obkit::cli::run_tool(app, argc, argv, [&] { run(options); });
}
