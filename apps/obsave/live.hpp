#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "obkit/feed/protocol.hpp"
#include "obkit/net/session.hpp"

#include "obsave/captures.hpp"
#include "obsave/image_watch.hpp"
#include "obsave/options.hpp"
#include "obsave/recorder.hpp"
#include "obsave/status.hpp"

namespace obkit::obsave {

/// Records from a connection: subscribes, passes frames on, and decides what a failure means.
///
/// A lost book is fetched anew while the others go on. Until the first book stands, what only a
/// person can mend ends the recording (NetworkError): a certificate of another host or issuer,
/// credentials or a symbol that the exchange refuses. Anything else, and everything later, is tried
/// again for ever.
class Live final : public net::SessionObserver {
 public:
  struct Parts {
    feed::Protocol& protocol;
    Recorder& recorder;
    Output& output;  ///< of the recorder; is told nothing but to look after itself
    Captures* captures = nullptr;
    /// Called after each frame that gave a book, with the time since its receipt.
    std::function<void(std::chrono::nanoseconds)> on_book = {};
    /// Called on each tick.
    std::function<void(const Status&)> on_status = {};
  };
  /// The parts and the options must outlive it.
  Live(const Options& options, Parts parts, Patience patience = {});

  [[nodiscard]] std::vector<feed::Request> on_open() override;
  [[nodiscard]] net::Next on_frame(std::string_view text, Timestamp received) override;
  [[nodiscard]] net::Next on_answer(const feed::HttpAnswer& answer, Timestamp received) override;
  [[nodiscard]] net::Next::Step on_disconnect(const net::Disconnect& disconnect,
                                              std::chrono::milliseconds pause) override;
  [[nodiscard]] net::Next on_tick(const net::Tick& tick) override;

  /// After the session: throws NetworkError when the exchange was not reached even once and
  /// nobody asked to stop sooner.
  void check_reached() const;
  [[nodiscard]] std::uint64_t reconnects() const { return connections_ > 0 ? connections_ - 1 : 0; }

 private:
  using Clock = std::chrono::steady_clock;

  /// The books that a frame costs; the frame is `bytes` long.
  [[nodiscard]] const std::vector<Recorder::Loss>& record(const feed::Frame& frame,
                                                          std::size_t bytes, Timestamp received);
  /// What to do after a frame that cost the books `lost`.
  [[nodiscard]] net::Next follow(const feed::Frame& frame, const std::vector<Recorder::Loss>& lost,
                                 Timestamp received);
  void note_book(Timestamp received, Clock::time_point now);
  [[nodiscard]] net::Next on_refusal(const feed::Frame& frame);
  void look_after_output(Clock::time_point now);
  void tell_status(const net::Tick& tick, Clock::time_point now);
  void check_pool(const feed::Frame& frame) const;
  [[nodiscard]] bool is_archive_that_ended(const net::Disconnect& disconnect) const;
  [[nodiscard]] bool has_recorded() const { return parts_.recorder.tally().images > 0; }

  const Options& options_;
  Parts parts_;
  ImageWatch images_;
  std::uint64_t connections_ = 0;
  std::map<std::string, std::uint64_t> disconnects_;
  bool told_of_first_book_ = false;
  std::string last_failure_;
  std::optional<std::chrono::nanoseconds> lag_;
  std::optional<Clock::time_point> last_frame_, last_book_;
  Clock::time_point last_sync_ = Clock::now();
};

/// The session that `options` ask for. Reads the credentials; throws what Session and
/// find_credentials() throw. `on_secrets` is told what must not be seen by others, anew for each
/// connection: key, secret, signature.
[[nodiscard]] net::SessionOptions session_options(
    const Options& options, std::function<void(const std::vector<std::string>&)> on_secrets = {});

}  // namespace obkit::obsave
