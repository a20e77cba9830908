#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "obkit/feed/bitmex.hpp"

#include "../json_value.hpp"
#include "message.hpp"
#include "plain_book.hpp"
#include "rows.hpp"

namespace obkit::feed::bitmex {
namespace {

using simdjson::ondemand::value;

constexpr std::string_view book_table = "orderBookL2";

}  // namespace

class Decoder::Implementation {
 public:
  const Frame& decode(std::string_view text) {
    read_frame(frame_, [&] {
      rows_.clear();
      if (text == "pong")
        frame_.kind = Frame::Kind::pong;
      else if (read_plain_book(text, rows_))
        tell_rows();
      else
        read(text);
    });
    return frame_;
  }

 private:
  void read(std::string_view text) {
    auto document = json_.read(text);
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
    JsonMessage::expect_end(document);
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
      tell_refusal(message);
    } else if (!message.subscribe.empty()) {
      frame_.kind = Frame::Kind::subscribed;
      frame_.text = message.subscribe;
      frame_.pool = message.pool;
    } else {
      frame_.kind = message.has_info ? Frame::Kind::greeting : Frame::Kind::other;
    }
  }

  void tell_refusal(const Message& message) {
    constexpr std::uint64_t largest = 999;
    frame_.kind = Frame::Kind::refused;
    frame_.text = message.error;
    frame_.status = static_cast<int>(std::min(message.status, largest));
    frame_.passes = frame_.status == 429 || frame_.status >= 500;
    if (message.retry_after)
      frame_.retry_after =
          std::chrono::seconds{std::min<std::uint64_t>(*message.retry_after, 86400)};
  }

  void tell_book(const Message& message) {
    if (!message.has_data) throw BadFrame{"a book without data"};
    // An image may have no rows; then the filter alone names the symbol.
    if (message.action == "partial" && !message.filter_symbol.empty())
      rows_.begin_image_of(message.filter_symbol, message.filter_pool);
    tell_rows();
  }

  void tell_rows() {
    frame_.kind = Frame::Kind::book;
    frame_.updates = rows_.updates();
  }

  JsonMessage json_;
  Rows rows_;
  Frame frame_;
};

Decoder::Decoder() : implementation_{std::make_unique<Implementation>()} {}
Decoder::Decoder(Decoder&&) noexcept = default;
Decoder& Decoder::operator=(Decoder&&) noexcept = default;
Decoder::~Decoder() = default;

const Frame& Decoder::decode(std::string_view text) { return implementation_->decode(text); }

}  // namespace obkit::feed::bitmex
