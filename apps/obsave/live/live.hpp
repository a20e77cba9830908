#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "obkit/feed/protocol.hpp"
#include "obkit/net/session.hpp"

#include "obsave/captures.hpp"
#include "obsave/live/image_watch.hpp"
#include "obsave/live/succession.hpp"
#include "obsave/live/terms_watch.hpp"
#include "obsave/live/upkeep.hpp"
#include "obsave/options.hpp"
#include "obsave/recorder.hpp"
#include "obsave/watch/status.hpp"

namespace obkit::obsave {

/// Records some symbols from a connection: subscribes, passes frames on, and decides what a failure
/// means.
///
/// A lost book is fetched anew while the others go on. Until the first book stands, what only a
/// person can mend ends the recording (NetworkError): a certificate of another host or issuer,
/// credentials or a symbol that the exchange refuses. Anything else, and everything later, is tried
/// again for ever.
class Live final : public net::SessionObserver {
 public:
  using MakeProtocol = std::function<std::unique_ptr<feed::Protocol>()>;

  /// What a recording has that has this connection alone.
  struct Parts {
    MakeProtocol make_protocol;  ///< of a connection
    Recorder& recorder;
    Output& output;
    Captures* captures = nullptr;
    std::function<void(std::chrono::nanoseconds)> on_book = {};
    std::function<void(const Status&)> on_status = {};
    /// Whether that status should have the best levels; may be empty: it has none.
    std::function<bool()> wants_levels = {};
  };
  /// The only one. The parts and the options must outlive it.
  Live(const Options& options, Parts parts, Patience patience = {});
  /// One of those that `upkeep` has in common, of these symbols. All must outlive it.
  Live(const Options& options, Upkeep& upkeep, std::vector<std::string> symbols,
       MakeProtocol make_protocol, Patience patience);

  [[nodiscard]] std::vector<feed::Request> on_open() override;
  [[nodiscard]] net::Next on_frame(std::string_view text, Timestamp received) override;
  [[nodiscard]] net::Next on_answer(const feed::HttpAnswer& answer, Timestamp received) override;
  [[nodiscard]] net::Next::Step on_disconnect(const net::Disconnect& disconnect,
                                              std::chrono::milliseconds pause) override;
  [[nodiscard]] net::Next on_tick(const net::Tick& tick) override;
  [[nodiscard]] net::SessionObserver* heir() override { return &succession_; }

  /// After the session: a connection that was silent to the end, and no longer answered, may have
  /// missed something, as one that is gone.
  void end();
  /// How often the connection was made anew.
  [[nodiscard]] std::uint64_t reconnects() const { return link_.made > 0 ? link_.made - 1 : 0; }
  /// Connections that followed another without a gap.
  [[nodiscard]] std::uint64_t successions() const { return succession_.count(); }
  /// Of the recording.
  [[nodiscard]] const Upkeep& upkeep() const { return upkeep_; }

 private:
  using Clock = std::chrono::steady_clock;

  /// `shared` where `own` is null.
  Live(const Options& options, std::unique_ptr<Upkeep> own, Upkeep* shared,
       std::vector<std::string> symbols, MakeProtocol make_protocol, Patience patience);

  /// The books that a frame costs; the frame is `bytes` long.
  [[nodiscard]] const std::vector<Recorder::Loss>& record(const feed::Frame& frame,
                                                          std::size_t bytes, Timestamp received);
  /// A frame of either connection whose books are taken from it.
  [[nodiscard]] const std::vector<Recorder::Loss>& take(const feed::Frame& frame,
                                                        std::string_view text, Timestamp received);
  [[nodiscard]] net::Next take_from_second(const feed::Frame& frame, std::string_view text,
                                           Timestamp received);
  [[nodiscard]] Succession::Parts succession_parts();
  [[nodiscard]] std::string name() const;
  [[nodiscard]] std::string captured(const feed::HttpAnswer& answer) const;
  /// What the end of this connection, which is to come, asks for besides `next`.
  [[nodiscard]] net::Next look_ahead(const feed::Frame& frame, Timestamp received, net::Next next);
  /// The second connection is the only one from now on.
  void change_over(std::unique_ptr<feed::Protocol> protocol);
  /// What to do after a frame that cost the books `lost`.
  [[nodiscard]] net::Next follow(const feed::Frame& frame, ImageWatch::From from,
                                 const std::vector<Recorder::Loss>& lost, Timestamp received);
  void tell_doubt(Clock::time_point now);
  void ask_for_thinned(Clock::time_point now);
  /// What the images need now.
  [[nodiscard]] net::Next look_after_images(Clock::time_point now);
  [[nodiscard]] net::Next on_refusal(const feed::Frame& frame);
  [[nodiscard]] bool refuse_unheld(const Recorder::Loss& lost);
  /// Asks for the list of instruments, where that is to be done now.
  void ask_for_terms(net::Next& next, Clock::time_point now);
  void check_pool(const feed::Frame& frame);
  [[nodiscard]] bool is_archive() const;
  [[nodiscard]] bool is_archive_that_ended(const net::Disconnect& disconnect) const;

  const Options& options_;
  std::unique_ptr<Upkeep> own_;  ///< of the only connection
  Upkeep& upkeep_;
  Upkeep::Link& link_;
  Recorder& recorder_;
  Captures* captures_;
  std::vector<std::string> symbols_;
  MakeProtocol make_protocol_;
  std::unique_ptr<feed::Protocol> protocol_;
  Succession succession_;
  ImageWatch images_;
  CheckPlan checks_;
  std::optional<TermsWatch> terms_;  ///< of the first connection, where they are wanted
  std::set<std::string> refused_;    ///< symbols that the connection does not serve
  LogLimit refusals_{"refusals"}, failed_gets_{"failed requests"}, pools_{"other pools"},
      doubts_{"times far from the clock"}, thinned_{"snapshots that ran out"};
  std::optional<std::chrono::nanoseconds> lag_;
  Clock::time_point last_frame_;
  std::optional<Clock::time_point> unanswered_since_;  ///< a ping; as of the last tick
};

/// The session that `options` ask for. Reads the credentials, which stay out of core dumps and of
/// what arrives; throws what Session and find_credentials() throw.
[[nodiscard]] net::SessionOptions session_options(const Options& options);

}  // namespace obkit::obsave
