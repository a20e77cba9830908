#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include "obkit/feed/deribit.hpp"

#include "../json_value.hpp"
#include "book_data.hpp"
#include "message.hpp"
#include "plain_book.hpp"

namespace obkit::feed::deribit {

using simdjson::ondemand::value;

class Decoder::Implementation {
 public:
  const Frame& decode(std::string_view text) {
    read_frame(frame_, [&] {
      if (plain_.read(text, update_))
        tell_book();
      else
        read(text);
    });
    return frame_;
  }

 private:
  void read(std::string_view text) {
    auto document = json_.read(text);
    message_ = {};
    book_is_read_ = false;
    for (auto field : document.get_object()) {
      const std::string_view key = field.unescaped_key();
      value content = field.value();
      if (key == "params") {
        for_each_field(content,
                       [&](std::string_view part, value inner) { read_parameter(part, inner); });
      } else {
        read_key(key, content, message_);
      }
    }
    JsonMessage::expect_end(document);
    if (message_.has_data && !book_is_read_ && !instrument_of(message_.channel).empty())
      read_late(document);
    tell();
  }

  void read_parameter(std::string_view key, value content) {
    if (key == "channel") message_.channel = text_of(content);
    if (key == "type") message_.type = text_of(content);
    if (key != "data") return;
    message_.has_data = true;
    // The channel is named first; an order of keys is no promise, though.
    if (const auto instrument = instrument_of(message_.channel); !instrument.empty()) {
      read_book(content, instrument, update_);
      book_is_read_ = true;
    }
  }

  void read_late(simdjson::ondemand::document& document) {
    document.rewind();
    value parameters = document.find_field_unordered("params");
    read_book(parameters.find_field_unordered("data"), instrument_of(message_.channel), update_);
    book_is_read_ = true;
  }

  void tell() {
    if (book_is_read_) {
      tell_book();
    } else if (message_.has_error) {
      frame_.kind = Frame::Kind::refused;
      frame_.text = message_.error;
      frame_.status = message_.code;
      frame_.passes = passes(message_.code);
    } else if (message_.method == "heartbeat" && message_.type == "test_request") {
      frame_.replies.emplace_back(R"({"jsonrpc":"2.0","id":3,"method":"public/test","params":{}})");
    } else if (message_.has_channels) {
      frame_.kind = Frame::Kind::subscribed;
      frame_.text = message_.channels;
    }
  }

  void tell_book() {
    frame_.kind = Frame::Kind::book;
    frame_.updates = {&update_, 1};
  }

  JsonMessage json_;
  PlainBook plain_;
  Message message_;
  BookUpdate update_;
  bool book_is_read_ = false;
  Frame frame_;
};

Decoder::Decoder() : implementation_{std::make_unique<Implementation>()} {}
Decoder::Decoder(Decoder&&) noexcept = default;
Decoder& Decoder::operator=(Decoder&&) noexcept = default;
Decoder::~Decoder() = default;

const Frame& Decoder::decode(std::string_view text) { return implementation_->decode(text); }

}  // namespace obkit::feed::deribit
