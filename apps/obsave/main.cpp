#include <CLI/CLI.hpp>

#include "obkit/cli/termination.hpp"
#include "obkit/cli/tool.hpp"

#include "obsave/options.hpp"
#include "obsave/run.hpp"

int main(int argc, char** argv) {
  obkit::cli::hold_termination_signals();
  CLI::App app{"Records an exchange's order book as day-files", "obsave"};
  obkit::obsave::Options options;
  obkit::obsave::add_options(app, options);
  return obkit::cli::run_tool(app, argc, argv, [&] { obkit::obsave::run(options); });
}
