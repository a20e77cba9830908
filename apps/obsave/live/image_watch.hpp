#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "obkit/feed/protocol.hpp"
#include "obkit/net/session.hpp"

#include "obsave/recorder.hpp"
#include "obsave/watch/status.hpp"

namespace obkit::obsave {

/// How long a live recording waits for what.
struct Patience {
  std::chrono::milliseconds image{15000};  ///< for an image that was asked for
  std::chrono::milliseconds quiet{
      60000};  ///< for a frame of a symbol, until its image is asked for
  std::chrono::milliseconds first_retry{1000}, longest_retry{60000};  ///< between such requests
  /// A book that stood so long makes the next pause a first one again.
  std::chrono::milliseconds steady{60000};
  /// For the first message about a symbol whose subscription was accepted.
  std::chrono::milliseconds unserved{30000};
  /// Between the witnesses of one symbol's book; those of two are `check_pace` apart at least.
  std::chrono::milliseconds check{60000}, check_pace{1000};
  /// For a second connection, until its books stand where those of the first do.
  std::chrono::milliseconds succession{30000};
  std::chrono::milliseconds next_succession{60000};  ///< after one that failed
  /// Until a connection whose symbols the exchange all refuses is made anew: it may have erred.
  std::chrono::milliseconds refused{600000};
  /// Until the list of instruments is asked for again.
  std::chrono::milliseconds first_list{10000}, longest_list{3600000};
};

/// Which book is to be held against a witness next: each in its turn.
class CheckPlan {
 public:
  using Clock = std::chrono::steady_clock;

  CheckPlan(std::span<const std::string> symbols, Patience patience)
      : symbols_{symbols},
        pause_{std::max(patience.check / std::max<std::int64_t>(std::ssize(symbols), 1),
                        patience.check_pace)} {}

  /// A connection stands: its books come first.
  void begin(Clock::time_point now) { next_ = now + pause_; }
  /// The symbol whose turn it is; null when it is too soon.
  [[nodiscard]] const std::string* due(Clock::time_point now) {
    if (symbols_.empty() || now < next_) return nullptr;
    next_ = now + pause_;
    return &symbols_[at_++ % symbols_.size()];
  }

 private:
  std::span<const std::string> symbols_;
  std::chrono::milliseconds pause_;
  Clock::time_point next_;
  std::size_t at_ = 0;
};

/// When all GETs that were asked for will have had their turn: those of all connections.
struct GetQueue {
  std::chrono::steady_clock::time_point free_at;
};

/// A market that lies so far behind is one of an archive: it has no lag.
inline constexpr std::chrono::hours past{1};

/// Sees to it that each symbol of a connection has a book: asks for images that are needed, and
/// gives a connection up that brings none. A book that is lost again and again must not become a
/// storm of requests: the first is asked for at once, further ones after pauses that grow. So are
/// those of a symbol that falls silent. An image that does not come in time is given more of it the
/// next time: where all lags, asking again and again would never bring one. Logs.
class ImageWatch {
 public:
  using Clock = std::chrono::steady_clock;

  /// `protocol` and `gets` must outlive it.
  ImageWatch(feed::Protocol& protocol, GetQueue& gets, Patience patience)
      : protocol_{&protocol}, gets_{gets}, patience_{patience} {}

  /// Images are asked for in another way from now on.
  void speak(feed::Protocol& protocol) { protocol_ = &protocol; }
  /// A connection stands, and images of these symbols are asked for.
  void begin(std::span<const std::string> symbols, Clock::time_point now);
  /// Whether it came on the socket, as what was subscribed to does, or answered a GET.
  enum class From { socket, http };
  void on_frame(const feed::Frame& frame, From from, Clock::time_point now);
  /// The exchange answers no GET until then.
  void hold(Clock::time_point until) { gets_.free_at = std::max(gets_.free_at, until); }
  /// A book is no longer the exchange's, or its snapshot is none.
  void lose(const std::string& symbol, const std::string& reason, Clock::time_point now);
  /// The exchange does not have it: until the next connection nothing more is asked for.
  void give_up(const std::string& symbol, Clock::time_point now);
  /// An image of it is needed, whatever it does.
  void ask_for(const std::string& symbol, Clock::time_point now);

  /// Whether no image is waited for, of the symbols that the exchange serves.
  [[nodiscard]] bool has_all_images() const;
  /// What to send now, or that the connection is to be given up.
  [[nodiscard]] net::Next due(Clock::time_point now);
  /// Symbols whose book due() asked for because nothing came of them, and what to call that.
  [[nodiscard]] const std::vector<Recorder::Loss>& silent() const { return silent_; }
  /// Says what was too much for the log.
  void sum_up(Clock::time_point now);

 private:
  struct Watch {
    bool has_image = false;
    bool is_lost = false;    ///< the book, rather than that an image of it was wished for
    bool is_served = false;  ///< something of it came on the socket
    Clock::time_point begun;
    Clock::time_point asked;       ///< for the image
    Clock::time_point last_frame;  ///< of this symbol
    Clock::time_point sound_since;
    std::optional<Clock::time_point> ask_at;  ///< for the next image
    std::chrono::milliseconds pause{0};       ///< before the one after that
    std::chrono::milliseconds image{0};       ///< until it is overdue
    std::chrono::milliseconds quiet{0};       ///< until silence is one
  };

  [[nodiscard]] bool has_any_image() const;
  /// Whether it is asked for at once where that was not necessary for long.
  enum class Again { at_once, later };
  void lose(const std::string& symbol, Watch& watch, const std::string& reason, Again again,
            Clock::time_point now);
  void note(const std::vector<feed::Request>& requests, Clock::time_point now);
  void check_service(const std::string& symbol, const Watch& watch, Clock::time_point now);
  void check_silence(const std::string& symbol, Watch& watch, Clock::time_point now);

  feed::Protocol* protocol_;
  GetQueue& gets_;
  Patience patience_;
  std::map<std::string, Watch> watches_;
  std::optional<Clock::time_point> idle_since_;  ///< nothing is left to watch
  std::set<std::string> unserved_;               ///< symbols of which that was told
  std::vector<Recorder::Loss> silent_;
  LogLimit lost_lines_{"lost books"}, silent_lines_{"silent symbols"};
};

}  // namespace obkit::obsave
