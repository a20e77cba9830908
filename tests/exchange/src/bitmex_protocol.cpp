#include "bitmex_protocol.hpp"

#include "obkit/exchange/bitmex_conversation.hpp"
#include "obkit/exchange/bitmex_frame.hpp"

namespace obkit::exchange {

std::unique_ptr<Conversation> BitmexProtocol::converse(const std::vector<Channel>& channels,
                                                       const ConversationOptions& options) const {
  return std::make_unique<BitmexConversation>(channels, options.credentials);
}

std::string BitmexProtocol::subscribe_request(const Channel& channel) const {
  const std::string pool = channel.pool.empty() ? "" : ":" + channel.pool;
  return R"({"op":"subscribe","args":"orderBookL2:)" + channel.symbol + pool + "\"}";
}

BookFrame BitmexProtocol::image(std::size_t channel, const TrueBook& book, Timestamp now) const {
  return {channel, BookAction::partial, now, book.rows(), {}};
}

std::string BitmexProtocol::write(const BookFrame& frame, const Channel& channel) const {
  return write_bitmex_frame(frame, channel);
}

std::string BitmexProtocol::write_partial(const std::vector<BookFrame>& images,
                                          const std::vector<Channel>& channels,
                                          std::string_view symbol) const {
  return write_bitmex_partial(images, channels, symbol);
}

std::vector<BookFrame> BitmexProtocol::with(const BookFrame& frame, BookAction action,
                                            Row row) const {
  if (action == BookAction::remove) row.size.reset();
  return {frame, {frame.channel, action, frame.time, {row}, {}}};
}

std::string BitmexProtocol::large_message(std::size_t size) const {
  std::string out = R"({"table":"chat","action":"insert","data":[)";
  out.reserve(size + 256);
  while (out.size() < size)
    out += R"({"channelID":1,"fromBot":false,"html":"hello","id":1,"message":"hello","user":"x"},)";
  out.back() = ']';
  return out + '}';
}

}  // namespace obkit::exchange
