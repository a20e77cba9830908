#include <cstdint>

#include "obkit/neural/model.hpp"

#include "settings.hpp"

namespace obtrain {
namespace {

void add_network_options(CLI::App& app, Arguments& arguments) {
  app.add_option("--layers", arguments.layers,
                 "Units of each dense layer; the last is softmax and has a unit for each class "
                 "[100,50,2, or 3 with three classes]");
  app.add_option("--activation", arguments.activation, "Of the layers before the last")
      ->check(CLI::IsMember({"sigmoid", "tanh", "relu", "linear"}))
      ->capture_default_str();
  app.add_option("--initializer", arguments.initializer,
                 "First weights: 'glorot', or 'he', which suits relu")
      ->check(CLI::IsMember({"glorot", "he"}))
      ->capture_default_str();
  app.add_option("--transform", arguments.transform,
                 "Of each volume: 'relative' to the usual one at its level, 'log', 'zscore', "
                 "'share' of the book, or 'none' [relative]")
      ->check(CLI::IsMember({"relative", "none", "log", "zscore", "share"}));
  app.add_option("--level-decay", arguments.level_decay,
                 "Inputs count (1 + k)^-X at distance k from the spread, 0 to 100 [1; 0 with "
                 "--transform none]");
  auto* evidence = app.add_flag_callback(
      "--level-evidence", [&] { arguments.level_evidence = true; },
      "Inputs beyond the best level count as far as the training samples prove that they know more "
      "than that [on with --transform relative]");
  app.add_flag_callback(
         "--no-level-evidence", [&] { arguments.level_evidence = false; },
         "They count by their distance alone")
      ->excludes(evidence);
  app.add_option("--members", arguments.members,
                 "Train so many networks into one model, which foretells their mean")
      ->check(CLI::Range(std::size_t{1}, obkit::neural::Model::max_members))
      ->capture_default_str();
}

void add_optimizer_options(CLI::App& app, Arguments& arguments) {
  app.add_option("--optimizer", arguments.optimizer, "'adam' (AdamW), 'rmsprop' or 'sgd' [adam]")
      ->check(CLI::IsMember({"adam", "rmsprop", "sgd"}));
  app.add_option("--learning-rate", arguments.learning_rate, "Step size of the optimizer")
      ->capture_default_str();
  app.add_option("--momentum", arguments.momentum, "Of sgd, 0 to less than 1 [0]");
  app.add_option("--weight-decay", arguments.weight_decay,
                 "Of adam: a step takes learning rate x X of each weight away [2]");
  app.add_option("--l2", arguments.l2, "Penalty X x (sum of squared weights) in the loss")
      ->capture_default_str();
  app.add_option("--batch", arguments.batch, "Samples a step [64]")
      ->check(CLI::Range(1, 1'000'000));
  app.add_option("--epochs", arguments.epochs, "Rounds over the samples at most [60]")
      ->check(CLI::Range(1, 1'000'000));
  app.add_option("--patience", arguments.patience,
                 "Stop after so many epochs without a better validation loss and keep the best "
                 "weights; 0: never [8]")
      ->check(CLI::Range(0, 1'000'000));
}

void add_sample_options(CLI::App& app, Arguments& arguments) {
  app.add_option("--validation", arguments.validation,
                 "Hold back the last share of the samples in time, or use these datasets, to see "
                 "when to stop; 0: none [0.15]");
  app.add_option("--walk-forward", arguments.walk_forward,
                 "Also train on the past alone of each of K parts of the time that follow each "
                 "other, and report how those were foretold")
      ->check(CLI::Range(1, 1000));
  app.add_option("--test", arguments.test,
                 "Score the finished model once on these datasets, of which training sees nothing");
  app.add_option("--sample-weights", arguments.sample_weights,
                 "'equal', or less for samples that follow each other with the same direction: 1 "
                 "by the length of that 'run', or by its root, 'sqrt-run'")
      ->check(CLI::IsMember({"equal", "sqrt-run", "run"}))
      ->capture_default_str();
  auto* mirror = app.add_flag_callback(
      "--mirror", [&] { arguments.mirror = true; },
      "Learn every book also with bids and asks, falls and rises swapped, and take the mean of "
      "both views [on]");
  app.add_flag_callback(
         "--no-mirror", [&] { arguments.mirror = false; }, "Take books only as they are")
      ->excludes(mirror);
  app.add_flag("--stream", arguments.stream,
               "Keep the samples in a temporary file (TMPDIR) instead of memory, and shuffle "
               "65,536 neighbours at a time: for more than memory holds");
  app.add_flag("--skip-bad", arguments.skip_bad,
               "Count and skip malformed lines instead of refusing them");
}

void add_run_options(CLI::App& app, Arguments& arguments) {
  app.add_option("--seed", arguments.seed, "Of the first weights and of the order of samples")
      ->capture_default_str();
  app.add_flag("--checkpoint", arguments.checkpoint,
               "Keep what --resume needs in MODEL.checkpoint, written after epochs");
  app.add_option("--resume", arguments.resume,
                 "Go on from MODEL.checkpoint as if training had not stopped; samples and options "
                 "must be the same, but for --epochs");
  app.add_flag("--json", arguments.json,
               "Print the training record as one JSON object on standard output");
  app.add_option("--history", arguments.history, "Write the losses of each epoch as CSV");
  add_jobs_option(app, arguments.jobs, "Read inputs, train members and folds on so many threads");
  add_progress_options(app, arguments.progress);
}

}  // namespace

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
  add_network_options(app, arguments);
  add_optimizer_options(app, arguments);
  add_sample_options(app, arguments);
  add_run_options(app, arguments);
}

}  // namespace obtrain
