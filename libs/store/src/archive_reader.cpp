#include "obkit/store/archive_reader.hpp"

#include <cstddef>
#include <utility>

#include "archive_file.hpp"
#include "continuity.hpp"
#include "seam.hpp"

namespace obkit::store {

class ArchiveReader::Implementation {
 public:
  Implementation(std::vector<std::string> inputs, Open open)
      : inputs_{std::move(inputs)}, open_{std::move(open)} {}

  std::optional<ArchiveEvent> next() {
    if (held_) return give(*std::exchange(held_, std::nullopt));
    while (file_ || open_next()) {
      if (const auto event = file_->next()) {
        if (!is_broken_before(*event)) return give(*event);
        held_ = event;
        return disconnect();
      }
      close();
    }
    return std::nullopt;
  }

  [[nodiscard]] InputPlace place() const { return file_ ? file_->place() : last_place_; }
  [[nodiscard]] const std::vector<std::string>& torn() const { return torn_; }

 private:
  using Layout = ArchiveFile::Layout;

  bool open_next() {
    if (opened_ == inputs_.size()) return false;
    const std::string& input = inputs_[opened_++];
    file_ = open_archive_file(open_(input), display_name(input));
    continuity_.begin_file();
    is_seam_ = last_received_.has_value();
    return true;
  }

  void close() {
    if (file_->torn()) {
      torn_.push_back(*file_->torn());
      reason_ = torn_.back();
    }
    last_place_ = file_->place();
    file_.reset();
  }

  /// Whether a disconnect belongs before the event; then `reason_` says why.
  bool is_broken_before(const FileEvent& event) {
    const bool is_seam = std::exchange(is_seam_, false);
    if (event.is_disconnect()) return false;
    if (!reason_.empty()) return true;
    const bool frames = file_->layout() == Layout::frames;
    bool broken = !frames && continuity_.is_broken_before(event);
    if (is_seam && frames != (last_layout_ == Layout::frames))
      broken = true;
    else if (is_seam && frames)
      broken = !follows_closely(event.received, *last_received_);
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
    last_received_ = event.received;
    last_layout_ = file_->layout();
    if (!event.frame.empty())
      return {.kind = ArchiveEvent::Kind::frame, .text = event.frame, .received = event.received};
    continuity_.settle(event, *file_);
    return {
        .kind = ArchiveEvent::Kind::updates, .updates = event.updates, .received = event.received};
  }

  std::vector<std::string> inputs_;
  Open open_;
  std::size_t opened_ = 0;
  std::unique_ptr<ArchiveFile> file_;
  std::optional<FileEvent> held_;  ///< given out behind the disconnect that stands before it
  InputPlace last_place_;          ///< of the file that was closed last
  Continuity continuity_;
  bool is_seam_ = false;  ///< the next event is the first of a file, not of all
  Layout last_layout_ = Layout::frames;
  std::optional<Timestamp> last_received_;
  std::string reason_, told_reason_;  ///< of the disconnect that is due, that was given
  std::vector<std::string> torn_;
};

ArchiveReader::ArchiveReader(std::vector<std::string> inputs, Open open)
    : implementation_{std::make_unique<Implementation>(std::move(inputs), std::move(open))} {}
ArchiveReader::ArchiveReader(ArchiveReader&&) noexcept = default;
ArchiveReader& ArchiveReader::operator=(ArchiveReader&&) noexcept = default;
ArchiveReader::~ArchiveReader() = default;

std::optional<ArchiveEvent> ArchiveReader::next() { return implementation_->next(); }
InputPlace ArchiveReader::place() const { return implementation_->place(); }
const std::vector<std::string>& ArchiveReader::torn() const { return implementation_->torn(); }

}  // namespace obkit::store
