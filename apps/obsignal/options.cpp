#include "obsignal/options.hpp"

#include <CLI/CLI.hpp>

#include "obkit/cli/values.hpp"

namespace obkit::obsignal {
namespace {

constexpr const char* examples =
    "Each signal is printed as soon as its book has come, so this tool can stand in a live "
    "pipe.\n\n"
    "Examples:\n"
    "  obsignal --rule imbalance --threshold 0.3 --format text books/XBTUSD_20190823.txt\n"
    "  obsave --replay capture.zst -o - | obsignal --model model.json --threshold 0.3 -";

void add_inputs(CLI::App& app, Options& options) {
  options.inputs = {"-"};
  common::add_book_inputs(app, options);
  app.add_flag("--follow", options.follow,
               "Read a day-file as it grows, and the next days' files after it, until Ctrl-C");
}

void add_strategy(CLI::App& app, Options& options) {
  cli::begin_group(app, cli::model_group);
  auto& strategy = options.strategy;
  app.add_option("--model", strategy.model,
                 "Judge by this model: P(rise) - P(fall). A folder: each book by the newest\n"
                 "that learnt from its past alone")
      ->type_name("FILE|DIR");
  app.add_option("--rule", strategy.rule,
                 "Judge by a rule; 'imbalance': (bids - asks) / (bids + asks) of the volumes")
      ->check(cli::offering({"imbalance"}))
      ->type_name("NAME");
  app.add_option("--levels", strategy.levels, "Levels a side of the rule, nearest to the spread")
      ->check(common::at_least_one)
      ->type_name("K")
      ->default_str("all");
  app.add_option("--threshold", strategy.threshold,
                 "BUY above it, SELL below its negative, else WAIT; 0 to 1")
      ->capture_default_str();
  app.add_flag("--invert", options.invert, "Swap BUY and SELL");
}

void add_output(CLI::App& app, Options& options) {
  cli::begin_group(app, cli::output_group);
  add_output_options(app, options.output, "Where the signals go; '-' is standard output");
  app.add_option("--format", options.format, "json, csv or text")
      ->check(cli::one_of({"json", "csv", "text"}))
      ->capture_default_str();
  app.add_flag("--changes-only", options.changes_only,
               "Only books whose signal differs from the one before, and the first after a gap");
}

}  // namespace

void add_options(CLI::App& app, Options& options) {
  app.footer(examples);
  add_inputs(app, options);
  add_strategy(app, options);
  add_output(app, options);
  add_jobs_option(app, options.jobs, "Threads that read day-files and judge their books");
}

}  // namespace obkit::obsignal
