#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <simdjson.h>

#include "obkit/core/level_update.hpp"

namespace obkit::feed::deribit {

/// The instrument of `book.INSTRUMENT.INTERVAL`; empty for any other channel.
[[nodiscard]] std::string_view instrument_of(std::string_view channel);

/// A book as a message has it.
struct BookData {
  BookUpdate update;
  std::uint64_t number = 0;
  std::optional<std::uint64_t> previous;  ///< the number of the message that a change follows
};

/// Reads `params.data` of such a channel into `book`, whose memory is reused. Throws BadFrame and
/// simdjson_error.
void read_book(simdjson::ondemand::value data, std::string_view instrument, BookData& book);

/// Reads the `result` of public/get_order_book into a witness, whose memory is reused. Throws as
/// read_book() does.
void read_witness(simdjson::ondemand::value result, BookUpdate& witness);

/// Reads changes of a book the fast way, without a copy and without a tree, where they are written
/// as the exchange writes them: version, method, parameters, of which the channel comes first, and
/// data with each of its keys once, in any order; plain numbers, with an exponent or without, texts
/// without escapes, no white space.
class CompactBook {
 public:
  /// False for anything else, be it legal or not: the message is then simdjson's to read or refuse,
  /// and `book`, whose memory is reused, is unspecified. What is taken gives what simdjson's way
  /// gives.
  [[nodiscard]] bool read(std::string_view text, BookData& book);

 private:
  std::string channel_, instrument_;  ///< of the message before
};

}  // namespace obkit::feed::deribit
