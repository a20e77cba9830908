#include <CLI/CLI.hpp>

#include "obkit/cli/tool.hpp"

#include "obtrain/options.hpp"
#include "obtrain/run.hpp"

int main(int argc, char** argv) {
  CLI::App app{"Train a small neural network on labelled order books", "obtrain"};
  obkit::obtrain::Arguments arguments;
  add_options(app, arguments);
  return obkit::cli::run_tool(app, argc, argv, [&] { run(arguments); });
}
