#include <csignal>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

#include <spdlog/spdlog.h>
#include <unistd.h>

#include "obkit/cli/termination.hpp"
#include "obkit/cli/tool.hpp"
#include "obkit/core/error.hpp"
#include "obkit/core/number.hpp"
#include "obkit/signals/strategy.hpp"

#include "../judged_books.hpp"

namespace {

using judged_books::JudgedBooks;
using obkit::Signal;

constexpr const char* examples =
    "Each signal is printed as soon as its book has come, so this tool can stand in a live "
    "pipe.\n\n"
    "Examples:\n"
    "  obsignal --rule imbalance --threshold 0.3 --format text books/XBTUSD_20190823.txt\n"
    "  obsave --replay capture.zst -o - | obsignal --model model.json --threshold 0.3 -";

using AppendLine = void (*)(std::string&, obkit::DateTime, const obkit::signals::Verdict&);

AppendLine line_writer(const std::string& format) {
  if (format == "csv") return obkit::signals::append_csv_line;
  return format == "text" ? obkit::signals::append_text_line : obkit::signals::append_json_line;
}

/// How often each signal was given.
class Counts {
 public:
  void add(Signal signal) {
    if (signal == Signal::wait)
      ++wait_;
    else
      ++(signal == Signal::buy ? buy_ : sell_);
  }
  void tell() const {
    const std::string books = obkit::counted(buy_ + sell_ + wait_, "book");
    spdlog::info("{}: {} BUY, {} SELL, {} WAIT", books, buy_, sell_, wait_);
  }

 private:
  std::uint64_t buy_ = 0, sell_ = 0, wait_ = 0;
};

/// What is printed of the books.
enum class Lines { all, changes };

/// Whether a line tells something new: another signal, or, after a gap, that what was told before
/// it holds no longer.
class ChangeFilter {
 public:
  [[nodiscard]] bool is_new(const obkit::OrderBook& book, Signal signal) {
    return std::exchange(before_, signal) != signal || book.gap;
  }

 private:
  std::optional<Signal> before_;
};

struct PrintOptions {
  std::string format = "json";
  Lines lines = Lines::all;
};

void print_signals(JudgedBooks& books, const PrintOptions& options, obkit::ByteSink& sink) {
  const AppendLine append_line = line_writer(options.format);
  if (options.format == "csv") sink.write(obkit::signals::csv_header());
  Counts counts;
  ChangeFilter filter;
  std::string line;
  books.for_each([&](const obkit::OrderBook& book, const obkit::signals::Verdict& verdict) {
    counts.add(verdict.signal);
    if (options.lines == Lines::changes && !filter.is_new(book, verdict.signal)) return;
    line.clear();
    append_line(line, book.time, verdict);
    sink.write(line);
  });
  sink.close();
  counts.tell();
}

void run(const judged_books::Options& options, const obkit::cli::OutputOptions& output,
         const PrintOptions& print) {
  std::unique_ptr<obkit::ByteSink> sink;
  JudgedBooks books{options, [&] { sink->flush(); }};
  sink = obkit::open_sink(output.path, output.existing());
  try {
    print_signals(books, print, *sink);
  } catch (const obkit::DataError&) {
    sink->flush();  // the signals before a bad book were good
    throw;
  }
}

/// As run(), until SIGINT or SIGTERM, or until nobody reads the signals any more.
void run_followed(judged_books::Options options, const obkit::cli::OutputOptions& output,
                  const PrintOptions& print) {
  std::stop_source stop;
  const obkit::cli::TerminationWatch watch{[&] {
    if (!stop.request_stop()) obkit::cli::die_of(SIGTERM);  // told twice: it hangs on a full pipe
  }};
  options.follow = obkit::store::FollowOptions{.stop = stop.get_token()};
  if (output.path == "-") options.follow->pipe = STDOUT_FILENO;
  run(options, output, print);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Turn order books into BUY, SELL and WAIT, one line a book", "obsignal"};
  app.footer(examples);
  judged_books::Options options;
  obkit::cli::OutputOptions output;
  PrintOptions print;
  bool follow = false, changes_only = false;
  app.add_option("input", options.inputs, "Day-files, folders of them, '-' for standard input")
      ->capture_default_str();
  add_options(app, options);
  app.add_flag("--follow", follow,
               "Read a day-file as it grows, and the next days' files after it, until Ctrl-C");
  app.add_option("--format", print.format, "json, csv or text")
      ->check(CLI::IsMember({"json", "csv", "text"}))
      ->capture_default_str();
  app.add_flag("--changes-only", changes_only,
               "Only books whose signal differs from the one before, and the first after a gap");
  add_output_options(app, output, "Where the signals go; '-' is standard output");

  return obkit::cli::run_tool(app, argc, argv, [&] {
    print.lines = changes_only ? Lines::changes : Lines::all;
    return follow ? run_followed(options, output, print) : run(options, output, print);
  });
}
