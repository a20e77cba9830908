#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "obkit/store/book_line.hpp"
#include "obkit/store/day_file_writer.hpp"
#include "obkit/store/steady_time.hpp"

#include "day_file.hpp"
#include "gap_reasons.hpp"
#include "manifest_finisher.hpp"
#include "recording_place.hpp"
#include "write_tally.hpp"

namespace obkit::store {

/// What a DayFileWriter does: see there.
class DayRecording {
 public:
  DayRecording(DayFileOptions options, std::function<void(const OpenedDayFile&)> opened);
  DayRecording(const DayRecording&) = delete;
  DayRecording& operator=(const DayRecording&) = delete;
  ~DayRecording();

  void write(const OrderBook& book, std::string_view reason);
  void add_frames(std::uint64_t count) { frames_ += count; }
  void sync();
  void check();
  void close();

  [[nodiscard]] const WriteTally& tally() const { return tally_; }
  [[nodiscard]] std::uint64_t clamped() const { return time_.clamped(); }
  [[nodiscard]] std::uint64_t files() const { return files_; }

 private:
  /// Where `work` throws an IoError, all that did not reach the file is lost, and the next book
  /// opens it afresh.
  template <class Work>
  void guard(Work work);

  void append(const OrderBook& book, DateTime time);
  void flush();
  void settle();
  void close_file();
  void open(const OrderBook& book, DateTime time);
  std::optional<std::string> join_on(int date);
  std::optional<std::string> finish(const std::string& earlier);

  DayFileOptions options_;
  std::string symbol_;  ///< as names of files bear it
  std::function<void(const OpenedDayFile&)> opened_;
  RecordingPlace place_;
  std::optional<DayFile> file_;
  int date_ = 0;  ///< of the file, or of the last one
  SteadyTime time_;
  BookLineWriter lines_;
  std::string buffer_;  ///< lines for the file
  GapReasons broken_;   ///< why the next book will bear a gap
  WriteTally tally_;
  std::uint64_t files_ = 0;
  std::uint64_t frames_ = 0;  ///< that no manifest has yet
  ManifestFinisher finisher_;
};

}  // namespace obkit::store
