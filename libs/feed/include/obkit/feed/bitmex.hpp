#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "obkit/feed/frame.hpp"
#include "obkit/feed/header.hpp"
#include "obkit/feed/venue.hpp"

/// BitMEX's realtime protocol, topic orderBookL2, of all its eras: rows with and without price,
/// timestamp and pool.
namespace obkit::feed::bitmex {

/// Messages in, events out. No input makes it fail: what it cannot understand is `malformed`.
class Decoder {
 public:
  Decoder();
  Decoder(Decoder&&) noexcept;
  Decoder& operator=(Decoder&&) noexcept;
  ~Decoder();

  /// The frame, and what it refers to, is valid until the next call. Prices are exact; the time of
  /// an update is the latest timestamp of its rows. A frame that is malformed anywhere has no
  /// updates. O(bytes).
  [[nodiscard]] const Frame& decode(std::string_view text);

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

/// The requests that subscribe to the books of `symbols` in `pool` (`Primary`, `Secondary`,
/// `Aggregated`; empty: the exchange's default). More than one where a single one would be too
/// long. Pre: symbols and pool are valid.
[[nodiscard]] std::vector<std::string> subscribe_requests(std::span<const std::string> symbols,
                                                          std::string_view pool);
/// The same for giving them up.
[[nodiscard]] std::vector<std::string> unsubscribe_requests(std::span<const std::string> symbols,
                                                            std::string_view pool);

/// Whether `text` can name an instrument: letters, digits and `. _ - /`, not empty.
[[nodiscard]] bool is_symbol(std::string_view text);

/// What a signature is made of.
struct SignedRequest {
  std::string_view verb;
  std::string_view path;         ///< with the query string
  std::int64_t expires_seconds;  ///< since 1970
  std::string_view body;
};

/// The HMAC of verb + path + expires + body.
[[nodiscard]] std::string sign(std::string_view secret, const SignedRequest& request, Hmac hmac);

/// Headers that authenticate the upgrade of a socket.
[[nodiscard]] std::vector<Header> auth_headers(const Credentials& credentials,
                                               std::int64_t expires_seconds, Hmac hmac);

/// What venues() lists.
[[nodiscard]] Venue venue();

}  // namespace obkit::feed::bitmex
