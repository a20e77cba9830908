#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <simdjson.h>

#include "obkit/core/level_update.hpp"
#include "obkit/core/price.hpp"
#include "obkit/core/time.hpp"
#include "obkit/feed/protocol.hpp"

#include "../checksum_text.hpp"

/// What decoders read JSON with.
namespace obkit::feed {

/// Thrown for a message that is JSON but not what the protocol allows; stays inside the decoder.
struct BadFrame {
  std::string problem;
};

/// The document of one message at a time; memory is reused, but for that of a giant.
class JsonMessage {
 public:
  /// Valid, with what it refers to, until the next call. Throws simdjson_error.
  [[nodiscard]] simdjson::ondemand::document read(std::string_view text);

  /// Throws BadFrame for anything behind a document that was read to its end.
  static void expect_end(simdjson::ondemand::document& document);

  /// Bytes of the largest message for which there is memory now.
  [[nodiscard]] std::size_t capacity() const {
    return std::max(buffer_.capacity(), parser_.capacity());
  }

 private:
  simdjson::ondemand::parser parser_;
  std::string buffer_;
};

/// Lenient readers: empty for a value of another type. Outside a book's rows the protocol is taken
/// as it comes.
[[nodiscard]] std::string_view text_of(simdjson::ondemand::value content);
[[nodiscard]] std::optional<std::uint64_t> whole_number_of(simdjson::ondemand::value content);
[[nodiscard]] std::optional<bool> truth_of(simdjson::ondemand::value content);

/// Of the time that exchanges count from 1970 on. Throws BadFrame for one that is no time.
[[nodiscard]] Timestamp time_of_milliseconds(std::uint64_t milliseconds);

/// Strict ones, for rows. They throw BadFrame and simdjson_error.

/// Of the number's own digits: exact. Empty where a book cannot hold it; then `lost` says so, as
/// BookUpdate::lost.
[[nodiscard]] std::optional<Price> price_of(simdjson::ondemand::value number, std::string& lost);
[[nodiscard]] double size_of(simdjson::ondemand::value number);  ///< not below zero
/// The same of a number that is written as a JSON text.
[[nodiscard]] std::optional<Price> price_of_text(simdjson::ondemand::value text, std::string& lost);
[[nodiscard]] double size_of_text(simdjson::ondemand::value text);
/// The same of its characters.
[[nodiscard]] std::optional<Price> price_in(std::string_view digits, std::string& lost);
[[nodiscard]] double size_in(std::string_view digits);

/// The characters of a number, without what follows it.
[[nodiscard]] std::string_view digits_of(simdjson::ondemand::value number);

/// That a level of a feed without ids is now of that size; 0: it is gone.
[[nodiscard]] inline LevelChange level_of(Side side, Price price, double size) {
  return {.action = LevelChange::Action::set,
          .side = side,
          .id = level_id(side, price),
          .price = price,
          .size = size};
}

/// Appends rows `["PRICE","SIZE",…]` of one side to the levels of `update`. What follows the two is
/// ignored. A price that a book cannot hold sets `update.lost`. The sizes are noted in `texts`.
void read_level_rows(simdjson::ondemand::value rows, Side side, BookUpdate& update,
                     SizeTexts* texts = nullptr);

/// Calls `take(key, value)` for each field of what may be an object.
template <class Take>
void for_each_field(simdjson::ondemand::value content, Take take) {
  simdjson::ondemand::object fields;
  if (content.get_object().get(fields) != simdjson::SUCCESS) return;
  for (auto field : fields) {
    const std::string_view key = field.unescaped_key();
    take(key, simdjson::ondemand::value{field.value()});
  }
}

/// Calls `read`, which fills `frame`; what it throws makes the frame malformed.
template <class Read>
void read_frame(Frame& frame, Read read) {
  const auto refuse = [&](std::string problem) {
    frame.clear();
    frame.kind = Frame::Kind::malformed;
    frame.text = std::move(problem);
  };
  frame.clear();
  try {
    read();
  } catch (const simdjson::simdjson_error& error) {
    refuse(std::string{"no JSON as it should be: "} + error.what());
  } catch (const BadFrame& bad) {
    refuse(bad.problem);
  }
}

}  // namespace obkit::feed
