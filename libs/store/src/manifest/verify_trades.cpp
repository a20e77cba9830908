#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "obkit/core/number.hpp"
#include "obkit/store/input.hpp"

#include "bytes/sha256.hpp"
#include "day_file/day_file_name.hpp"
#include "manifest/trade_record.hpp"
#include "manifest/verify_parts.hpp"

namespace obkit::store {

namespace {

/// What the file itself tells.
struct ReadTrades {
  TradeRecord counted;
  TradeScan scan;
  std::string sha256;  ///< empty where not all of the file could be read
};

ReadTrades read_trades(const std::string& path) {
  ReadTrades read;
  Sha256 hash;
  auto source = decompressed(hashed(open_source(path), hash, read.counted.bytes), path);
  read.scan = scan_trades(std::move(source), path, date_of_trade_file(path), read.counted);
  if (!read.scan.damage) read.sha256 = hash.hex();
  return read;
}

void check_lines(const TradeScan& scan, DayReport& report) {
  const auto problem = [&](std::string text) { report.problems.push_back(std::move(text)); };
  if (scan.damage) problem(*scan.damage);
  if (scan.report.skipped > 0)
    problem(counted(scan.report.skipped, "malformed line") +
            ", the first: " + scan.report.first_skipped);
  if (scan.other_dates > 0) problem(counted(scan.other_dates, "trade") + " of another day");
  if (scan.report.time_went_back > 0)
    problem(counted(scan.report.time_went_back, "trade") + " older than the one before");
  if (scan.report.books == 0 && !scan.damage) report.notes.emplace_back("it holds no trade");
}

void check_record(const TradeRecord& said, const ReadTrades& read, DayReport& report) {
  const TradeRecord& found = read.counted;
  const auto problem = [&](std::string text) { report.problems.push_back(std::move(text)); };
  if (const std::string name = std::filesystem::path{report.path}.filename(); said.file != name)
    problem("the manifest is of the trades in " + said.file);
  const ComparedFile file{.said = said,
                          .found = found,
                          .lines = "trade",
                          .sha256 = read.sha256,
                          .is_closed = said.sha256.has_value()};
  if (!compare_bytes(file, report)) return;
  if (said.trades != found.trades) problem(count_problem("trade", said.trades, found.trades));
  if (said.off_book != found.off_book)
    problem(count_problem("trade off the book", said.off_book, found.off_book));
  compare_figures(file, report);
}

}  // namespace

DayReport verify_trades(const std::string& path) {
  DayReport report;
  report.path = path;
  report.of_trades = true;
  report.symbol = symbol_of_trade_file(path);
  report.date = date_of_trade_file(path);
  const ReadTrades read = read_trades(path);
  report.books = read.counted.trades;
  report.gaps = read.counted.gap_count();
  report.first = read.counted.first;
  report.last = read.counted.last;
  report.gap_list = read.counted.gaps;
  const auto manifest = manifest_of(report);
  const TradeRecord* const said = manifest && manifest->trades ? &*manifest->trades : nullptr;
  if (manifest) report.symbol = manifest->symbol;
  if (manifest && file_safe(manifest->symbol) != symbol_of_trade_file(path))
    report.problems.push_back("the manifest is of the symbol " + manifest->symbol);
  if (manifest && said == nullptr)
    report.problems.emplace_back("the manifest says nothing of these trades");
  check_twin(report);
  check_lines(read.scan, report);
  tell_of_end(torn_bytes(path), read.scan.report.torn, said != nullptr && !said->sha256, report);
  if (said != nullptr) check_record(*said, read, report);
  return report;
}

}  // namespace obkit::store
