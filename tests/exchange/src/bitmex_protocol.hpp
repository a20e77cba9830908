#pragma once

#include "obkit/exchange/protocol.hpp"

namespace obkit::exchange {

/// Frames per action, rows by id, partials that may be of several symbols.
class BitmexProtocol final : public Protocol {
 public:
  [[nodiscard]] std::string_view path() const override { return "/realtime"; }
  [[nodiscard]] std::unique_ptr<Conversation> converse(
      const std::vector<Channel>& channels, const ConversationOptions& options) const override;
  [[nodiscard]] std::string subscribe_request(const Channel& channel) const override;
  [[nodiscard]] BookFrame image(std::size_t channel, const TrueBook& book,
                                Timestamp now) const override;
  [[nodiscard]] std::string write(const BookFrame& frame, const Channel& channel) const override;
  [[nodiscard]] std::string write_partial(const std::vector<BookFrame>& images,
                                          const std::vector<Channel>& channels,
                                          std::string_view symbol) const override;
  /// The frame, and one more.
  [[nodiscard]] std::vector<BookFrame> with(const BookFrame& frame, BookAction action,
                                            Row row) const override;
  [[nodiscard]] std::string large_message(std::size_t size) const override;
};

}  // namespace obkit::exchange
