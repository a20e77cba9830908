#include "deribit_protocol.hpp"

#include <algorithm>
#include <cassert>

#include "obkit/exchange/deribit_conversation.hpp"
#include "obkit/exchange/deribit_frame.hpp"

namespace obkit::exchange {
namespace {

/// Bids first, on either side the best first.
void sort_rows(std::vector<Row>& rows) {
  std::stable_sort(rows.begin(), rows.end(), [](const Row& left, const Row& right) {
    if (left.side != right.side) return left.side == Side::bid;
    return left.side == Side::bid ? *left.price > *right.price : *left.price < *right.price;
  });
}

}  // namespace

std::unique_ptr<Conversation> DeribitProtocol::converse(const std::vector<Channel>& channels,
                                                        const ConversationOptions& options) const {
  return std::make_unique<DeribitConversation>(channels, options.second);
}

std::string DeribitProtocol::subscribe_request(const Channel& channel) const {
  return R"({"jsonrpc":"2.0","id":2,"method":"public/subscribe","params":{"channels":[")" +
         deribit_channel(channel.symbol) + R"("]}})";
}

/// The time is that of the last change.
BookFrame DeribitProtocol::image(std::size_t channel, const TrueBook& book, Timestamp) const {
  BookFrame image{channel, BookAction::partial, book.time(), book.rows(), {}, book.change_id()};
  for (Row& row : image.rows) row.action = BookAction::insert;
  sort_rows(image.rows);
  return image;
}

std::string DeribitProtocol::write(const BookFrame& frame, const Channel& channel) const {
  return write_deribit_frame(frame, channel);
}

std::string DeribitProtocol::write_partial(const std::vector<BookFrame>& images,
                                           const std::vector<Channel>& channels,
                                           std::string_view) const {
  assert(images.size() == 1 && channels.size() == 1);
  return write_deribit_frame(images.front(), channels.front());
}

std::vector<BookFrame> DeribitProtocol::with(const BookFrame& frame, BookAction action,
                                             Row row) const {
  BookFrame changed = frame;
  changed.text.clear();
  if (action == BookAction::remove) row.size.reset();
  row.action = action;
  changed.rows.push_back(row);
  sort_rows(changed.rows);
  return {changed};
}

std::string DeribitProtocol::large_message(std::size_t size) const {
  std::string out =
      R"({"jsonrpc":"2.0","method":"subscription","params":{"channel":"deribit_price_statistics",)"
      R"("data":[)";
  out.reserve(size + 64);
  while (out.size() < size) out += R"({"index_name":"btc_usd","high24h":64000.0,"low24h":6.0e4},)";
  out.back() = ']';
  return out + "}}";
}

}  // namespace obkit::exchange
