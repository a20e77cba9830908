#include "obkit/exchange/exchange.hpp"

#include <algorithm>
#include <cassert>
#include <map>
#include <stdexcept>

#include "obkit/core/error.hpp"
#include "obkit/exchange/source.hpp"

#include "book_faults.hpp"

namespace obkit::exchange {
namespace {

constexpr int deltas_before_partial = 3;

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
  bool live = false;                              ///< its partial was sent
  bool full = false;                              ///< takes no more
  int early_deltas = 0;                           ///< still to come before the partial
  bool is_owed = false;                           ///< the partial, after them
  std::map<std::size_t, BookFaults> faults = {};  ///< by channel
  std::vector<TrueBook::PriceLevel> best = {};  ///< that it was told last, of a book of best levels

  [[nodiscard]] bool wants(std::size_t channel) const {
    const auto& all = subscription.channels;
    return std::find(all.begin(), all.end(), channel) != all.end();
  }
};

Exchange::Exchange(std::unique_ptr<Source> source, Venue venue, EarlyDeltas early)
    : protocol_{exchange::protocol(venue)},
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
  for (BookFrame& frame : upcoming_.frames) publish(frame);
  draw();
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
    if (!subscriber.subscription.is_of_best && gets_deltas(subscriber) &&
        subscriber.wants(frame.channel))
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
  const auto& [book, number, known] = books_[channel];
  if (!known) return;
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
  if (early_subscriptions_ == 0 || subscription.is_of_best) return;
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
  deliver(subscriber, std::make_shared<const std::string>(
                          protocol_.write_partial(images, channels, subscription.symbol)));
  for (const BookFrame& one : images) tell(one, subscriber.full ? 0 : 1);
}

std::size_t Exchange::inject(const Injection& injection, const Receiver* receiver) {
  if (injection.fault == Fault::early_deltas) return early_subscriptions_ = injection.count;
  std::size_t hit = 0;
  for (Subscriber& one : subscribers_) {
    if (receiver != nullptr && receiver != one.receiver) continue;
    if (one.subscription.is_of_best) continue;
    for (const std::size_t channel : one.subscription.channels) {
      const std::string& symbol = source_->channels()[channel].symbol;
      if (!injection.symbol.empty() && injection.symbol != symbol) continue;
      one.faults[channel].arm(injection);
      ++hit;
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
