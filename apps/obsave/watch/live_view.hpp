#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "obsave/watch/status.hpp"

namespace obkit::obsave {

/// What the live page of a recording shows. The recording hands its status over as it is; whoever
/// serves the page makes text of it. While nobody watches, nothing is copied.
class LiveView {
 public:
  static constexpr std::size_t most_symbols = 100;  ///< in an event: those whose names come first

  explicit LiveView(std::string venue);

  /// Whether somebody watches: then the status should have the best levels. Any thread.
  [[nodiscard]] bool is_watched() const { return watchers_ > 0; }
  /// By the recording, once or twice a second. `problem` is as problem_of() has it. It waits for
  /// nobody, except while another status is taken over.
  void update(const Status& status, const std::string& problem, Timestamp now);

  /// While one of these is there, somebody watches.
  class Watcher {
   public:
    explicit Watcher(LiveView& view) : view_{&view} { ++view.watchers_; }
    Watcher(Watcher&& other) noexcept : view_{std::exchange(other.view_, nullptr)} {}
    Watcher& operator=(Watcher&&) = delete;
    ~Watcher() {
      if (view_ != nullptr) --view_->watchers_;
    }

   private:
    LiveView* view_;
  };

  /// How the recording stood at the last update() that was watched.
  struct Event {
    std::uint64_t number = 0;  ///< 0: there was none
    std::shared_ptr<const std::string> json = {};
  };
  /// One thread at a time.
  [[nodiscard]] Event event();

 private:
  struct SymbolGaps {
    std::uint64_t books = 0, trades = 0;
  };
  using Gaps = std::map<std::string, SymbolGaps>;
  struct Snapshot {
    std::uint64_t number = 0;
    Timestamp time;
    Status status;
    std::string problem;
    Gaps gaps_before_today;
  };

  std::string venue_;
  std::atomic<int> watchers_ = 0;
  // Of the recording's thread.
  std::int64_t today_ = 0;  ///< days since 1970
  Gaps gaps_before_today_;
  std::uint64_t updates_ = 0;
  std::mutex mutex_;  ///< of snapshot_
  std::shared_ptr<const Snapshot> snapshot_;
  // Of the server's thread.
  Event event_;
};

/// The page at `/`: HTML with script and style, which asks its own server for `/events` alone.
[[nodiscard]] std::string live_page(std::string_view venue);

}  // namespace obkit::obsave
