#include "common/book_inputs.hpp"

#include <set>
#include <utility>

#include <CLI/CLI.hpp>
#include <spdlog/spdlog.h>

#include "obkit/cli/values.hpp"
#include "obkit/core/byte_stream.hpp"
#include "obkit/core/error.hpp"
#include "obkit/core/number.hpp"
#include "obkit/store/input.hpp"

namespace obkit::common {
namespace {

std::string joined(const std::set<std::string>& symbols) {
  std::string text;
  for (const auto& symbol : symbols) text += (text.empty() ? "" : ", ") + symbol;
  return text;
}

}  // namespace

void add_book_inputs(CLI::App& app, BookInputs& options) {
  cli::add_input_options(app, options, "INPUT",
                         "Day-files, folders of them, '-' for standard input");
  cli::begin_group(app, cli::input_group);
  app.add_option("-s,--symbol", options.symbol,
                 "Take only day-files of this symbol, where there are several")
      ->type_name("SYMBOL");
  app.add_flag("--allow-in-sample", options.allow_in_sample,
               "Do not warn of books that the model was trained on");
}

std::string at_least_one(const std::string& text) {
  return text.starts_with('-') ? "expected at least 1, found " + text : "";
}

namespace {

std::vector<std::string> files_of_symbol(const BookInputs& options) {
  auto files = store::expand_inputs(options.inputs, store::FileKind::day_file);
  std::set<std::string> symbols;
  for (const auto& file : files) symbols.insert(store::symbol_of_day_file(file));
  symbols.erase("");  // a pipe, or a file of another name
  if (options.symbol.empty()) {
    if (symbols.size() > 1)
      throw UsageError{"books of several symbols: " + joined(symbols) +
                       "; choose one with --symbol"};
    return files;
  }
  std::erase_if(files, [&](const std::string& file) {
    const std::string symbol = store::symbol_of_day_file(file);
    return !symbol.empty() && symbol != options.symbol;
  });
  if (files.empty())
    throw UsageError{"--symbol " + options.symbol + ": the inputs have only " + joined(symbols)};
  return files;
}

}  // namespace

std::vector<std::string> files_of(const BookInputs& options,
                                  const std::vector<cli::NamedFile>& others,
                                  const std::vector<cli::NamedFile>& outputs) {
  auto files = files_of_symbol(options);
  std::vector<cli::NamedFile> inputs;
  for (const auto& file : files) inputs.push_back({"", file});
  cli::refuse_shared_files(inputs, outputs);
  cli::refuse_shared_files(others, outputs);
  if (const auto text = store::days_out_of_order(files, store::FileKind::day_file))
    spdlog::warn("{}", *text);
  return files;
}

std::vector<std::string> several_symbols(const BookInputs& options) {
  if (!options.symbol.empty()) return {};
  std::set<std::string> symbols;
  for (const auto& file : store::expand_inputs(options.inputs, store::FileKind::day_file))
    symbols.insert(store::symbol_of_day_file(file));
  if (symbols.size() < 2 || symbols.contains("")) return {};
  return {symbols.begin(), symbols.end()};
}

std::optional<DataError> no_book(const std::vector<std::string>& inputs,
                                 const store::ReadReport& report) {
  if (report.books > 0) return std::nullopt;
  std::string name = display_name(inputs.front());
  if (inputs.size() > 1) name += " and " + counted(inputs.size() - 1, "further input");
  std::string problem = "no book is there";
  if (report.skipped > 0)
    problem +=
        ", " + counted(report.skipped, "malformed line") + ", the first: " + report.first_skipped;
  if (report.torn) problem += ", " + *report.torn;
  return DataError{{.name = std::move(name)}, problem};
}

void refuse_no_book(const std::vector<std::string>& inputs, const store::ReadReport& report) {
  if (const auto error = no_book(inputs, report)) throw DataError{*error};
}

}  // namespace obkit::common
