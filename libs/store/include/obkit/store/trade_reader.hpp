#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "obkit/core/byte_stream.hpp"
#include "obkit/store/input_hashes.hpp"
#include "obkit/store/line_reader.hpp"
#include "obkit/store/trade_line.hpp"

namespace obkit::store {

/// An exchange's trades of one file (`SYMBOL_YYYYMMDD.trades.txt`) or pipe, unpacked already.
class TradeReader {
 public:
  /// `name` is for messages.
  TradeReader(std::unique_ptr<ByteSource> source, std::string name, BadLine bad_line);
  TradeReader(TradeReader&&) noexcept;
  TradeReader& operator=(TradeReader&&) noexcept;
  ~TradeReader();

  /// Reads the next trade(); false at the end. The first one after a skipped line has gap set.
  /// Throws DataError (place, problem) for a malformed line, IoError.
  [[nodiscard]] bool next();
  /// Valid until the next call of next(). Pre: next() returned true.
  [[nodiscard]] const RecordedTrade& trade() const;
  void mark_gap();

  /// Its `books` are trades; none of them is crossed.
  [[nodiscard]] const ReadReport& report() const;
  /// At the end: whether lines behind the last trade were skipped or torn.
  [[nodiscard]] bool lost_lines() const;

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

/// The files of trades that `path` stands for: itself, or of a folder those of `symbol`, as names
/// of files bear it (`/` is `_`), by date. Where `symbol` is empty the folder must have but one.
///
/// Throws IoError for a path that does not exist and for a folder without such a file; UsageError
/// for two symbols, and for a day that is there plain and compressed.
[[nodiscard]] std::vector<std::string> trade_files(const std::string& path,
                                                   const std::string& symbol = {});

/// An exchange's trades of several files in the order given, plain or packed, as one stream.
///
/// The first trade of a file has gap set unless the file before is of the same symbol and of the
/// day before, by their names, and lost nothing at its end. A trade older than the one before is
/// given as it is, and counted in the report.
class TradeStream {
 public:
  /// `inputs`: files or "-", as trade_files() gives them. Each is opened when it is needed.
  /// `hashes` of them, as they are read, may be null.
  TradeStream(std::vector<std::string> inputs, BadLine bad_line, InputHashes* hashes = nullptr);

  // As those of TradeReader; next() throws IoError, too, for a file that cannot be opened.
  [[nodiscard]] bool next();
  [[nodiscard]] const RecordedTrade& trade() const { return reader_->trade(); }
  /// Of all files so far.
  [[nodiscard]] ReadReport report() const;
  /// Index into the inputs of the one that the last trade came from.
  [[nodiscard]] std::size_t input_index() const { return index_; }

 private:
  void finish();

  std::vector<std::string> inputs_;
  BadLine bad_line_;
  InputHashes* hashes_;
  std::size_t opened_ = 0, index_ = 0;
  std::optional<TradeReader> reader_;
  bool is_first_ = false;                  ///< no trade of the open file was read yet
  bool lost_lines_ = false;                ///< behind the last trade of the files before
  std::optional<std::size_t> last_input_;  ///< that had a trade
  Timestamp last_time_;
  ReadReport finished_;
};

}  // namespace obkit::store
