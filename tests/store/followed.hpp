#pragma once

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "obkit/store/book_stream.hpp"
#include "obkit/store/follow.hpp"

namespace obkit::store {

/// What following gave.
struct Followed {
  std::vector<int> times;  ///< times of day of the books, those of books with a gap negative
  std::vector<std::string> notices;
  std::size_t waits = 0;
  ReadReport report;
};

using Steps = std::vector<std::function<void()>>;

/// Follows `input`; does one of `steps` each time it is about to wait, and stops it after them. It
/// waits for good: what the kernel does not tell would not be found.
inline Followed follow(const std::string& input, const Steps& steps, FollowOptions options = {}) {
  std::stop_source stop;
  Followed result;
  options.stop = stop.get_token();
  if (options.longest_wait == FollowOptions{}.longest_wait)
    options.longest_wait = std::chrono::hours{1};
  options.notice = [&](const std::string& text) { result.notices.push_back(text); };
  options.before_wait = [&] {
    if (result.waits < steps.size())
      steps[result.waits]();
    else
      stop.request_stop();
    ++result.waits;
  };
  BookStream books{follow_day_files(input, std::move(options)), BadLine::skip};
  for (OrderBook book; books.next(book);)
    result.times.push_back(book.gap ? -book.time.time : book.time.time);
  result.report = books.report();
  return result;
}

/// Appends by one write, as the recorder does.
inline void append(const std::filesystem::path& path, std::string_view text) {
  std::ofstream{path, std::ios::binary | std::ios::app} << text << std::flush;
}

/// Cuts bytes off the end.
inline void cut(const std::filesystem::path& path, std::size_t bytes) {
  std::filesystem::resize_file(path, std::filesystem::file_size(path) - bytes);
}

}  // namespace obkit::store
