#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "obkit/store/input.hpp"

namespace obkit::store {

struct FollowOptions {
  /// The only one that counts in a folder; empty: the one there is.
  std::string symbol = {};
  /// Ends the following, also while it waits; a last line that is only half there is left out then.
  std::stop_token stop = {};
  /// Called each time before it waits.
  std::function<void()> before_wait = {};
  /// Told what a user wants to know, a line each: a file that is waited for, a file of the next
  /// day, a file that was cut or replaced.
  std::function<void(const std::string&)> notice = {};
  /// The end of a pipe: following ends when nobody reads from it any more.
  std::optional<int> pipe = {};
  /// How long an event that the kernel does not tell (network file systems) can go unseen.
  std::chrono::milliseconds longest_wait{1000};
};

/// A day-file that grows, as `tail -F` reads it, and the day-files that come after it.
///
/// `input` is a day-file, which need not be there yet, or a folder of one symbol's day-files: then
/// the newest, or the first one to come. A file is read from its beginning. At its end its source
/// waits for more (inotify) instead of ending. Only whole lines are given, of a zstd file whole
/// frames, as the recorder appends them: what it cuts off after a crash was never given. The file
/// goes on in the one with the next later date of the same symbol in the same folder as soon as
/// that exists: then all the rest is given, torn or not. A file that loses what was given, or makes
/// room for another one of its name, ends; the sequence opens it `again`.
///
/// Sources and sequence wait in read() and next(), and belong to one thread. Throws UsageError for
/// an input that cannot be followed, also where a folder gets day-files of two symbols; IoError for
/// a folder that is not there.
[[nodiscard]] std::unique_ptr<InputSequence> follow_day_files(const std::string& input,
                                                              FollowOptions options);

}  // namespace obkit::store
