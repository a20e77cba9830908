#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "obkit/core/time.hpp"
#include "obkit/store/day_file_writer.hpp"
#include "obkit/store/manifest.hpp"
#include "obkit/store/trade_line.hpp"

namespace obkit::store {

/// Writes an exchange's trades of a symbol to files beside its day-files, one a UTC day of the
/// trades' own time: `SYMBOL_YYYYMMDD.trades.txt[.zst]`. The day's manifest describes them.
///
/// The first trade gets a gap where there are trades of that symbol before it, in the same file or
/// in that of an earlier day: the recorder was restarted. So does the first one after trades were
/// lost. What a DayFileWriter says of IoErrors, threads and hashes is true here, too.
class TradeFileWriter {
 public:
  /// Takes a lock of its own, as a DayFileWriter does; of `options` the format says nothing here.
  explicit TradeFileWriter(DayFileOptions options,
                           std::function<void(const OpenedDayFile&)> opened = {});
  TradeFileWriter(TradeFileWriter&&) noexcept;
  TradeFileWriter& operator=(TradeFileWriter&&) noexcept;
  ~TradeFileWriter();

  /// One that is older than the last one in the file gets that one's time: it came too late.
  /// `reason` tells the manifest why it bears a gap, if it does.
  void write(const RecordedTrade& trade, std::string_view reason = {});
  // As those of DayFileWriter.
  void set_venue(std::string venue);
  void describe(InstrumentTerms terms);
  void skip(std::string_view reason);
  void lose_end(DateTime until, std::string_view reason);
  /// Numbers of trades that were held against those before them: for the manifest.
  void add(const SequenceCount& numbers);
  void sync();
  void begin_sync();
  void check();
  void close();

  [[nodiscard]] std::uint64_t trades() const;  ///< written and not lost since
  [[nodiscard]] std::uint64_t lost() const;    ///< that an IoError took
  [[nodiscard]] std::uint64_t gaps() const;    ///< trades written that bear a gap
  [[nodiscard]] std::uint64_t late() const;    ///< trades whose time would have gone back
  [[nodiscard]] std::uint64_t files() const;   ///< days written to

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace obkit::store
