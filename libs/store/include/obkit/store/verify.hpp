#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "obkit/core/order_book.hpp"
#include "obkit/store/manifest.hpp"

namespace obkit::store {

/// What a day-file turned out to be, or a file of trades, of which nothing is said of covering,
/// checks and crossing; its `books` are trades.
struct DayReport {
  std::string path;        ///< of the file, or of a manifest that stands alone
  bool of_trades = false;  ///< it is a file of trades
  std::string symbol;      ///< as the manifest has it, else as the file's name does
  int date = 0;
  std::uint64_t books = 0;
  std::uint64_t gaps = 0;               ///< books that bear a gap, and a declared one at the end
  std::uint64_t crossed = 0;            ///< books with best bid >= best ask
  double covered = 0;                   ///< share of the day, 0 to 1, as Manifest has it
  std::optional<double> verified = {};  ///< share of the checks that agreed; empty: no check
  Verification checks = {};             ///< as the manifest has them
  std::optional<DateTime> first = {}, last = {};  ///< of the books
  /// As the manifest tells them, or as they were found where it tells fewer; bounded as there.
  std::vector<ManifestGap> gap_list = {};
  std::vector<std::string> problems = {};  ///< what is wrong, a line each
  std::vector<std::string> notes = {};     ///< what is worth to know, but not wrong
};

/// The day-files that `paths` stand for: files as they are given, of a folder all of them by symbol
/// and date, each with its trades behind it, and manifests whose day-file is missing. Throws
/// IoError for a path that does not exist.
[[nodiscard]] std::vector<std::string> days_of(std::span<const std::string> paths);

/// Hears of each book of a day, in order. Valid during the call alone.
using BookObserver = std::function<void(const OrderBook&)>;

class EarlierDayFiles;

/// Verifies days, and remembers of their folders which days stand there. Any number of threads may
/// use one.
class Verifier {
 public:
  /// `crossing_pools` join several pools and must outlive it.
  explicit Verifier(std::span<const std::string_view> crossing_pools = {});
  ~Verifier();

  /// Reads a day-file, a file of trades, or a manifest that stands alone, and compares all that can
  /// be compared: whether each line is a book of the file's day and depth, order of times, crossing
  /// (a problem where the manifest names a pool, but for `crossing_pools`), a torn end, and the
  /// manifest's hash and figures. An open manifest of a file that went on is a note: a recorder
  /// writes it or was killed. Flat memory but for the names in the folders. Throws IoError where
  /// the file cannot be read.
  [[nodiscard]] DayReport verify(const std::string& path, const BookObserver& observer = {});

 private:
  std::span<const std::string_view> crossing_pools_;
  std::mutex mutex_;  ///< of those below
  std::unique_ptr<EarlierDayFiles> earlier_;
};

/// Verifies one day. Any number of threads.
[[nodiscard]] DayReport verify_day(const std::string& path,
                                   std::span<const std::string_view> crossing_pools = {});

}  // namespace obkit::store
