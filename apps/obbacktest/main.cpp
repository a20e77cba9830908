#include <memory>
#include <string>

#include <spdlog/spdlog.h>

#include "obkit/backtest/backtest.hpp"
#include "obkit/backtest/trade_text.hpp"
#include "obkit/cli/tool.hpp"
#include "obkit/core/error.hpp"

#include "../judged_books.hpp"
#include "summary.hpp"

namespace {

namespace backtest = obkit::backtest;
using judged_books::JudgedBooks;

constexpr const char* examples =
    "Always in the market from the first signal on: an opposite signal reverses. The last book, "
    "and\n"
    "the last before a gap, close what is open.\n\n"
    "Examples:\n"
    "  obbacktest books/XBTUSD_20190823.txt --model model.json --threshold 0.3 > trades.jsonl\n"
    "  obbacktest books --rule imbalance --contract inverse --size 100 --taker-fee-bps 5";

struct Options {
  judged_books::Options books;
  backtest::Options backtest;
  std::string fill = "taker", contract = "linear", format = "json";
  std::string summary_path;  ///< empty for none
  obkit::cli::OutputOptions output;
};

void add_options(CLI::App& app, Options& options) {
  app.add_option("input", options.books.inputs,
                 "Day-files, folders of them, '-' for standard input")
      ->required();
  add_options(app, options.books);
  auto& backtest = options.backtest;
  app.add_option(
         "--fill", options.fill,
         "taker: crosses the spread, walks the levels; touch: own side's best price at once")
      ->check(CLI::IsMember({"taker", "touch"}))
      ->capture_default_str();
  app.add_option("--contract", options.contract,
                 "linear: profit in quote currency; inverse: size in USD, profit in coin")
      ->check(CLI::IsMember({"linear", "inverse"}))
      ->capture_default_str();
  app.add_option("--size", backtest.size, "Size of each trade, in the unit of the volumes")
      ->capture_default_str();
  app.add_option("--maker-fee-bps", backtest.maker_fee_bps,
                 "Basis points a side that --fill touch pays; negative: rebate")
      ->capture_default_str();
  app.add_option("--taker-fee-bps", backtest.taker_fee_bps,
                 "Basis points a side that --fill taker pays")
      ->capture_default_str();
  app.add_option("--format", options.format, "json, csv or table")
      ->check(CLI::IsMember({"json", "csv", "table"}))
      ->capture_default_str();
  app.add_option("--summary", options.summary_path,
                 "Write the summary as one JSON object to a file");
  add_output_options(app, options.output, "Where the trades go; '-' is standard output");
}

std::string header(const std::string& format, backtest::Contract contract) {
  if (format == "csv") return backtest::csv_header(contract);
  return format == "table" ? backtest::table_header(contract) : "";
}

void append_line(std::string& out, const backtest::Trade& trade, const std::string& format,
                 backtest::Contract contract) {
  if (format == "csv") return append_csv_line(out, trade);
  if (format == "table") return append_table_line(out, trade, contract);
  append_json_line(out, trade);
}

obbacktest::Report trade_on(JudgedBooks& books, const Options& options, obkit::ByteSink& sink) {
  const auto contract = options.backtest.contract;
  std::string line = header(options.format, contract);
  sink.write(line);
  const auto print = [&](std::size_t, const backtest::Trade& trade) {
    line.clear();
    append_line(line, trade, options.format, contract);
    sink.write(line);
  };
  backtest::Backtest engine{{.options = options.backtest}, {.trade = print}};
  while (books.next()) engine.push(books.book(), books.verdict().signal);
  engine.finish();
  return {.strategy = options.books.strategy,
          .invert = options.books.invert,
          .options = options.backtest,
          .summary = engine.summary(),
          .in_sample_books = books.in_sample_books(),
          .skipped_lines = books.skipped_lines()};
}

void run(Options options) {
  options.backtest.fill =
      options.fill == "taker" ? backtest::FillRule::taker : backtest::FillRule::touch;
  options.backtest.contract =
      options.contract == "linear" ? backtest::Contract::linear : backtest::Contract::inverse;
  check(options.backtest);
  const std::string& path = options.summary_path;
  const obkit::Existing existing = options.output.existing();
  if (path == options.output.path)
    throw obkit::UsageError{"--summary and --out are the same: " + path};
  if (!path.empty()) obkit::check_sink(path, existing);

  JudgedBooks books{options.books};
  const auto sink = obkit::open_sink(options.output.path, existing);
  const obbacktest::Report report = trade_on(books, options, *sink);
  sink->close();
  if (!path.empty()) {
    const auto summary = obkit::open_sink(path, existing);
    summary->write(summary_json(report));
    summary->close();
  }
  log_summary(report);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Trade on the signals of past order books, costs included", "obbacktest"};
  app.footer(examples);
  Options options;
  add_options(app, options);
  return obkit::cli::run_tool(app, argc, argv, [&] { run(options); });
}
