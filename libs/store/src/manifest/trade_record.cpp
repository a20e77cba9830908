#include "manifest/trade_record.hpp"

#include <array>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <mutex>
#include <system_error>
#include <utility>

#include "obkit/core/error.hpp"
#include "obkit/store/input.hpp"
#include "obkit/store/trade_reader.hpp"

#include "bytes/file_handle.hpp"
#include "day_file/day_file_name.hpp"

namespace obkit::store {

namespace {

namespace fs = std::filesystem;

void count(const RecordedTrade& read, TradeRecord& counted) {
  const auto reason = read.gap ? std::optional<std::string>{"not known"} : std::nullopt;
  counted.add(to_date_time(read.trade.time), reason, counted.last, !read.trade.off.empty());
}

/// Two writers, one of books and one of trades, tell one manifest what they know.
std::mutex& mutex_of(const std::string& path) {
  static std::array<std::mutex, 64> mutexes;
  return mutexes.at(std::hash<std::string>{}(path) % mutexes.size());
}

/// Empty where none is there that can be read.
std::optional<Manifest> find_manifest(const std::string& path) {
  std::error_code ignored;
  if (!fs::exists(path, ignored)) return std::nullopt;
  try {
    return read_manifest(path);
  } catch (const Error&) {
    return std::nullopt;
  }
}

/// Counts what the file holds behind the record's bytes; whether all of it was good.
bool catch_up(const FileHandle& file, TradeRecord& record) {
  const std::uint64_t size = file.size();
  if (record.bytes > size) return false;
  const TradeScan scan =
      scan_trades(decompressed(open_range(file, record.bytes, size), file.path()), file.path(),
                  date_of_trade_file(file.path()), record);
  record.bytes = size;
  return !scan.damage && !scan.report.torn && scan.report.skipped == 0;
}

}  // namespace

TradeScan scan_trades(std::unique_ptr<ByteSource> source, const std::string& name, int date,
                      TradeRecord& counted) {
  TradeScan scan;
  TradeReader reader{std::move(source), name, BadLine::skip};
  try {
    while (reader.next()) {
      if (to_date_time(reader.trade().trade.time).date != date) ++scan.other_dates;
      count(reader.trade(), counted);
    }
  } catch (const DataError& error) {
    scan.damage = error.what();
  }
  scan.report = reader.report();
  return scan;
}

ContinuedTrades continue_trades(const std::string& file) {
  ContinuedTrades taken;
  const std::string name = fs::path{file}.filename(), path = manifest_path(file);
  const FileHandle handle{file, FileHandle::Access::read};
  const auto manifest = find_manifest(path);
  if (manifest && manifest->trades && manifest->trades->file == name) {
    taken.record = *manifest->trades;
    taken.record.sha256.reset();
    if (catch_up(handle, taken.record)) return taken;
    taken.note = path + ": it does not fit the trades; they were counted anew";
  }
  taken.record = {};
  taken.record.file = name;
  catch_up(handle, taken.record);
  return taken;
}

void replace_trades(const std::string& file, const TradeRecord& trades, const Manifest& base) {
  const std::string path = manifest_path(file);
  const std::lock_guard lock{mutex_of(path)};
  Manifest manifest = find_manifest(path).value_or(base);
  manifest.trades = trades;
  if (base.origin.instrument != InstrumentTerms{})
    manifest.origin.instrument = base.origin.instrument;
  write_manifest(path, manifest);
}

void finish_trades(const std::string& file, TradeRecord trades, const Manifest& base) {
  const bool is_as_written = FileHandle{file, FileHandle::Access::read}.size() == trades.bytes;
  if (!trades.sha256 || !is_as_written) trades.sha256 = sha256_of_file(file);
  replace_trades(file, trades, base);
}

void replace_books(const std::string& path, Manifest manifest) {
  const std::lock_guard lock{mutex_of(path)};
  if (auto before = find_manifest(path); before && before->trades)
    manifest.trades = std::move(before->trades);
  write_manifest(path, manifest);
}

}  // namespace obkit::store
