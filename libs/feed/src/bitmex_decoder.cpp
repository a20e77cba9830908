#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <simdjson.h>

#include "obkit/feed/bitmex.hpp"

#include "bitmex_message.hpp"
#include "bitmex_rows.hpp"

namespace obkit::feed::bitmex {
namespace {

using simdjson::ondemand::value;

constexpr std::string_view book_table = "orderBookL2";

}  // namespace

class Decoder::Implementation {
 public:
  const Frame& decode(std::string_view text) {
    frame_.text.clear();
    frame_.pool.clear();
    frame_.status = 0;
    frame_.retry_after.reset();
    frame_.updates = {};
    if (text == "pong") {
      frame_.kind = Frame::Kind::pong;
      return frame_;
    }
    try {
      read(text);
    } catch (const simdjson::simdjson_error& error) {
      refuse(std::string{"no JSON as it should be: "} + error.what());
    } catch (const BadRow& bad) {
      refuse(bad.problem);
    }
    return frame_;
  }

 private:
  void read(std::string_view text) {
    buffer_.resize(text.size() + simdjson::SIMDJSON_PADDING);
    std::copy(text.begin(), text.end(), buffer_.begin());
    simdjson::ondemand::document document =
        parser_.iterate(simdjson::padded_string_view{buffer_.data(), text.size(), buffer_.size()});
    Message message;
    rows_.clear();
    bool rows_are_read = false;
    for (auto field : document.get_object()) {
      const std::string_view key = field.unescaped_key();
      value content = field.value();
      if (key == "data") {
        message.has_data = true;
        // Exchanges name table and action first; an order of keys is no promise, though.
        if (message.table == book_table && !message.action.empty()) {
          rows_.read(content.get_array(), message.action);
          rows_are_read = true;
        }
      } else if (!content.is_null()) {
        read_key(key, content, message);
      }
    }
    if (document.current_location().error() != simdjson::OUT_OF_BOUNDS)
      throw BadRow{"text behind the message"};
    if (message.table == book_table && message.has_data && !rows_are_read)
      read_late(document, message);
    tell(message);
  }

  void read_late(simdjson::ondemand::document& document, const Message& message) {
    document.rewind();
    rows_.read(document.find_field_unordered("data").get_array(), message.action);
  }

  void tell(const Message& message) {
    if (message.table == book_table) {
      tell_book(message);
    } else if (message.has_error || message.success == false) {
      frame_.kind = Frame::Kind::refused;
      frame_.text = message.error;
      frame_.status = static_cast<int>(std::min<std::uint64_t>(message.status, 999));
      if (message.retry_after)
        frame_.retry_after =
            std::chrono::seconds{std::min<std::uint64_t>(*message.retry_after, 86400)};
    } else if (!message.subscribe.empty()) {
      frame_.kind = Frame::Kind::subscribed;
      frame_.text = message.subscribe;
      frame_.pool = message.pool;
    } else {
      frame_.kind = message.has_info ? Frame::Kind::greeting : Frame::Kind::other;
    }
  }

  void tell_book(const Message& message) {
    if (!message.has_data) throw BadRow{"a book without data"};
    // An image may have no rows; then the filter alone names the symbol.
    if (message.action == "partial" && !message.filter_symbol.empty())
      rows_.begin_image_of(message.filter_symbol);
    frame_.kind = Frame::Kind::book;
    frame_.updates = rows_.updates();
  }

  void refuse(std::string problem) {
    frame_.kind = Frame::Kind::malformed;
    frame_.text = std::move(problem);
    frame_.updates = {};
  }

  simdjson::ondemand::parser parser_;
  std::string buffer_;
  Rows rows_;
  Frame frame_;
};

Decoder::Decoder() : implementation_{std::make_unique<Implementation>()} {}
Decoder::Decoder(Decoder&&) noexcept = default;
Decoder& Decoder::operator=(Decoder&&) noexcept = default;
Decoder::~Decoder() = default;

const Frame& Decoder::decode(std::string_view text) { return implementation_->decode(text); }

}  // namespace obkit::feed::bitmex
