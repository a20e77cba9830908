#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "obkit/exchange/fault.hpp"
#include "obkit/exchange/protocol.hpp"
#include "obkit/exchange/source.hpp"
#include "obkit/exchange/true_book.hpp"

namespace obkit::exchange {

/// A client's end, as the exchange sees it.
class Receiver {
 public:
  Receiver() = default;
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;
  virtual ~Receiver() = default;

  /// A book frame; may be shared with others. False when the connection takes no more. Must not
  /// call back into the exchange.
  virtual bool deliver(std::shared_ptr<const std::string> frame) = 0;

  /// What is sent next, or lost, has the connection's next number in its slot, if there is one.
  [[nodiscard]] std::string numbered(std::string text);

 private:
  std::uint64_t next_number_ = 0;
};

/// What the book of a channel truly is after a frame that was published.
struct Truth {
  std::uint64_t number;  ///< frames of the channel up to here; a made partial repeats the last
  const Channel& channel;
  BookAction action;
  Timestamp time;
  std::size_t rows;       ///< in the frame
  std::size_t receivers;  ///< connections that the frame was sent to
  const TrueBook& book;
};

/// Deltas between the ack and the partial: BitMEX may send them, and clients must drop them.
enum class EarlyDeltas { keep_back, send };

/// The exchange without its sockets: it draws events from a source, keeps the true book of every
/// channel, and hands frames to those who subscribed. Knows no clock: whoever owns it says when the
/// next event happens. Not for several threads at once.
class Exchange {
 public:
  /// A market of levels by id is batched for a venue that does so. Throws UsageError for frames of
  /// another venue.
  explicit Exchange(std::unique_ptr<Source> source, Venue venue = Venue::bitmex,
                    EarlyDeltas early = EarlyDeltas::keep_back);
  ~Exchange();

  [[nodiscard]] const Protocol& protocol() const { return protocol_; }
  [[nodiscard]] const Source& source() const { return *source_; }
  /// Time of the last event, at first the start.
  [[nodiscard]] Timestamp now() const { return now_; }
  /// The event that comes next; null at the end.
  [[nodiscard]] const Event* upcoming() const { return ended_ ? nullptr : &upcoming_; }
  /// Publishes that event. Pre: upcoming() is not null. After a disconnect, books are unknown until
  /// their next partial.
  void publish();

  /// From now on the receiver is owed the subscription's partial (see send_partial), then its
  /// deltas.
  void subscribe(Receiver& receiver, const Subscription& subscription);
  /// Delivers the partial, or lets the source's own come through where there is no book yet.
  /// Without effect if the subscription was given up.
  void send_partial(Receiver& receiver, const std::string& topic);
  void unsubscribe(Receiver& receiver, const std::string& topic);
  /// Gives up all subscriptions of a connection.
  void leave(Receiver& receiver);
  /// Whether deltas go to anyone now.
  [[nodiscard]] bool is_followed() const;

  /// The true book of a channel now, and how many frames it is made of.
  [[nodiscard]] const TrueBook& book(std::size_t channel) const { return books_[channel].book; }
  [[nodiscard]] std::uint64_t frame_number(std::size_t channel) const {
    return books_[channel].number;
  }
  /// A partial of the book as it is.
  [[nodiscard]] BookFrame image(std::size_t channel) const;

  /// A fault of subscriptions from their next frames on: of one receiver, or of all. Returns how
  /// many books of subscribers it hits. `early_deltas` is of subscriptions to come.
  std::size_t inject(const Injection& injection, const Receiver* receiver = nullptr);

  /// Called for every book frame sent, and for those that nobody receives.
  void observe(std::function<void(const Truth&)> observer) { observer_ = std::move(observer); }
  /// The same for every trade, before what it is sent by.
  void observe_trades(std::function<void(const MarketTrade&, const Channel&)> observer) {
    trade_observer_ = std::move(observer);
  }

 private:
  struct Book {
    TrueBook book;
    std::uint64_t number = 0;
    bool known = false;  ///< a partial was seen
    std::vector<MarketTrade> last_trades = {};
  };
  struct Subscriber;
  using Text = std::shared_ptr<const std::string>;

  void draw();
  [[nodiscard]] bool gets_deltas(const Subscriber& subscriber) const;
  void publish(BookFrame& frame);
  bool send(Subscriber& subscriber, const BookFrame& frame, Text& shared);
  void publish_trades();
  void send_trades(std::span<const MarketTrade> trades);
  static void send_trade(Subscriber& subscriber, const Text& text);
  void send_old_trades(Subscriber& subscriber) const;
  void send_best(std::size_t channel);
  void send_best(Subscriber& subscriber, std::size_t channel) const;
  static void deliver(Subscriber& subscriber, const Text& text);
  void send_partial(Subscriber& subscriber);
  void send_late_partials();
  void tell(const BookFrame& frame, std::size_t receivers) const;

  Venue venue_;
  const Protocol& protocol_;
  std::unique_ptr<Source> source_;
  EarlyDeltas early_;
  std::uint64_t early_subscriptions_ = 0;  ///< how many are to get deltas before their partial
  Timestamp now_;
  Event upcoming_;
  bool ended_ = false;
  std::vector<Book> books_;
  std::vector<Subscriber> subscribers_;
  std::function<void(const Truth&)> observer_;
  std::function<void(const MarketTrade&, const Channel&)> trade_observer_;
};

/// The true book of a channel after its frame `number`, from a source that was not used yet. Throws
/// std::out_of_range when the source ends before.
[[nodiscard]] TrueBook true_book_at(std::unique_ptr<Source> source, std::size_t channel,
                                    std::uint64_t number, Venue venue = Venue::bitmex);

}  // namespace obkit::exchange
