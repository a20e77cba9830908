#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "obkit/feed/instrument.hpp"
#include "obkit/feed/protocol.hpp"

#include "obsave/instrument_list.hpp"
#include "obsave/live/image_watch.hpp"
#include "obsave/options.hpp"

namespace obkit::obsave {

/// Whether the venue has a list of its instruments, as far as is known, at the options' URL.
[[nodiscard]] bool has_list(const Options& options);

/// Sees to it that a recording knows tick, unit and contract size of its symbols: asks for the
/// exchange's list, once, when the books stand, with the GETs of a connection. A list that does not
/// come is asked for again after pauses that grow; the recording goes on meanwhile. Logs.
class TermsWatch {
 public:
  using Clock = std::chrono::steady_clock;
  using OnTerms = std::function<void(const feed::Instrument&)>;

  /// `on_terms` is told of each symbol that the list has. Pre: has_list(options). The options must
  /// outlive it.
  TermsWatch(const Options& options, OnTerms on_terms, Patience patience);

  /// A connection stands; whatever was asked for is answered no more.
  void begin(Clock::time_point now);
  /// What to send now; `books_stand` where no image is waited for.
  [[nodiscard]] std::optional<feed::HttpGet> due(bool books_stand, Clock::time_point now);
  /// Whether an answer is waited for.
  [[nodiscard]] bool is_asking() const { return !asked_.empty(); }
  /// Whether the answer is to what was asked for.
  [[nodiscard]] bool awaits(const feed::HttpAnswer& answer) const {
    return is_asking() && answer.target == asked_;
  }
  /// That answer; what to send next. Pre: awaits(answer).
  [[nodiscard]] std::optional<feed::HttpGet> on_answer(const feed::HttpAnswer& answer,
                                                       Clock::time_point now);

 private:
  [[nodiscard]] std::optional<feed::HttpGet> ask();
  void give_up(const ListFailure& failure, Clock::time_point now);
  void finish();

  const Options& options_;
  OnTerms on_terms_;
  Patience patience_;
  std::optional<InstrumentList> list_;
  std::string asked_;  ///< the target whose answer is waited for
  bool is_done_ = false;
  std::optional<Clock::time_point> begun_;  ///< of the first connection
  Clock::time_point next_;                  ///< not before it is the list asked for
  std::chrono::milliseconds pause_;         ///< until it is asked for again
  std::string failure_;                     ///< that was told last
};

}  // namespace obkit::obsave
