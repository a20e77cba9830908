#pragma once

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>

namespace obkit::store {

/// A file descriptor that is closed with its owner.
class OwnedDescriptor {
 public:
  explicit OwnedDescriptor(int fd) : fd_{fd} {}
  OwnedDescriptor(const OwnedDescriptor&) = delete;
  OwnedDescriptor& operator=(const OwnedDescriptor&) = delete;
  ~OwnedDescriptor();
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

/// Waits until the kernel tells of a change in a folder or to a file (inotify). Where it cannot
/// tell, a wait only ends after its time.
class ChangeWatch {
 public:
  enum class Wake {
    file,    ///< the file was written to, or cut
    around,  ///< something came, went or was renamed in the folder, or nothing was told for so long
    stop     ///< it was told to stop, or nobody reads from the pipe any more
  };

  /// Names in `folder` are watched from now on. `pipe`: see FollowOptions.
  ChangeWatch(const std::string& folder, std::stop_token stop, std::optional<int> pipe);

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
  OwnedDescriptor events_, stopped_;
  int folder_ = -1, file_ = -1;  ///< watches, of inotify; -1 is none
  std::stop_callback<WakeUp> on_stop_;
};

}  // namespace obkit::store
