#include <CLI/CLI.hpp>

#include "obkit/cli/termination.hpp"
#include "obkit/cli/tool.hpp"

#include "obsignal/options.hpp"
#include "obsignal/run.hpp"

int main(int argc, char** argv) {
  obkit::cli::hold_termination_signals();
  CLI::App app{"Turn order books into BUY, SELL and WAIT, one line a book", "obsignal"};
  obkit::obsignal::Options options;
  add_options(app, options);
  return obkit::cli::run_tool(app, argc, argv, [&] { run(options); });
}
