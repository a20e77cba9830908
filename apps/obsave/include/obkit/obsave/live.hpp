#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "obkit/feed/session.hpp"
#include "obkit/obsave/recorder.hpp"
#include "obkit/obsave/settings.hpp"

namespace obkit::obsave {

/// Records from a connection: subscribes, passes frames on, and decides what a failure means.
///
/// Until the first book stands, what only a person can mend ends the recording (NetworkError): a
/// certificate that is refused, credentials or a symbol that the exchange refuses. Anything else,
/// and everything later, is tried again for ever.
class Live final : public feed::SessionObserver {
 public:
  Live(const Settings& settings, Recorder& recorder);

  [[nodiscard]] std::vector<std::string> on_open() override;
  [[nodiscard]] feed::Next on_frame(std::string_view text, Timestamp received) override;
  void on_lost(const feed::Loss& loss, std::chrono::milliseconds pause) override;

  /// After the session: throws NetworkError when the exchange was not reached even once and
  /// nobody asked to stop sooner.
  void check_reached() const;
  [[nodiscard]] std::uint64_t reconnects() const { return connections_ > 0 ? connections_ - 1 : 0; }

 private:
  [[nodiscard]] feed::Next on_refusal(const feed::Frame& frame);
  void check_pool(const feed::Frame& frame) const;
  [[nodiscard]] bool has_recorded() const { return recorder_.tally().images > 0; }

  const Settings& settings_;
  Recorder& recorder_;
  std::uint64_t connections_ = 0;
  bool told_of_first_book_ = false;
  std::string last_failure_;
};

/// The session that `settings` ask for. Reads the credentials; throws what Session and
/// find_credentials() throw.
[[nodiscard]] feed::SessionOptions session_options(const Settings& settings);

}  // namespace obkit::obsave
