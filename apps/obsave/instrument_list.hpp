#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "obkit/core/error.hpp"
#include "obkit/feed/instrument.hpp"
#include "obkit/feed/protocol.hpp"

namespace obkit::obsave {

/// Why there is no list of instruments.
class ListFailure : public NetworkError {
 public:
  enum class Cause { final, passing };

  ListFailure(const std::string& text, Cause cause, std::optional<std::chrono::seconds> retry_after)
      : NetworkError{text}, cause_{cause}, retry_after_{retry_after} {}

  /// Whether trying again may help, though nobody mends anything.
  [[nodiscard]] bool passes() const { return cause_ == Cause::passing; }
  [[nodiscard]] std::optional<std::chrono::seconds> retry_after() const { return retry_after_; }

 private:
  Cause cause_;
  std::optional<std::chrono::seconds> retry_after_;
};

/// A venue's list of instruments, page after page, whoever asks for these.
class InstrumentList {
 public:
  /// `server` stands before the targets in what is told of pages that are none.
  InstrumentList(const feed::Listing& listing, std::string server);

  /// What to ask for; empty: all pages are there.
  [[nodiscard]] std::optional<feed::HttpGet> next();
  /// The answer to that. Throws ListFailure for one that is no page of a list.
  void take(const feed::HttpAnswer& answer);
  /// What the pages had, by symbol, each once.
  [[nodiscard]] std::vector<feed::Instrument> instruments() &&;

 private:
  const feed::Listing& listing_;
  std::string server_;
  std::deque<std::string> targets_;  ///< to be asked for
  std::vector<feed::Instrument> found_;
  std::size_t pages_ = 0;
};

}  // namespace obkit::obsave
