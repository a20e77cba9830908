#include <cstdint>
#include <memory>
#include <string>

#include <spdlog/spdlog.h>

#include "obkit/cli/tool.hpp"
#include "obkit/core/error.hpp"
#include "obkit/core/number.hpp"
#include "obkit/signals/signal_line.hpp"

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

void print_signals(JudgedBooks& books, const std::string& format, obkit::ByteSink& sink) {
  const AppendLine append_line = line_writer(format);
  if (format == "csv") sink.write(obkit::signals::csv_header());
  Counts counts;
  for (std::string line; books.next(); line.clear()) {
    append_line(line, books.book().time, books.verdict());
    sink.write(line);
    counts.add(books.verdict().signal);
  }
  sink.close();
  counts.tell();
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Turn order books into BUY, SELL and WAIT, one line a book", "obsignal"};
  app.footer(examples);
  judged_books::Options options;
  obkit::cli::OutputOptions output;
  std::string format = "json";
  app.add_option("input", options.inputs, "Day-files, folders of them, '-' for standard input")
      ->capture_default_str();
  add_options(app, options);
  app.add_option("--format", format, "json, csv or text")
      ->check(CLI::IsMember({"json", "csv", "text"}))
      ->capture_default_str();
  add_output_options(app, output, "Where the signals go; '-' is standard output");

  return obkit::cli::run_tool(app, argc, argv, [&] {
    std::unique_ptr<obkit::ByteSink> sink;
    JudgedBooks books{options, [&] { sink->flush(); }};
    sink = obkit::open_sink(output.path, output.existing());
    try {
      print_signals(books, format, *sink);
    } catch (const obkit::DataError&) {
      sink->flush();  // the signals before a bad book were good
      throw;
    }
  });
}
