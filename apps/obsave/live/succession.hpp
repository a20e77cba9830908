#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "obkit/feed/protocol.hpp"
#include "obkit/net/session.hpp"

#include "obsave/live/image_watch.hpp"
#include "obsave/recorder.hpp"

namespace obkit::obsave {

/// Leads a recording from a connection that will be ended to the next one without a gap.
///
/// A second connection is made while the first is read. The updates of both have the same numbers:
/// as soon as a symbol's book stands at a number that the second has passed, it is taken from the
/// second alone. What came there behind that number was kept and is recorded at once. When that has
/// happened to every book, the second becomes the only one. A capture has each update once, as if
/// it were one connection. Where it cannot be done in time there is no second connection, and the
/// end of the first is a gap as any other.
class Succession final : public net::SessionObserver {
 public:
  using Clock = std::chrono::steady_clock;
  /// Of frames that are kept, bytes. When there are more, the first connection is too far behind.
  static constexpr std::size_t most_kept = std::size_t{32} << 20U;

  struct Parts {
    std::function<std::unique_ptr<feed::Protocol>()> make_protocol;
    const Recorder& recorder;
    std::span<const std::string> symbols;
    /// An answer as captures have it.
    std::function<std::string(const feed::HttpAnswer& answer)> captured;
    /// Records a frame of the second connection, of a book that was taken over.
    std::function<net::Next(const feed::Frame& frame, std::string_view text, Timestamp received)>
        take;
    /// The second connection is the only one from now on; this is its protocol.
    std::function<void(std::unique_ptr<feed::Protocol>)> change_over;
  };

  /// What the parts refer to must outlive it.
  Succession(Parts parts, Patience patience) : parts_{std::move(parts)}, patience_{patience} {}

  /// A first connection stands, and has no successor yet. It is to have one at the age `renewal`;
  /// 0: at no age.
  void begin(std::chrono::milliseconds renewal, Clock::time_point now);
  /// The exchange says that it ends the connection.
  void announce(const std::string& reason, Clock::time_point now);
  /// Whether a second connection is to be made now. Says so once.
  [[nodiscard]] bool is_due(Clock::time_point now);
  /// Whether there is a second connection.
  [[nodiscard]] bool is_under_way() const { return protocol_ != nullptr; }

  /// Of a frame of the first connection: whether its books are taken from the second.
  [[nodiscard]] bool has_taken(const feed::Frame& frame) const;
  /// Of a frame of the connection that records its book: whether its change is in the book already,
  /// which was taken over at the second's image. Binance sends such changes behind it.
  [[nodiscard]] bool repeats(const feed::Frame& frame);
  /// After the recorder had a frame of the first: whether the second is the only one now. What was
  /// kept bears the time of this frame's receipt: times go on.
  [[nodiscard]] bool meet(const feed::Frame& frame, Timestamp received);
  /// Why the second connection is gone where it had taken books: only a new one brings them back.
  /// Null: it is not so.
  [[nodiscard]] const std::string* broken() const;
  /// How often one connection followed another.
  [[nodiscard]] std::uint64_t count() const { return count_; }

  [[nodiscard]] std::vector<feed::Request> on_open() override;
  [[nodiscard]] net::Next on_frame(std::string_view text, Timestamp received) override;
  [[nodiscard]] net::Next on_answer(const feed::HttpAnswer& answer, Timestamp received) override;
  [[nodiscard]] net::Next::Step on_disconnect(const net::Disconnect& disconnect,
                                              std::chrono::milliseconds pause) override;
  [[nodiscard]] net::Next on_tick(const net::Tick& tick) override;

 private:
  /// A frame of a book that is not taken yet; of one that begins it, the number alone.
  struct Kept {
    std::uint64_t number = 0;  ///< of the book after it
    feed::Frame frame = {};    ///< without its updates and what was to be sent
    std::vector<BookUpdate> updates = {};
    std::string text = {};

    [[nodiscard]] bool is_image() const { return updates.empty(); }
    [[nodiscard]] std::size_t bytes() const;
  };
  /// A frame that says something of trades alone: the first connection may not have had it.
  struct KeptTrades {
    feed::Frame frame = {};  ///< without its trades and what was to be sent
    std::vector<TradeUpdate> trades = {};
    std::string text = {};
  };
  /// Of one symbol, as long as its book stands there; never empty.
  using Passed = std::deque<Kept>;

  [[nodiscard]] net::Next follow(const feed::Frame& frame, std::string_view text,
                                 Timestamp received);
  [[nodiscard]] net::Next record(const feed::Frame& frame, std::string_view text,
                                 Timestamp received);
  void keep(const feed::Frame& frame, std::string_view text);
  void keep_trades(const feed::Frame& frame, std::string_view text);
  void record_trades(Timestamp received);
  void forget(const std::string& symbol);
  void forget_oldest(Passed& passed);
  [[nodiscard]] bool reaches(std::uint64_t number, Passed& passed);
  [[nodiscard]] bool take_over(const std::string& symbol, Timestamp received);
  [[nodiscard]] bool takes_all() const;
  void hand_over();
  [[nodiscard]] net::Next give_up(std::string reason);
  void drop_second(std::string reason);

  Parts parts_;
  Patience patience_;
  std::optional<Clock::time_point> due_;      ///< when the next second connection is to be made
  std::unique_ptr<feed::Protocol> protocol_;  ///< of the second connection; null: there is none
  std::string ends_;                          ///< what the exchange said of the second's own end
  std::string gone_;                          ///< why the second is no more
  Clock::time_point progress_;                ///< when the second had last come further
  std::map<std::string, Passed> passed_;      ///< numbers and frames of the second
  std::deque<KeptTrades> trades_;             ///< of the second
  std::size_t kept_bytes_ = 0;                ///< of all of them
  std::set<std::string> taken_;
  std::map<std::string, std::uint64_t> joined_;  ///< images at whose number books were taken
  std::set<std::string> refused_;                ///< symbols that the second does not serve
  std::uint64_t count_ = 0;
};

}  // namespace obkit::obsave
