#include "obkit/exchange/exchange.hpp"

#include <algorithm>
#include <cassert>
#include <stdexcept>

namespace obkit::exchange {

Exchange::Exchange(std::unique_ptr<Source> source, EarlyDeltas early)
    : source_{std::move(source)},
      early_{early},
      now_{source_->start()},
      books_(source_->channels().size()) {
  for (const BookFrame& image : source_->opening()) {
    books_[image.channel].book.apply(image);
    books_[image.channel].known = true;
  }
  draw();
}

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
  book.known = book.known || frame.action == BookAction::partial;
  if (book.known) {
    book.book.apply(frame);
    ++book.number;
  }
  std::shared_ptr<const std::string> text;
  std::size_t receivers = 0;
  for (Subscriber& subscriber : subscribers_) {
    if (!gets_deltas(subscriber) || !subscriber.wants(frame.channel)) continue;
    if (frame.text.empty()) frame.text = write_frame(frame, source_->channels()[frame.channel]);
    if (!text) text = std::make_shared<const std::string>(std::move(frame.text));
    subscriber.full = !subscriber.receiver->deliver(text);
    receivers += subscriber.full ? 0 : 1;
  }
  std::erase_if(subscribers_, [](const Subscriber& one) { return one.full; });
  if (book.known) tell(frame, receivers);
}

void Exchange::tell(const BookFrame& frame, std::size_t receivers) const {
  if (!observer_) return;
  const Book& book = books_[frame.channel];
  observer_({book.number, source_->channels()[frame.channel], frame.action, frame.time,
             frame.rows.size(), receivers, book.book});
}

void Exchange::subscribe(Receiver& receiver, const Subscription& subscription) {
  subscribers_.push_back({&receiver, subscription});
}

void Exchange::send_partial(Receiver& receiver, const std::string& topic) {
  const auto found =
      std::find_if(subscribers_.begin(), subscribers_.end(), [&](const Subscriber& one) {
        return one.receiver == &receiver && one.subscription.topic == topic;
      });
  if (found == subscribers_.end()) return;
  found->live = true;
  const Subscription& subscription = found->subscription;
  std::vector<BookFrame> images;
  std::vector<Channel> channels;
  for (const std::size_t channel : subscription.channels) {
    if (!books_[channel].known) continue;
    images.push_back(image(channel));
    channels.push_back(source_->channels()[channel]);
  }
  if (images.empty()) return;
  const bool taken = receiver.deliver(
      std::make_shared<const std::string>(write_partial(images, channels, subscription.symbol)));
  for (const BookFrame& one : images) tell(one, taken ? 1 : 0);
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
  return subscriber.live || early_ == EarlyDeltas::send;
}

bool Exchange::is_followed() const {
  return std::any_of(subscribers_.begin(), subscribers_.end(),
                     [this](const Subscriber& one) { return gets_deltas(one); });
}

bool Exchange::Subscriber::wants(std::size_t channel) const {
  const auto& all = subscription.channels;
  return std::find(all.begin(), all.end(), channel) != all.end();
}

BookFrame Exchange::image(std::size_t channel) const {
  return {channel, BookAction::partial, now_, books_[channel].book.rows(), {}};
}

TrueBook true_book_at(std::unique_ptr<Source> source, std::size_t channel, std::uint64_t number) {
  Exchange exchange{std::move(source)};
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
