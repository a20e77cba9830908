#include "obkit/store/trade_file_writer.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include "obkit/core/error.hpp"
#include "obkit/store/book_line.hpp"
#include "obkit/store/trade_reader.hpp"

#include "day_file/day_file_name.hpp"
#include "manifest/day_manifest.hpp"
#include "manifest/trade_record.hpp"
#include "recording/gap_reasons.hpp"
#include "recording/line_store.hpp"
#include "recording/recording_folder.hpp"

namespace obkit::store {

namespace {

/// The trade of a line of `path`; empty when it holds none.
std::optional<RecordedTrade> trade_of(std::string_view line, const std::string& path) {
  TradeReader reader{std::make_unique<ViewSource>(line), path, BadLine::skip};
  return reader.next() ? std::optional{reader.trade()} : std::nullopt;
}

std::unique_ptr<LineStore> open_store(const std::string& path, Form form, OpenFiles* pool) {
  const auto is_whole = [&](std::string_view line) { return trade_of(line, path).has_value(); };
  return open_line_store(path, form, is_whole, pool);
}

/// As a line holds it.
Timestamp cut(Timestamp time) { return std::chrono::floor<std::chrono::microseconds>(time); }

}  // namespace

/// What a TradeFileWriter does: see there.
class TradeFileWriter::Implementation {
 public:
  Implementation(DayFileOptions options, std::function<void(const OpenedDayFile&)> opened)
      : options_{std::move(options)},
        symbol_{name_of_symbol(options_.symbol)},
        opened_{std::move(opened)},
        place_{options_.folder, symbol_ + ".trades", options_.lock_holder, options_.pool.get()} {}
  Implementation(const Implementation&) = delete;
  Implementation& operator=(const Implementation&) = delete;
  ~Implementation() {
    try {
      close();
    } catch (const IoError&) {  // NOLINT(bugprone-empty-catch): only close() can tell
    }
  }

  void write(RecordedTrade trade, std::string_view reason) {
    tally_.take();
    if (trade.gap) broken_.add(reason);
    guard([&] {
      const Timestamp time = time_.next(cut(trade.trade.time));
      if (!file_ || to_date_time(time).date != date_) open(time);
      // Opening may have raised the time to that of the last trade of the file.
      trade.trade.time = time_.next(time);
      append(trade);
      if (options_.flush == Flush::each_line || buffer_.size() > most_buffered) flush();
    });
    broken_.clear();
  }

  void skip(std::string_view reason) {
    tally_.skip();
    broken_.add(reason);
  }

  void lose_end(DateTime until, std::string_view reason) {
    broken_.add(reason);
    if (file_) record_.lose_end(std::min(until, last_moment_of(date_)), *broken_.text());
    changed_ = true;
  }

  void add(const SequenceCount& numbers) {
    numbers_.updates += numbers.updates;
    numbers_.breaks += numbers.breaks;
  }

  void sync() {
    disk_.wait();
    hand_to_disk();
    disk_.wait();
    check_disk();
  }

  void begin_sync() {
    hand_to_disk();
    disk_.check_manifests();
  }

  void check() {
    if (file_) guard([&] { file_->check(); });
  }

  void close() {
    if (file_) guard([&] { close_file(); });
    disk_.wait();
    check_disk();
  }

  void set_venue(std::string venue) {
    if (options_.manifest) options_.manifest->venue = std::move(venue);
  }

  void describe(InstrumentTerms terms) {
    if (options_.manifest) options_.manifest->instrument = std::move(terms);
    changed_ = true;
  }

  [[nodiscard]] const WriteTally& tally() const { return tally_; }
  [[nodiscard]] std::uint64_t late() const { return time_.clamped(); }
  [[nodiscard]] std::uint64_t files() const { return files_; }

 private:
  /// Where `work` throws an IoError, all that did not reach the file is lost, and the next trade
  /// opens it afresh.
  template <class Work>
  void guard(Work work) {
    tally_.guard(work, [this](const IoError& error) {
      file_.reset();
      buffer_.clear();
      broken_.add(error);
    });
  }

  void hand_to_disk() {
    guard([&] { disk_.check_file(); });
    if (!file_) return;
    guard([&] {
      file_->check();
      settle();
    });
    if (!disk_.is_busy()) disk_.sync(file_->path(), manifest_work(disk_.lacks_manifest()));
  }

  void check_disk() {
    guard([&] { disk_.check_file(); });
    disk_.check_manifests();
  }

  void append(const RecordedTrade& trade) {
    const bool gap = !broken_.empty();
    append_trade_line(buffer_, {.trade = trade.trade, .recv = trade.recv, .gap = gap});
    const DateTime time = to_date_time(trade.trade.time);
    record_.add(time, broken_.text(), tally_.last(), !trade.trade.off.empty());
    changed_ = true;
    tally_.pass_on(gap, time);
  }

  void flush() {
    file_->write(buffer_);
    buffer_.clear();
    if (!file_->holds_back()) tally_.confirm();
  }

  void settle() {
    flush();
    file_->hand_over();
    tally_.confirm();
  }

  [[nodiscard]] OpenFiles* open_files() const {
    return options_.pool ? &options_.pool->implementation().files() : nullptr;
  }

  /// The manifest as it is where only trades are known of the day.
  [[nodiscard]] Manifest base(const std::string& path) const {
    Manifest manifest;
    if (options_.manifest) manifest.origin = *options_.manifest;
    manifest.symbol = options_.symbol;
    const auto name = parse_trade_file_name(path);
    const Form form = options_.compress == Compress::yes ? Form::zstd : Form::plain;
    if (name)
      manifest.file = file_name_of({.symbol = name->symbol, .date = std::stoi(name->date)}, form);
    return manifest;
  }

  /// What brings the record to the disk; empty where no manifest is kept, or nothing is new.
  [[nodiscard]] std::function<void()> manifest_work(bool anyway) {
    if (!options_.manifest || (!changed_ && numbers_.updates == 0 && !anyway)) return {};
    return [path = file_->path(), record = up_to_date(), base = base(file_->path())] {
      replace_trades(path, record, base);
    };
  }

  const TradeRecord& up_to_date() {
    record_.bytes = file_->size();
    record_.sequence.updates += numbers_.updates;
    record_.sequence.breaks += numbers_.breaks;
    numbers_ = {};
    changed_ = false;
    return record_;
  }

  void close_file() {
    settle();
    const std::string path = file_->path();
    TradeRecord record = up_to_date();
    file_->close();
    record.sha256 = file_->take_hash();
    file_.reset();
    if (!options_.manifest) return disk_.sync(path, std::nullopt);
    disk_.finish(path, [path, record = std::move(record), base = base(path)] {
      finish_trades(path, record, base);
    });
  }

  void open(Timestamp time) {
    if (file_ && !broken_.empty()) record_.lose_end(last_moment_of(date_), *broken_.text());
    if (file_) close_file();
    const int date = to_date_time(time).date;
    if (date == date_) disk_.wait();  // it may write that day's manifest
    place_.prepare();
    const Form wanted = options_.compress == Compress::yes ? Form::zstd : Form::plain;
    const auto [path, form] = choose_day_file(
        options_.folder, {.symbol = symbol_, .date = date, .extension = trades_extension}, wanted);
    file_ = open_store(path, form, open_files());
    OpenedDayFile found{.path = path,
                        .had_books = file_->last_line().has_value(),
                        .cut_bytes = file_->cut_bytes(),
                        .compressed = form == Form::zstd};
    if (form != wanted)
      found.notes.push_back(path + ": that day is there already in this form, it goes on so");
    take_up_record(path, found);
    if (auto note = join_on(time, date)) found.notes.push_back(std::move(*note));
    disk_.sync(path, manifest_work(true), DiskWork::Entry::is_new);
    if (!options_.pool) disk_.wait();
    if (opened_) opened_(found);
  }

  void take_up_record(const std::string& path, OpenedDayFile& found) {
    record_ = {};
    if (!options_.manifest) return;
    ContinuedTrades taken = continue_trades(path);
    record_ = std::move(taken.record);
    if (taken.note) found.notes.push_back(std::move(*taken.note));
    file_->keep_hash();
  }

  /// How the first trade to come follows what is there; a note about the day before.
  std::optional<std::string> join_on(Timestamp time, int date) {
    const bool first_file = files_ == 0;
    const auto& line = file_->last_line();
    if (const auto last = line ? trade_of(*line, file_->path()) : std::nullopt) {
      check_follows(last->trade.time, time);
      time_.raise_to(last->trade.time);
      tally_.set_last(to_date_time(last->trade.time));
    }
    if (date_ != date) ++files_;
    date_ = date;
    const auto earlier = first_file ? earlier_file(date) : std::nullopt;
    if (broken_.empty() && (line || earlier)) broken_.add("restart");
    return earlier && options_.manifest ? finish(*earlier) : std::nullopt;
  }

  [[nodiscard]] std::optional<std::string> earlier_file(int date) const {
    if (!options_.pool) return earlier_day_file(options_.folder, symbol_, date, DayKind::trades);
    return options_.pool->implementation().earlier_day_files().find(options_.folder, symbol_, date,
                                                                    DayKind::trades);
  }

  void check_follows(Timestamp last, Timestamp time) const {
    const auto refuse = [&](const std::string& problem) {
      throw IoError{IoError::During::create, file_->path(), problem};
    };
    if (to_date_time(last).date != date_of_trade_file(file_->path()))
      refuse("its last trade is of another day");
    if (time < last && options_.overlap == Overlap::refuse)
      refuse("it holds trades up to " + format_iso(last, 6) + " already");
  }

  /// Heals a day that a killed recorder left behind, and finishes its part of the manifest; why it
  /// cannot be.
  std::optional<std::string> finish(const std::string& earlier) {
    try {
      const Manifest left = read_manifest(manifest_path(earlier));
      if (left.trades && left.trades->sha256) return std::nullopt;
      open_store(earlier, form_of(earlier), open_files())->close();
      ContinuedTrades taken = continue_trades(earlier);
      disk_.finish(earlier, [earlier, record = std::move(taken.record), left] {
        finish_trades(earlier, record, left);
      });
      return taken.note;
    } catch (const DataError& error) {
      return error.what();
    } catch (const IoError& error) {  // without a manifest there is nothing to finish
      return error.error_number() == ENOENT ? std::nullopt
                                            : std::optional<std::string>{error.what()};
    }
  }

  DayFileOptions options_;
  std::string symbol_;  ///< as names of files bear it
  std::function<void(const OpenedDayFile&)> opened_;
  RecordingFolder place_;
  std::unique_ptr<LineStore> file_;
  TradeRecord record_;    ///< of the file
  bool changed_ = false;  ///< since it was given to the disk
  int date_ = 0;          ///< of the file, or of the last one
  SteadyTimeOf<Timestamp> time_;
  std::string buffer_;  ///< lines for the file
  GapReasons broken_;   ///< why the next trade will bear a gap
  WriteTally tally_;
  std::uint64_t files_ = 0;
  SequenceCount numbers_;  ///< that no manifest has yet
  DiskWork disk_{options_.pool.get()};
};

TradeFileWriter::TradeFileWriter(DayFileOptions options,
                                 std::function<void(const OpenedDayFile&)> opened)
    : implementation_{std::make_unique<Implementation>(std::move(options), std::move(opened))} {}
TradeFileWriter::TradeFileWriter(TradeFileWriter&&) noexcept = default;
TradeFileWriter& TradeFileWriter::operator=(TradeFileWriter&&) noexcept = default;
TradeFileWriter::~TradeFileWriter() = default;

void TradeFileWriter::set_venue(std::string venue) { implementation_->set_venue(std::move(venue)); }
void TradeFileWriter::describe(InstrumentTerms terms) {
  implementation_->describe(std::move(terms));
}
void TradeFileWriter::write(const RecordedTrade& trade, std::string_view reason) {
  implementation_->write(trade, reason);
}
void TradeFileWriter::skip(std::string_view reason) { implementation_->skip(reason); }
void TradeFileWriter::lose_end(DateTime until, std::string_view reason) {
  implementation_->lose_end(until, reason);
}
void TradeFileWriter::add(const SequenceCount& numbers) { implementation_->add(numbers); }
void TradeFileWriter::sync() { implementation_->sync(); }
void TradeFileWriter::begin_sync() { implementation_->begin_sync(); }
void TradeFileWriter::check() { implementation_->check(); }
void TradeFileWriter::close() { implementation_->close(); }
std::uint64_t TradeFileWriter::trades() const { return implementation_->tally().kept(); }
std::uint64_t TradeFileWriter::lost() const { return implementation_->tally().lost(); }
std::uint64_t TradeFileWriter::gaps() const { return implementation_->tally().gaps(); }
std::uint64_t TradeFileWriter::late() const { return implementation_->late(); }
std::uint64_t TradeFileWriter::files() const { return implementation_->files(); }

}  // namespace obkit::store
