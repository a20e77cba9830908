#include <memory>
#include <string>

#include <spdlog/spdlog.h>

#include "obkit/cli/tool.hpp"
#include "obkit/core/byte_stream.hpp"

#include "report.hpp"
#include "settings.hpp"
#include "split.hpp"
#include "train_model.hpp"

namespace {

constexpr const char* examples =
    "Beside the network the report shows what the simplest rules reach on the same samples.\n\n"
    "Examples:\n"
    "  obtrain Datasets/XBTUSD_20190823.ds -o model.json\n"
    "  obdataset books -o - | obtrain - -o model.json --seed 7";

/// Null for no path. Opened before the work, so that what cannot be written is known at once.
std::unique_ptr<obkit::ByteSink> open_output(const std::string& path, obkit::Existing existing) {
  return path.empty() ? nullptr : obkit::open_sink(path, existing);
}

void run(const obtrain::Arguments& arguments) {
  const auto settings = obtrain::resolve(arguments);
  const auto output = open_output(arguments.output.path, arguments.output.existing());
  obtrain::History history{open_output(arguments.history, arguments.output.existing())};
  const auto model = train_model(settings, obtrain::read_split(settings),
                                 [&](const obkit::neural::Epoch& epoch) { history.add(epoch); });
  history.close();
  if (output) {
    output->write(model.to_json());
    output->close();
  }
  obtrain::tell(model.training());
  if (!output) spdlog::info("the model was not written: -o says where to");
  if (output && arguments.output.path != "-")
    spdlog::info("the model is in {}", arguments.output.path);
  if (!arguments.json) return;
  const auto result = obkit::open_sink("-", arguments.output.existing());
  result->write(to_json(model.training()) + "\n");
  result->close();
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Train a small neural network on labelled order books", "obtrain"};
  app.footer(examples);
  obtrain::Arguments arguments;
  add_options(app, arguments);
  return obkit::cli::run_tool(app, argc, argv, [&] { run(arguments); });
}
