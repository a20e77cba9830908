#include "obkit/store/follow.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <system_error>
#include <utility>

#include <poll.h>
#include <unistd.h>

#include "obkit/core/descriptor.hpp"
#include "obkit/core/error.hpp"
#include "obkit/store/input.hpp"

#include "bytes/compression.hpp"
#include "bytes/file_handle.hpp"
#include "day_file/day_file_name.hpp"

namespace obkit::store {

namespace {

namespace fs = std::filesystem;

/// Waits until the kernel tells of a change in a folder or to a file (inotify). Where it cannot
/// tell, a wait only ends after its time.
class FolderWatch {
 public:
  enum class Wake {
    file,    ///< the file was written to, or cut
    around,  ///< something came, went or was renamed in the folder, or nothing was told for so long
    stop     ///< it was told to stop, or nobody reads from the pipe any more
  };

  /// Names in `folder` are watched from now on. `pipe`: see FollowOptions.
  FolderWatch(const std::string& folder, std::stop_token stop, std::optional<int> pipe);

  /// Watches this file, and no longer the one before.
  void watch_file(const std::string& path);
  /// Returns at once for what happened since the last wait.
  [[nodiscard]] Wake wait(std::chrono::milliseconds longest);

 private:
  [[nodiscard]] Wake read_events() const;

  struct WakeUp {
    int descriptor;
    void operator()() const noexcept;
  };

  std::stop_token stop_;
  std::optional<int> pipe_;
  Descriptor events_, stopped_;
  int folder_ = -1, file_ = -1;  ///< watches, of inotify; -1 is none
  std::stop_callback<WakeUp> on_stop_;
};

constexpr std::uint32_t folder_events =
    IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF;

void FolderWatch::WakeUp::operator()() const noexcept {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto count = ::write(descriptor, &one, sizeof one);
}

FolderWatch::FolderWatch(const std::string& folder, std::stop_token stop, std::optional<int> pipe)
    : stop_{std::move(stop)},
      pipe_{pipe},
      events_{::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)},
      stopped_{::eventfd(0, EFD_CLOEXEC)},
      folder_{::inotify_add_watch(events_.get(), folder.c_str(), folder_events)},
      on_stop_{stop_, WakeUp{stopped_.get()}} {}

void FolderWatch::watch_file(const std::string& path) {
  if (file_ >= 0) ::inotify_rm_watch(events_.get(), file_);
  file_ = ::inotify_add_watch(events_.get(), path.c_str(), IN_MODIFY);
}

FolderWatch::Wake FolderWatch::wait(std::chrono::milliseconds longest) {
  // A descriptor below 0 is left out by poll().
  std::array<pollfd, 3> ready{
      {{events_.get(), POLLIN, 0}, {stopped_.get(), POLLIN, 0}, {pipe_.value_or(-1), 0, 0}}};
  const int count = ::poll(ready.data(), ready.size(), static_cast<int>(longest.count()));
  if (stop_.stop_requested() || (ready[2].revents & POLLERR) != 0) return Wake::stop;
  return count > 0 && ready[0].revents != 0 ? read_events() : Wake::around;
}

/// Takes all that have come.
FolderWatch::Wake FolderWatch::read_events() const {
  Wake wake = Wake::file;
  alignas(inotify_event) std::array<char, 8192> bytes;  // NOLINT(*-member-init)
  for (;;) {
    const ssize_t count = ::read(events_.get(), bytes.data(), bytes.size());
    if (count <= 0) return wake;
    for (std::size_t at = 0; at < static_cast<std::size_t>(count);) {
      inotify_event event{};
      std::memcpy(&event, bytes.data() + at, sizeof event);
      if (event.wd != file_) wake = Wake::around;  // an overflow of the queue has no watch
      at += sizeof event + event.len;
    }
  }
}

/// A file that somebody else appends to, read from its beginning.
class GrowingFile {
 public:
  /// Throws UsageError for what is no regular file; IoError, as do the others.
  explicit GrowingFile(const std::string& path);

  /// Fills the front of `block` with the next bytes that are whole lines, of a zstd file whole
  /// frames, and returns how many; 0 when there are none now.
  [[nodiscard]] std::size_t read(std::span<char> block);
  /// The same with what is behind them, whole or not.
  [[nodiscard]] std::size_t read_rest(std::span<char> block);

  /// Whether bytes are gone that were given, or were about to be.
  [[nodiscard]] bool was_cut() const { return file_.size() < whole_; }
  /// Whether no file, or another one, bears its name now.
  [[nodiscard]] bool was_replaced() const;

 private:
  void look_for_more();
  [[nodiscard]] std::uint64_t end_of_lines(std::uint64_t size) const;

  FileHandle file_;                         ///< a regular one
  std::optional<Compression> compression_;  ///< empty as long as too few bytes are there
  std::uint64_t given_ = 0, whole_ = 0;     ///< given_ <= whole_, but for read_rest()
};

GrowingFile::GrowingFile(const std::string& path) : file_{path, FileHandle::Access::read} {
  if (!S_ISREG(file_.status().st_mode))
    throw UsageError{path + " cannot be followed: it is no file"};
}

std::size_t GrowingFile::read(std::span<char> block) {
  if (given_ == whole_) look_for_more();
  const auto count = std::min<std::uint64_t>(block.size(), whole_ - given_);
  const std::size_t got = file_.read_some_at(given_, block.first(static_cast<std::size_t>(count)));
  given_ += got;
  return got;
}

std::size_t GrowingFile::read_rest(std::span<char> block) {
  const std::size_t got = file_.read_some_at(given_, block);
  given_ += got;
  return got;
}

bool GrowingFile::was_replaced() const {
  const struct stat ours = file_.status();
  struct stat named {};
  return ::stat(file_.path().c_str(), &named) != 0 || named.st_ino != ours.st_ino ||
         named.st_dev != ours.st_dev;
}

void GrowingFile::look_for_more() {
  const std::uint64_t size = file_.size();
  if (size <= whole_) return;
  if (!compression_) {
    if (size < magic_size) return;
    compression_ = compression_of(head_of(file_));
  }
  if (*compression_ == Compression::none)
    whole_ = end_of_lines(size);
  else
    // Nobody appends to gzip: what is there is given.
    whole_ = *compression_ == Compression::zstd ? list_frames(file_, whole_).end : size;
}

/// Behind the last `\n` of the bytes [whole_, size); whole_ where there is none.
std::uint64_t GrowingFile::end_of_lines(std::uint64_t size) const {
  std::array<char, 4096> bytes;  // NOLINT(*-member-init)
  for (std::uint64_t end = size; end > whole_;) {
    const std::uint64_t begin = end - std::min<std::uint64_t>(bytes.size(), end - whole_);
    const auto part = std::span{bytes}.first(static_cast<std::size_t>(end - begin));
    const std::string_view text{bytes.data(), file_.read_some_at(begin, part)};
    if (const auto last = text.rfind('\n'); last != std::string_view::npos) return begin + last + 1;
    end = begin;
  }
  return whole_;
}

/// The folder, and what waits for changes in it: for the sequence and its sources.
class Place {
 public:
  enum class Ending { none, later_file, lost };

  Place(std::string folder, FollowOptions options)
      : folder_{std::move(folder)},
        options_{std::move(options)},
        watch_{folder_, options_.stop, options_.pipe} {}

  [[nodiscard]] const std::string& folder() const { return folder_; }
  [[nodiscard]] const std::string& symbol() const { return options_.symbol; }
  void tell(const std::string& text) const {
    if (options_.notice) options_.notice(text);
  }
  void watch_file(const std::string& path) { watch_.watch_file(path); }
  [[nodiscard]] FolderWatch::Wake wait() {
    if (options_.before_wait) options_.before_wait();
    const auto wake = watch_.wait(options_.longest_wait);
    if (wake == FolderWatch::Wake::stop) stopped_ = true;
    return wake;
  }
  [[nodiscard]] bool stopped() const { return stopped_ || options_.stop.stop_requested(); }

  /// The day-file of that symbol with the next later date; a plain one before a compressed one.
  [[nodiscard]] std::optional<std::string> later_than(const std::string& path) const {
    const std::string symbol = symbol_of_day_file(path);
    const int date = date_of_day_file(path);
    for (const FoundDayFile& file : day_files_in(folder_))
      if (file.symbol == symbol && file.date > date)
        return fs::path{path}.replace_filename(fs::path{file.path}.filename()).string();
    return std::nullopt;
  }

  Ending ending = Ending::none;  ///< of the last source, and why

 private:
  std::string folder_;
  FollowOptions options_;
  FolderWatch watch_;
  bool stopped_ = false;
};

class FollowedFile final : public ByteSource {
 public:
  /// Throws as GrowingFile does.
  FollowedFile(std::shared_ptr<Place> place, std::string path)
      : place_{std::move(place)}, path_{std::move(path)}, file_{path_} {
    place_->watch_file(path_);
  }

  std::size_t read(std::span<char> block) override {
    using Ending = Place::Ending;
    while (place_->ending == Ending::none) {
      if (const std::size_t count = file_.read(block); count > 0) return count;
      if (place_->stopped()) return 0;
      place_->ending = find();
      if (place_->ending == Ending::none) look_around_ = place_->wait() != FolderWatch::Wake::file;
    }
    // The later file was begun behind all that this one holds.
    return place_->ending == Ending::later_file ? file_.read_rest(block) : 0;
  }

 private:
  [[nodiscard]] Place::Ending find() const {
    if (file_.was_cut()) return Place::Ending::lost;
    if (!look_around_) return Place::Ending::none;
    if (file_.was_replaced()) return Place::Ending::lost;
    return place_->later_than(path_) ? Place::Ending::later_file : Place::Ending::none;
  }

  std::shared_ptr<Place> place_;
  std::string path_;
  GrowingFile file_;
  bool look_around_ = true;
};

class FollowedDayFiles final : public InputSequence {
 public:
  /// `path` is empty where the folder is to say what is followed.
  FollowedDayFiles(std::shared_ptr<Place> place, std::string path)
      : place_{std::move(place)}, path_{std::move(path)} {}

  std::optional<Input> next() override {
    const auto ending = std::exchange(place_->ending, Place::Ending::none);
    bool again = ending == Place::Ending::lost, passed = ending == Place::Ending::later_file;
    if (again)
      place_->tell(path_ + " was cut or replaced: it is read anew, without the books read already");
    for (bool told = false; !place_->stopped();) {
      if (path_.empty()) choose();
      if (!passed && !path_.empty())
        if (auto source = open())
          return Input{.path = path_, .source = std::move(source), .again = again};
      if (go_on()) {
        again = passed = false;
        continue;
      }
      if (!std::exchange(told, true)) tell_waiting();
      static_cast<void>(place_->wait());
    }
    return std::nullopt;
  }

 private:
  /// The newest day-file of the folder, if it has any.
  void choose() {
    auto files = day_files_in(place_->folder());
    if (!place_->symbol().empty())
      std::erase_if(files, [&](const auto& file) { return file.symbol != place_->symbol(); });
    if (files.empty()) return;
    const auto other = std::find_if(files.begin(), files.end(), [&](const FoundDayFile& file) {
      return file.symbol != files.back().symbol;
    });
    if (other != files.end())
      throw UsageError{place_->folder() + " has day-files of " + other->symbol + " and of " +
                       files.back().symbol + ": choose one with --symbol"};
    path_ = files.back().path;
    place_->tell("following " + path_);
  }

  /// Empty where it is not there.
  [[nodiscard]] std::unique_ptr<ByteSource> open() const {
    try {
      return std::make_unique<FollowedFile>(place_, path_);
    } catch (const IoError& error) {
      if (error.error_number() == ENOENT) return nullptr;
      throw;
    }
  }

  /// Turns to the next later file, if there is one.
  bool go_on() {
    auto later = path_.empty() ? std::nullopt : place_->later_than(path_);
    if (!later) return false;
    path_ = std::move(*later);
    place_->tell("going on in " + path_);
    return true;
  }

  void tell_waiting() const {
    place_->tell(path_.empty() ? place_->folder() + " has no day-file yet: waiting for one"
                               : path_ + " is not there yet: waiting for it");
  }

  std::shared_ptr<Place> place_;
  std::string path_;
};

}  // namespace

std::unique_ptr<InputSequence> follow_day_files(const std::string& input, FollowOptions options) {
  std::error_code ignored;
  const bool is_folder = fs::is_directory(input, ignored);
  const std::string folder = is_folder ? input : folder_of(input);
  if (!is_folder && !fs::is_directory(folder, ignored))
    throw IoError{IoError::During::open, input, ENOENT};
  return std::make_unique<FollowedDayFiles>(std::make_shared<Place>(folder, std::move(options)),
                                            is_folder ? std::string{} : input);
}

}  // namespace obkit::store
