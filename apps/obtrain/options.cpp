#include <cstdint>

#include "settings.hpp"

namespace obtrain {

void add_options(CLI::App& app, Arguments& arguments) {
  app.add_option("dataset", arguments.datasets,
                 "Datasets: .ds files, folders of them, '-' for standard input")
      ->required();
  add_output_options(app, arguments.output,
                     "Write the model to this file, '-' for standard output (without -o nothing is "
                     "written but the report)");
  app.add_option("--preset", arguments.preset,
                 "Where the other options start from; 'original' is the recipe of "
                 "pyOrderbookTrading: transform none, rmsprop, batch 32, one epoch over each file "
                 "in turn, no validation, no mirror")
      ->check(CLI::IsMember({"default", "original"}))
      ->capture_default_str();
  app.add_option("--layers", arguments.layers, "Units of each dense layer; the last is softmax")
      ->capture_default_str();
  app.add_option("--activation", arguments.activation, "Of the layers before the last")
      ->check(CLI::IsMember({"sigmoid", "tanh", "relu"}))
      ->capture_default_str();
  app.add_option("--transform", arguments.transform,
                 "'relative' to the usual volume at each level, or 'none' [relative]")
      ->check(CLI::IsMember({"relative", "none"}));
  app.add_option("--optimizer", arguments.optimizer, "'adam' (AdamW) or 'rmsprop' [adam]")
      ->check(CLI::IsMember({"adam", "rmsprop"}));
  app.add_option("--learning-rate", arguments.learning_rate, "Step size of the optimizer")
      ->capture_default_str();
  app.add_option("--batch", arguments.batch, "Samples a step [64]")
      ->check(CLI::Range(1, 1'000'000));
  app.add_option("--epochs", arguments.epochs, "Rounds over the samples at most [60]")
      ->check(CLI::Range(1, 1'000'000));
  app.add_option("--patience", arguments.patience,
                 "Stop after so many epochs without a better validation loss and keep the best "
                 "weights; 0: never [8]")
      ->check(CLI::Range(0, 1'000'000));
  app.add_option("--validation", arguments.validation,
                 "Hold back the last share of the samples in time, or use these datasets, to see "
                 "when to stop; 0: none [0.15]");
  app.add_option("--test", arguments.test,
                 "Score the finished model once on these datasets, of which training sees nothing");
  auto* mirror = app.add_flag_callback(
      "--mirror", [&] { arguments.mirror = true; },
      "Learn every book also with bids and asks, falls and rises swapped, and take the mean of "
      "both "
      "views [on]");
  app.add_flag_callback(
         "--no-mirror", [&] { arguments.mirror = false; }, "Take books only as they are")
      ->excludes(mirror);
  app.add_option("--seed", arguments.seed, "Of the first weights and of the order of samples")
      ->capture_default_str();
  app.add_flag("--skip-bad", arguments.skip_bad,
               "Count and skip malformed lines instead of refusing them");
  app.add_flag("--json", arguments.json,
               "Print the training record as one JSON object on standard output");
  app.add_option("--history", arguments.history, "Write the losses of each epoch as CSV");
}

}  // namespace obtrain
