#include "obkit/store/follow.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "obkit/core/error.hpp"
#include "obkit/store/input.hpp"

#include "change_watch.hpp"
#include "day_file_name.hpp"
#include "file_handle.hpp"
#include "growing_file.hpp"

namespace obkit::store {
namespace {

namespace fs = std::filesystem;

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
  [[nodiscard]] ChangeWatch::Wake wait() {
    if (options_.before_wait) options_.before_wait();
    const auto wake = watch_.wait(options_.longest_wait);
    if (wake == ChangeWatch::Wake::stop) stopped_ = true;
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
  ChangeWatch watch_;
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
      place_->ending = judge();
      if (place_->ending == Ending::none) look_around_ = place_->wait() != ChangeWatch::Wake::file;
    }
    // The later file was begun behind all that this one holds.
    return place_->ending == Ending::later_file ? file_.read_rest(block) : 0;
  }

 private:
  [[nodiscard]] Place::Ending judge() const {
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
