#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <spdlog/spdlog.h>

#include "obkit/cli/tool.hpp"
#include "obkit/core/byte_stream.hpp"
#include "obkit/neural/model.hpp"

#include "files_in_turn.hpp"
#include "history.hpp"
#include "report.hpp"
#include "settings.hpp"
#include "split.hpp"
#include "train_model.hpp"
#include "watcher.hpp"

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

void write_model(const obkit::neural::Model& model, const std::string& path,
                 obkit::ByteSink& output) {
  using obkit::neural::ModelFormat;
  const ModelFormat format = obkit::neural::format_of(path);
  output.write(to_bytes(model, format));
  output.close();
  if (format != ModelFormat::keras) return;
  if (const auto caveat = keras_caveat(model)) spdlog::warn("{}", *caveat);
}

void run(const obtrain::Arguments& arguments) {
  const auto settings = obtrain::resolve(arguments);
  const std::string& path = arguments.output.path;
  check_format(obkit::neural::format_of(path), settings.members);
  const auto output = open_output(path, arguments.output.existing());
  obtrain::History history{open_output(arguments.history, arguments.output.existing())};
  obtrain::Split split;
  obtrain::Watcher watcher{settings, arguments.progress, history};
  std::vector<obkit::neural::TrainingState> states;
  if (auto learnt = learn_while_reading(settings, split.samples, watcher))
    states.push_back(*std::move(learnt));
  read_split(settings, split);
  const auto [model, verdicts] = train_model(settings, split, std::move(states), watcher);
  history.close();
  if (output) write_model(model, path, *output);
  tell(model.training(), verdicts);
  if (!output) spdlog::info("the model was not written: -o says where to");
  if (output && path != "-") spdlog::info("the model is in {}", path);
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
