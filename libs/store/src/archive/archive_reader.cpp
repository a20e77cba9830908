#include "obkit/store/archive_reader.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>

#include <simdjson.h>

#include "obkit/core/error.hpp"
#include "obkit/store/input.hpp"
#include "obkit/store/json_line.hpp"

#include "archive/archive_file.hpp"

namespace obkit::store {

namespace {

/// How the updates of each symbol follow those before, over all files of an archive.
class Continuity {
 public:
  void begin_file() { ++file_; }
  /// Continuity is lost: nothing follows what came before.
  void forget() { symbols_.clear(); }

  /// Whether the updates are changes to a book that stands, yet the files miss what lies between.
  /// Such changes must not be applied.
  [[nodiscard]] bool is_broken_before(const FileEvent& event) const;

  /// Sets `kind` and `continues` of the event's images. Pre: it has updates.
  /// A symbol of another exchange than before is refused: DataError.
  void settle(const FileEvent& event, const ArchiveFile& file);

 private:
  /// A symbol whose book stands: it had an image.
  struct Symbol {
    std::string exchange = {};
    std::size_t file = 0;      ///< that its last message came from, from 1
    Timestamp received = {};   ///< of its last message
    unsigned sides = 0;        ///< that its image has brought so far, a bit each
    bool has_changes = false;  ///< the feed does not send whole books alone
  };

  /// Whether it is a further one of a feed that sends whole books and nothing else.
  static bool is_next_of_whole(const BookUpdate& image, const Symbol& symbol);
  /// An image that brings the one side that the image before it lacks completes that one.
  static void settle_image(BookUpdate& image, Symbol& symbol, bool continues);

  std::size_t file_ = 0;
  std::unordered_map<std::string, Symbol> symbols_;
};

constexpr unsigned both_sides = 3;

unsigned sides_of(const BookUpdate& update) {
  unsigned sides = 0;
  for (const LevelChange& level : update.levels) sides |= 1U << static_cast<unsigned>(level.side);
  return sides;
}

bool has_image(const FileEvent& event) {
  return std::any_of(event.updates.begin(), event.updates.end(), [](const BookUpdate& update) {
    return update.kind == BookUpdate::Kind::image;
  });
}

bool Continuity::is_broken_before(const FileEvent& event) const {
  const BookUpdate& first = event.updates.front();
  if (first.kind == BookUpdate::Kind::image) return false;
  const auto known = symbols_.find(first.symbol);
  return known != symbols_.end() && known->second.file != file_ &&
         !follows_closely(*event.received, known->second.received);
}

void Continuity::settle(const FileEvent& event, const ArchiveFile& file) {
  const std::string& name = event.updates.front().symbol;
  auto known = symbols_.find(name);
  const bool is_new = known == symbols_.end();
  if (is_new && !has_image(event)) return;
  if (is_new && !simdjson::validate_utf8(name.data(), name.size()))
    throw DataError{file.place(), "expected a symbol in UTF-8, found " + shown(name)};
  if (is_new) known = symbols_.emplace(name, Symbol{std::string{event.exchange}}).first;
  Symbol& symbol = known->second;
  if (symbol.exchange != event.exchange)
    throw DataError{file.place(), "expected " + shown(name) + " of " + shown(symbol.exchange) +
                                      " as before, found that of " + shown(event.exchange)};
  const bool follows = !is_new && follows_closely(*event.received, symbol.received);
  const bool whole_images = file.layout() == ArchiveFile::Layout::snapshots;
  for (BookUpdate& update : event.updates) {
    const bool is_first = std::exchange(symbol.file, file_) != file_;
    if (is_first || whole_images) symbol.sides = 0;
    if (update.kind == BookUpdate::Kind::image)
      settle_image(
          update, symbol,
          is_first ? follows : whole_images || (follows && is_next_of_whole(update, symbol)));
    else
      symbol.has_changes = true;
  }
  symbol.received = *event.received;
}

bool Continuity::is_next_of_whole(const BookUpdate& image, const Symbol& symbol) {
  return !symbol.has_changes && symbol.sides == both_sides && sides_of(image) == both_sides;
}

void Continuity::settle_image(BookUpdate& image, Symbol& symbol, bool continues) {
  const unsigned sides = sides_of(image);
  if (symbol.sides != 0 && sides != 0 && (symbol.sides ^ sides) == both_sides) {
    image.kind = BookUpdate::Kind::changes;
    symbol.sides = both_sides;
    return;
  }
  image.continues = continues;
  symbol.sides = sides;
}

}  // namespace

class ArchiveReader::Implementation {
 public:
  Implementation(std::vector<std::string> inputs, Open open, FrameTime frame_time,
                 TradeTables trades)
      : inputs_{std::move(inputs)},
        open_{std::move(open)},
        frame_time_{std::move(frame_time)},
        trades_{trades} {}

  std::optional<ArchiveEvent> next() {
    if (held_) return give(*std::exchange(held_, std::nullopt));
    while (file_ || open_next()) {
      if (auto event = file_->next()) {
        set_time(*event);
        if (!is_broken_before(*event)) return give(*event);
        held_ = event;
        return disconnect();
      }
      close();
    }
    return std::nullopt;
  }

  [[nodiscard]] InputPlace place() const { return file_ ? file_->place() : last_place_; }
  [[nodiscard]] std::size_t inputs_begun() const { return opened_; }
  [[nodiscard]] const std::vector<std::string>& torn() const { return torn_; }
  [[nodiscard]] const std::vector<std::string>& empty() const { return empty_; }

 private:
  using Layout = ArchiveFile::Layout;

  bool open_next() {
    if (opened_ == inputs_.size()) return false;
    const std::string& input = inputs_[opened_++];
    file_ = open_archive_file(input, open_, trades_);
    file_time_.reset();
    continuity_.begin_file();
    is_seam_ = last_received_.has_value();
    has_events_ = false;
    return true;
  }

  /// Of frames whose line has none.
  void set_time(FileEvent& event) {
    if (event.is_disconnect()) return;
    if (!event.received && frame_time_) event.received = frame_time_(event.frame);
    if (!event.received) event.received = file_time_;
    file_time_ = event.received;
  }

  void close() {
    if (file_->torn()) {
      torn_.push_back(*file_->torn());
      reason_ = torn_.back();
    }
    last_place_ = file_->place();
    if (!has_events_ && !file_->torn())
      empty_.push_back(last_place_.name + (file_->layout() == Layout::frames
                                               ? ": nothing is in it"
                                               : ": no row is under its header"));
    file_.reset();
  }

  /// Whether a disconnect belongs before the event; then `reason_` says why.
  bool is_broken_before(const FileEvent& event) {
    if (!event.is_disconnect() && !event.received) return false;  // nothing is known of it
    if (!event.trades.empty()) return false;  // they follow each other, whatever books do
    const bool is_seam = std::exchange(is_seam_, false);
    if (event.is_disconnect()) return false;
    if (!reason_.empty()) return true;
    const bool frames = file_->layout() == Layout::frames;
    bool broken = !frames && continuity_.is_broken_before(event);
    if (is_seam && frames != (last_layout_ == Layout::frames))
      broken = true;
    else if (is_seam && frames)
      broken = !follows_closely(*event.received, *last_received_);
    if (broken) reason_ = place().name + " does not go on where the one before ended";
    return broken;
  }

  ArchiveEvent disconnect() {
    continuity_.forget();
    told_reason_ = std::exchange(reason_, {});
    return {.kind = ArchiveEvent::Kind::disconnect, .text = told_reason_};
  }

  ArchiveEvent give(const FileEvent& event) {
    if (event.is_disconnect()) {
      reason_.clear();
      return disconnect();
    }
    has_events_ = true;
    if (!event.trades.empty()) return give_trades(event);
    if (event.received) last_received_ = event.received;
    last_layout_ = file_->layout();
    if (!event.frame.empty())
      return {.kind = ArchiveEvent::Kind::frame, .text = event.frame, .received = event.received};
    continuity_.settle(event, *file_);
    return {.kind = ArchiveEvent::Kind::updates,
            .updates = event.updates,
            .exchange = event.exchange,
            .received = event.received};
  }

  /// Whole days without a trade are days whose file is missing.
  ArchiveEvent give_trades(const FileEvent& event) {
    auto& last = last_trades_[event.trades.front().symbol];
    const bool is_hole = last && *event.received - *last > std::chrono::days{1};
    last = event.received;
    ArchiveEvent given{.kind = ArchiveEvent::Kind::trades, .received = event.received};
    given.trades = event.trades;
    if (is_hole) given.text = "the archive has a hole";
    return given;
  }

  std::vector<std::string> inputs_;
  Open open_;
  FrameTime frame_time_;
  TradeTables trades_;
  std::unordered_map<std::string, std::optional<Timestamp>> last_trades_;  ///< receipt, by symbol
  std::size_t opened_ = 0;
  std::unique_ptr<ArchiveFile> file_;
  std::optional<FileEvent> held_;  ///< given out behind the disconnect that stands before it
  InputPlace last_place_;          ///< of the file that was closed last
  Continuity continuity_;
  bool is_seam_ = false;  ///< the next event is the first of a file, not of all
  Layout last_layout_ = Layout::frames;
  std::optional<Timestamp> last_received_;
  std::optional<Timestamp> file_time_;  ///< of the frame before, in the same file
  std::string reason_, told_reason_;    ///< of the disconnect that is due, that was given
  bool has_events_ = false;             ///< the file that is open, but for disconnects
  std::vector<std::string> torn_, empty_;
};

ArchiveReader::ArchiveReader(std::vector<std::string> inputs, Open open, FrameTime frame_time,
                             TradeTables trades)
    : implementation_{std::make_unique<Implementation>(std::move(inputs), std::move(open),
                                                       std::move(frame_time), trades)} {}
ArchiveReader::ArchiveReader(ArchiveReader&&) noexcept = default;
ArchiveReader& ArchiveReader::operator=(ArchiveReader&&) noexcept = default;
ArchiveReader::~ArchiveReader() = default;

std::optional<ArchiveEvent> ArchiveReader::next() { return implementation_->next(); }
InputPlace ArchiveReader::place() const { return implementation_->place(); }
std::size_t ArchiveReader::inputs_begun() const { return implementation_->inputs_begun(); }
const std::vector<std::string>& ArchiveReader::torn() const { return implementation_->torn(); }
const std::vector<std::string>& ArchiveReader::empty() const { return implementation_->empty(); }

}  // namespace obkit::store
