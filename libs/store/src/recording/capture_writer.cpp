#include "obkit/store/capture_writer.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "obkit/core/error.hpp"
#include "obkit/core/giant.hpp"
#include "obkit/store/capture_reader.hpp"
#include "obkit/store/day_file_writer.hpp"
#include "obkit/store/input.hpp"

#include "bytes/file_handle.hpp"
#include "day_file/day_file_name.hpp"
#include "manifest/day_manifest.hpp"
#include "recording/line_store.hpp"
#include "recording/recording_folder.hpp"

namespace obkit::store {

namespace {

bool is_capture_line(std::string_view line) {
  CaptureReader reader{std::make_unique<ViewSource>(line), "last line"};
  try {
    const auto read = reader.next();
    return read && (read->is_disconnect() || read->received);
  } catch (const DataError&) {
    return false;
  }
}

}  // namespace

class CaptureWriter::Implementation {
 public:
  Implementation(CaptureOptions options, std::function<void(const OpenedCapture&)> opened)
      : options_{std::move(options)},
        name_{name_of_symbol(options_.symbol)},
        opened_{std::move(opened)},
        place_{options_.folder, name_ + ".capture", options_.lock_holder, options_.pool.get()} {}
  Implementation(const Implementation&) = delete;
  Implementation& operator=(const Implementation&) = delete;
  ~Implementation() {
    try {
      close();
    } catch (const IoError&) {  // NOLINT(bugprone-empty-catch): only close() can tell
    }
  }

  void write(Timestamp received, std::string_view frame) {
    tally_.take();
    guard([&] {
      const int date = std::max(date_, to_date_time(received).date);
      if (!file_ || (date != date_ && may_part_before(received))) open(date);
      append(received, frame);
      last_ = received;
    });
  }

  void disconnect() {
    if (file_ && std::exchange(connected_, false)) guard([&] { file_->write("\n"); });
  }

  void sync() {
    disk_.wait();
    begin_sync();
    disk_.wait();
    guard([&] { disk_.check_file(); });
  }

  void begin_sync() {
    guard([&] { disk_.check_file(); });
    if (!file_) return;
    guard([&] {
      file_->check();
      settle();
    });
    if (!disk_.is_busy()) disk_.sync(file_->path(), std::nullopt);
  }

  void check() {
    if (file_) guard([&] { file_->check(); });
  }

  void close() {
    if (file_) guard([&] { close_file(); });
    disk_.wait();
    guard([&] { disk_.check_file(); });
  }

  [[nodiscard]] const WriteTally& tally() const { return tally_; }

 private:
  /// Where `work` throws, all that did not reach the file is lost, and it is opened afresh.
  template <class Work>
  void guard(Work work) {
    const auto work_and_confirm = [&] {
      work();
      if (!file_ || !file_->holds_back()) tally_.confirm();
    };
    tally_.guard(work_and_confirm, [this](const IoError&) { file_.reset(); });
  }

  /// Whether readers join what is in two files here as if it were in one.
  [[nodiscard]] bool may_part_before(Timestamp received) const {
    return !connected_ || follows_closely(received, last_);
  }

  void append(Timestamp received, std::string_view frame) {
    empty_for_next(line_);
    line_ = frame.empty() ? " " : frame;
    std::replace(line_.begin(), line_.end(), '\n', ' ');
    std::replace(line_.begin(), line_.end(), '\r', ' ');
    line_.insert(0, format_iso(received, 9) + " ");
    line_ += '\n';
    file_->write(line_);
    connected_ = true;
    tally_.pass_on();
  }

  void settle() {
    file_->hand_over();
    tally_.confirm();
  }

  void close_file() {
    settle();
    const std::string path = file_->path();
    file_->close();
    file_.reset();
    disk_.sync(path, std::nullopt);
  }

  void open(int date) {
    if (file_) close_file();
    place_.prepare();
    const std::string path = place_.path_of(name_ + "_" + std::to_string(date) + ".capture.zst");
    file_ = open_line_store(path, Form::zstd, is_capture_line,
                            options_.pool ? &options_.pool->implementation().files() : nullptr);
    disk_.sync(path, std::nullopt, DiskWork::Entry::is_new);
    if (!options_.pool) disk_.wait();
    date_ = date;
    connected_ = false;
    const auto& last = file_->last_line();
    // Whatever connection was captured before, it is not this one.
    if (last && !last->empty()) file_->write("\n");
    if (opened_)
      opened_({.path = path, .had_lines = last.has_value(), .cut_bytes = file_->cut_bytes()});
  }

  CaptureOptions options_;
  std::string name_;
  std::function<void(const OpenedCapture&)> opened_;
  RecordingFolder place_;
  std::unique_ptr<LineStore> file_;
  int date_ = 0;
  Timestamp last_;          ///< frame's receive time
  bool connected_ = false;  ///< the last line is a frame
  std::string line_;
  WriteTally tally_;  ///< of frames
  DiskWork disk_{options_.pool.get()};
};

CaptureWriter::CaptureWriter(CaptureOptions options,
                             std::function<void(const OpenedCapture&)> opened)
    : implementation_{std::make_unique<Implementation>(std::move(options), std::move(opened))} {}
CaptureWriter::CaptureWriter(CaptureWriter&&) noexcept = default;
CaptureWriter& CaptureWriter::operator=(CaptureWriter&&) noexcept = default;
CaptureWriter::~CaptureWriter() = default;

void CaptureWriter::write(Timestamp received, std::string_view frame) {
  implementation_->write(received, frame);
}
void CaptureWriter::disconnect() { implementation_->disconnect(); }
void CaptureWriter::sync() { implementation_->sync(); }
void CaptureWriter::begin_sync() { implementation_->begin_sync(); }
void CaptureWriter::check() { implementation_->check(); }
void CaptureWriter::close() { implementation_->close(); }
std::uint64_t CaptureWriter::frames() const { return implementation_->tally().kept(); }
std::uint64_t CaptureWriter::lost() const { return implementation_->tally().lost(); }

}  // namespace obkit::store
