#pragma once

#include <memory>
#include <string_view>

#include "obkit/feed/protocol.hpp"
#include "obkit/feed/venue.hpp"

/// Deribit's JSON-RPC over WebSocket, channel book.{instrument}.100ms: whole books by price, whose
/// changes are chained by numbers.
namespace obkit::feed::deribit {

/// Messages in, events out, without a memory of what was asked.
class Decoder {
 public:
  Decoder();
  Decoder(Decoder&&) noexcept;
  Decoder& operator=(Decoder&&) noexcept;
  ~Decoder();

  /// As Protocol::decode(). A level's id is made of its price and side. The acknowledgement of a
  /// subscription has the channels in `text`, with commas between.
  [[nodiscard]] const Frame& decode(std::string_view text);

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

/// What venues() lists.
[[nodiscard]] Venue venue();

}  // namespace obkit::feed::deribit
