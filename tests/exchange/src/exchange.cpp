#include "obkit/exchange/exchange.hpp"

#include <algorithm>
#include <cassert>
#include <map>
#include <stdexcept>

#include "obkit/core/error.hpp"
#include "obkit/exchange/source.hpp"

#include "book_faults.hpp"
#include "venues/trade_messages.hpp"

namespace obkit::exchange {
namespace {

constexpr int deltas_before_partial = 3;
constexpr std::size_t old_trades = 5;  ///< that are remembered

/// Of a message's number: empty where it has none.
std::optional<std::size_t> place_of_number(std::string_view text) {
  constexpr std::size_t near = 256;
  const std::size_t at = text.substr(0, near).find(number_slot);
  return at == std::string_view::npos ? std::nullopt : std::optional{at};
}

std::unique_ptr<Source> spoken_at(Venue venue, std::unique_ptr<Source> source) {
  const auto own = source->venue();
  if (own && *own != venue)
    throw UsageError{"frames of " + std::string{to_string(*own)} + " cannot be sent by " +
                     std::string{to_string(venue)}};
  if (own || !protocol(venue).is_batched()) return source;
  return make_batched_source(std::move(source), protocol(venue).batches());
}

}  // namespace

std::string Receiver::numbered(std::string text) {
  if (const auto at = place_of_number(text))
    text.replace(*at, number_slot.size(), std::to_string(next_number_++));
  return text;
}

struct Exchange::Subscriber {
  Receiver* receiver;
  Subscription subscription;
  bool live = false;                                  ///< its partial was sent
  bool full = false;                                  ///< takes no more
  int early_deltas = 0;                               ///< still to come before the partial
  bool is_owed = false;                               ///< the partial, after them
  std::map<std::size_t, BookFaults> faults = {};      ///< by channel
  std::uint64_t lost_trades = 0, doubled_trades = 0;  ///< messages to come
  std::vector<TrueBook::PriceLevel> best = {};  ///< that it was told last, of a book of best levels

  [[nodiscard]] bool is_of_books() const {
    return !subscription.is_of_best && !subscription.is_of_trades;
  }
  [[nodiscard]] bool wants(std::size_t channel) const {
    const auto& all = subscription.channels;
    return std::find(all.begin(), all.end(), channel) != all.end();
  }
};

Exchange::Exchange(std::unique_ptr<Source> source, Venue venue, EarlyDeltas early)
    : venue_{venue},
      protocol_{exchange::protocol(venue)},
      source_{spoken_at(venue, std::move(source))},
      early_{early},
      now_{source_->start()},
      books_(source_->channels().size()) {
  for (const BookFrame& image : source_->opening()) {
    books_[image.channel].book.apply(image);
    books_[image.channel].known = true;
  }
  draw();
}

Exchange::~Exchange() = default;

void Exchange::draw() { ended_ = !source_->next(upcoming_); }

void Exchange::publish() {
  assert(!ended_);
  now_ = upcoming_.time;
  if (upcoming_.disconnect)
    for (Book& book : books_) book.known = false;
  publish_trades();
  for (BookFrame& frame : upcoming_.frames) publish(frame);
  draw();
}

/// Before the books that they changed, as most venues do.
void Exchange::publish_trades() {
  std::vector<MarketTrade>& trades = upcoming_.trades;
  const auto by_channel = [](const MarketTrade& a, const MarketTrade& b) {
    return a.channel < b.channel;
  };
  std::stable_sort(trades.begin(), trades.end(), by_channel);
  for (auto first = trades.begin(); first != trades.end();) {
    const auto last = std::upper_bound(first, trades.end(), *first, by_channel);
    send_trades({first, last});
    first = last;
  }
}

void Exchange::send_trades(std::span<const MarketTrade> trades) {
  const std::size_t at = trades.front().channel;
  const Channel& channel = source_->channels()[at];
  if (trade_observer_)
    for (const MarketTrade& trade : trades) trade_observer_(trade, channel);
  std::vector<MarketTrade>& last = books_[at].last_trades;
  last.insert(last.end(), trades.begin(), trades.end());
  if (last.size() > old_trades) last.erase(last.begin(), last.end() - old_trades);
  std::vector<Text> texts;
  for (Subscriber& one : subscribers_) {
    if (!one.subscription.is_of_trades || !one.live || !one.wants(at)) continue;
    if (texts.empty())
      for (std::string& text : trade_messages(venue_, trades, channel))
        texts.push_back(std::make_shared<const std::string>(std::move(text)));
    for (const Text& text : texts) send_trade(one, text);
  }
  std::erase_if(subscribers_, [](const Subscriber& one) { return one.full; });
}

/// What is lost has its number of the connection, too.
void Exchange::send_trade(Subscriber& subscriber, const Text& text) {
  if (subscriber.lost_trades > 0) {
    --subscriber.lost_trades;
    static_cast<void>(subscriber.receiver->numbered(*text));
    return;
  }
  deliver(subscriber, text);
  if (subscriber.doubled_trades == 0) return;
  --subscriber.doubled_trades;
  deliver(subscriber, text);
}

void Exchange::send_old_trades(Subscriber& subscriber) const {
  const std::size_t at = subscriber.subscription.channels.front();
  for (std::string& text :
       old_trade_messages(venue_, books_[at].last_trades, source_->channels()[at]))
    deliver(subscriber, std::make_shared<const std::string>(std::move(text)));
}

void Exchange::publish(BookFrame& frame) {
  Book& book = books_[frame.channel];
  if (frame.action == BookAction::change && frame.previous_change_id != book.book.change_id())
    book.known = false;
  book.known = book.known || frame.action == BookAction::partial;
  if (book.known) {
    book.book.apply(frame);
    frame.checksum = protocol_.checksum(book.book);
    ++book.number;
  }
  // Nothing says which of two channels tells a change first.
  const bool is_best_first = frame.change_id % 2 == 0;
  if (is_best_first) send_best(frame.channel);
  Text shared;
  std::size_t receivers = 0;
  for (Subscriber& subscriber : subscribers_)
    if (subscriber.is_of_books() && gets_deltas(subscriber) && subscriber.wants(frame.channel))
      receivers += send(subscriber, frame, shared) ? 1 : 0;
  if (!is_best_first) send_best(frame.channel);
  std::erase_if(subscribers_, [](const Subscriber& one) { return one.full; });
  if (book.known) tell(frame, receivers);
  send_late_partials();
}

/// Whether anything was sent. `shared` is the true frame, once it was written.
bool Exchange::send(Subscriber& subscriber, const BookFrame& frame, Text& shared) {
  const Book& book = books_[frame.channel];
  const Channel& channel = source_->channels()[frame.channel];
  if (subscriber.early_deltas > 0) --subscriber.early_deltas;
  const auto faults = subscriber.faults.find(frame.channel);
  if (faults == subscriber.faults.end() || faults->second.is_idle() || !book.known) {
    if (!shared)
      shared = std::make_shared<const std::string>(
          frame.text.empty() ? protocol_.write(frame, channel) : frame.text);
    deliver(subscriber, shared);
    return !subscriber.full;
  }
  const Scene scene{protocol_, channel, book.book, now_, *subscriber.receiver};
  const auto texts = faults->second.mangle(frame, scene);
  for (const std::string& text : texts)
    deliver(subscriber, std::make_shared<const std::string>(text));
  return !texts.empty() && !subscriber.full;
}

void Exchange::send_best(std::size_t channel) {
  for (Subscriber& one : subscribers_)
    if (one.subscription.is_of_best && one.live && one.wants(channel)) send_best(one, channel);
}

/// Where it is another one than was told.
void Exchange::send_best(Subscriber& subscriber, std::size_t channel) const {
  const TrueBook& book = books_[channel].book;
  if (!books_[channel].known) return;
  std::vector<TrueBook::PriceLevel> best = book.levels(Side::bid, 1);
  for (const auto& level : book.levels(Side::ask, 1)) best.push_back(level);
  if (subscriber.best == best) return;
  subscriber.best = std::move(best);
  deliver(subscriber, std::make_shared<const std::string>(
                          protocol_.write_best(book, source_->channels()[channel])));
}

void Exchange::deliver(Subscriber& subscriber, const Text& text) {
  Receiver& receiver = *subscriber.receiver;
  subscriber.full = !receiver.deliver(
      place_of_number(*text) ? std::make_shared<const std::string>(receiver.numbered(*text))
                             : text);
}

void Exchange::tell(const BookFrame& frame, std::size_t receivers) const {
  if (!observer_) return;
  const Book& book = books_[frame.channel];
  observer_({book.number, source_->channels()[frame.channel], frame.action, frame.time,
             frame.rows.size(), receivers, book.book});
}

void Exchange::subscribe(Receiver& receiver, const Subscription& subscription) {
  Subscriber& added = subscribers_.emplace_back(Subscriber{&receiver, subscription});
  if (early_subscriptions_ == 0 || !added.is_of_books()) return;
  --early_subscriptions_;
  added.early_deltas = deltas_before_partial;
}

void Exchange::send_partial(Receiver& receiver, const std::string& topic) {
  const auto found =
      std::find_if(subscribers_.begin(), subscribers_.end(), [&](const Subscriber& one) {
        return one.receiver == &receiver && one.subscription.topic == topic;
      });
  if (found == subscribers_.end()) return;
  found->is_owed = true;
  send_late_partials();
}

void Exchange::send_late_partials() {
  for (Subscriber& one : subscribers_)
    if (one.is_owed && one.early_deltas == 0) send_partial(one);
}

void Exchange::send_partial(Subscriber& subscriber) {
  subscriber.is_owed = false;
  subscriber.live = true;
  const Subscription& subscription = subscriber.subscription;
  if (subscription.is_of_best) return send_best(subscriber, subscription.channels.front());
  if (subscription.is_of_trades) return send_old_trades(subscriber);
  std::vector<BookFrame> images;
  std::vector<Channel> channels;
  for (const std::size_t channel : subscription.channels) {
    if (!books_[channel].known) continue;
    images.push_back(image(channel));
    channels.push_back(source_->channels()[channel]);
  }
  if (images.empty()) return;
  if (!protocol_.sends_partials()) {
    for (const BookFrame& one : images) tell(one, 1);  // whoever asks by HTTP gets it
    return;
  }
  for (auto& [channel, faults] : subscriber.faults) faults.forget_lost();
  deliver(subscriber, std::make_shared<const std::string>(
                          protocol_.write_partial(images, channels, subscription.symbol)));
  for (const BookFrame& one : images) tell(one, subscriber.full ? 0 : 1);
}

std::size_t Exchange::inject(const Injection& injection, const Receiver* receiver) {
  if (injection.fault == Fault::early_deltas) return early_subscriptions_ = injection.count;
  const bool is_loss = injection.fault == Fault::lost_trades;
  const bool is_of_trades = is_loss || injection.fault == Fault::doubled_trades;
  std::size_t hit = 0;
  for (Subscriber& one : subscribers_) {
    if (receiver != nullptr && receiver != one.receiver) continue;
    if (is_of_trades ? !one.subscription.is_of_trades : !one.is_of_books()) continue;
    for (const std::size_t channel : one.subscription.channels) {
      const std::string& symbol = source_->channels()[channel].symbol;
      if (!injection.symbol.empty() && injection.symbol != symbol) continue;
      ++hit;
      if (is_of_trades)
        (is_loss ? one.lost_trades : one.doubled_trades) += injection.count;
      else
        one.faults[channel].arm(injection);
    }
  }
  return hit;
}

void Exchange::unsubscribe(Receiver& receiver, const std::string& topic) {
  std::erase_if(subscribers_, [&](const Subscriber& one) {
    return one.receiver == &receiver && one.subscription.topic == topic;
  });
}

void Exchange::leave(Receiver& receiver) {
  std::erase_if(subscribers_, [&](const Subscriber& one) { return one.receiver == &receiver; });
}

bool Exchange::gets_deltas(const Subscriber& subscriber) const {
  return subscriber.live || subscriber.early_deltas > 0 || early_ == EarlyDeltas::send;
}

bool Exchange::is_followed() const {
  return std::any_of(subscribers_.begin(), subscribers_.end(),
                     [this](const Subscriber& one) { return gets_deltas(one); });
}

BookFrame Exchange::image(std::size_t channel) const {
  return protocol_.image(channel, books_[channel].book, now_);
}

TrueBook true_book_at(std::unique_ptr<Source> source, std::size_t channel, std::uint64_t number,
                      Venue venue) {
  Exchange exchange{std::move(source), venue};
  TrueBook book = exchange.book(channel);
  bool reached = number == 0;
  exchange.observe([&](const Truth& truth) {
    if (&truth.channel != &exchange.source().channels()[channel] || truth.number != number) return;
    book = truth.book;
    reached = true;
  });
  while (!reached) {
    if (exchange.upcoming() == nullptr) throw std::out_of_range{"the source ended before"};
    exchange.publish();
  }
  return book;
}

}  // namespace obkit::exchange
