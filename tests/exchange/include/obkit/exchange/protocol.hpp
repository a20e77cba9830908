#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "obkit/exchange/book_frame.hpp"
#include "obkit/exchange/conversation.hpp"
#include "obkit/exchange/true_book.hpp"
#include "obkit/exchange/venue.hpp"

namespace obkit::exchange {

/// What conversations depend on besides the channels.
struct ConversationOptions {
  Credentials credentials;
  std::chrono::milliseconds second{1000};  ///< of heartbeats
};

/// How one venue speaks: its path, its conversations and its book frames. Without state.
class Protocol {
 public:
  Protocol() = default;
  Protocol(const Protocol&) = delete;
  Protocol& operator=(const Protocol&) = delete;
  virtual ~Protocol() = default;

  /// Of the URL: "/realtime".
  [[nodiscard]] virtual std::string_view path() const = 0;
  /// `channels` must outlive the conversation.
  [[nodiscard]] virtual std::unique_ptr<Conversation> converse(
      const std::vector<Channel>& channels, const ConversationOptions& options) const = 0;
  /// What a client sends to follow a channel.
  [[nodiscard]] virtual std::string subscribe_request(const Channel& channel) const = 0;

  /// A partial of a book, with the time that the venue gives it.
  [[nodiscard]] virtual BookFrame image(std::size_t channel, const TrueBook& book,
                                        Timestamp now) const = 0;
  [[nodiscard]] virtual std::string write(const BookFrame& frame, const Channel& channel) const = 0;
  /// One partial for the images of a subscription; `symbol` is empty if it is to all.
  [[nodiscard]] virtual std::string write_partial(const std::vector<BookFrame>& images,
                                                  const std::vector<Channel>& channels,
                                                  std::string_view symbol) const = 0;
  /// The frames that say what `frame` says and, besides, that `row` was the object of `action`.
  [[nodiscard]] virtual std::vector<BookFrame> with(const BookFrame& frame, BookAction action,
                                                    Row row) const = 0;
  /// A message of at least `size` bytes that is not about books.
  [[nodiscard]] virtual std::string large_message(std::size_t size) const = 0;
};

[[nodiscard]] const Protocol& protocol(Venue venue);

}  // namespace obkit::exchange
