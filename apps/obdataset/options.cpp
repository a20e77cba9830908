#include "obdataset/options.hpp"

#include <CLI/CLI.hpp>

#include "obkit/cli/values.hpp"

namespace obkit::obdataset {
namespace {

constexpr const char* examples =
    "A book is a sample when the next book has another mid price: direction 1, it rises; 0, it\n"
    "falls. Other rules: --label.\n\n"
    "Examples:\n"
    "  obdataset books/XBTUSD_20190823.txt      # makes books/Datasets/XBTUSD_20190823.ds\n"
    "  obdataset books -o - | obtrain - -o model.json\n"
    "  obdataset books --label horizon=500ms --flat 1bp -o books.npz";

void add_label_options(CLI::App& app, Options& options) {
  cli::begin_group(app, "Labels");
  app.add_option("--label", options.label,
                 "Which books are samples, and with what they are compared:\n"
                 "next: books before a move; every: each book, the next move;\n"
                 "horizon=N: the mid price N books later; horizon=Nms or Ns: that\n"
                 "much time later; mean=N: the mean of the next N books;\n"
                 "none: each book, without a label")
      ->check(cli::offering({"next", "every", "horizon=", "mean=", "none"}))
      ->type_name("RULE")
      ->capture_default_str();
  app.add_option("--flat", options.flat,
                 "Moves of at most this are direction 2, it stays: 2ticks, 0.5bp")
      ->type_name("BAND");
  app.add_option("--tick", options.tick, "Step of the price, for --flat in ticks: 0.5")
      ->type_name("SIZE");
}

void add_join(CLI::App& app, Options& options) {
  cli::begin_group(app, cli::input_group);
  app.add_option("--join", options.join_seconds,
                 "A file continues the one before when it begins less than this many\n"
                 "seconds later; 0: never")
      ->check(cli::whole_number(0, 1'000'000'000).description(""))
      ->type_name("S")
      ->capture_default_str();
}

}  // namespace

void add_options(CLI::App& app, Options& options) {
  app.footer(examples);
  add_input_options(app, options.input, "INPUT",
                    "Day-files, folders of them, '-' for standard input");
  add_join(app, options);
  add_label_options(app, options);
  cli::begin_group(app, cli::output_group);
  add_output_options(app, options.output,
                     "File for all samples, '-', or folder for a NAME.ds of each input; .zst "
                     "compresses")
      ->type_name("FILE|DIR|-")
      ->default_str("Datasets/NAME.ds beside each input");
  app.add_option("--format", options.format, "ds: JSON lines; npz: arrays for numpy.load")
      ->check(cli::one_of({"ds", "npz"}))
      ->default_str("by the name of the output");
  app.add_flag("--prices", options.prices, "Write the prices of all levels, too: arrays alone");
  app.add_flag("--flow", options.flow,
               "Write what the last books did, too, as 14 numbers: for obtrain --model linear");
  add_jobs_option(app, options.jobs, "Threads that read files");
  app.add_option("--summary", options.summary_path,
                 "Write what was read and made as one JSON object to a file, or '-'")
      ->type_name("FILE");
  add_progress_options(app, options.progress);
}

}  // namespace obkit::obdataset
