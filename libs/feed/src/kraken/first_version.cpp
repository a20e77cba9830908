#include "first_version.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <system_error>

#include "obkit/core/time.hpp"

namespace obkit::feed::kraken {

using simdjson::ondemand::document;
using simdjson::ondemand::json_type;
using simdjson::ondemand::value;

namespace {

Timestamp time_of(std::string_view text) {
  const auto time = parse_epoch_seconds(text);
  if (!time) throw BadFrame{"a time that is no time"};
  return *time;
}

std::uint32_t checksum_of(std::string_view text) {
  std::uint32_t checksum = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), checksum);
  if (error != std::errc{} || end != text.data() + text.size())
    throw BadFrame{"a checksum that is none"};
  return checksum;
}

/// `["58724.80000","0.36000000","1617666423.690142"]`; with an "r" behind, it was in the book
/// before and is only told again, as a better level went.
struct LevelRow {
  std::optional<Price> price;
  std::string_view size;
  std::optional<Timestamp> time;  ///< when it came to the book
};

LevelRow read_level(value content, std::string& lost) {
  LevelRow row;
  std::size_t count = 0;
  for (auto cell : content.get_array()) {
    if (count == 0) row.price = price_of_text(cell.value(), lost);
    if (count == 1) row.size = cell.get_string();
    if (count == 2) row.time = time_of(cell.get_string());
    if (count == 3 && std::string_view{cell.get_string()} == "r") row.time.reset();
    ++count;
  }
  if (count < 3) throw BadFrame{"a row without price, size and time"};
  return row;
}

}  // namespace

void FirstVersion::read(document& document) {
  topic_ = read_topic(document);
  document.rewind();
  if (topic_.channel.starts_with("book")) return read_book(document);
  if (with_trades_ && topic_.channel == "trade") read_trades(document);
}

/// It is the last two members: the content is skipped.
FirstVersion::Topic FirstVersion::read_topic(document& document) {
  Topic topic;
  for (auto member : document.get_array()) {
    value part = member.value();
    const json_type type = part.type();
    if (type == json_type::string) {
      topic.channel = std::move(topic.symbol);
      topic.symbol = std::string_view{part.get_string()};
    } else if (type == json_type::object) {
      for (auto field : part.get_object()) {
        const std::string_view key = field.unescaped_key();
        if (key == "as" || key == "bs") topic.is_image = true;
      }
    }
  }
  JsonMessage::expect_end(document);
  if (topic.channel.empty() || topic.symbol.empty())
    throw BadFrame{"a message without channel and pair"};
  return topic;
}

void FirstVersion::read_book(document& document) {
  updates_.clear();
  BookUpdate& update = updates_.add();
  update.symbol = topic_.symbol;
  update.kind = topic_.is_image ? BookUpdate::Kind::image : BookUpdate::Kind::changes;
  Books::Book* const book = books_.find(update.symbol);
  if (book != nullptr && topic_.is_image) book->checksum.sizes.clear();
  bool has_content = false;
  for (auto member : document.get_array()) {
    value part = member.value();
    if (part.type() != json_type::object) continue;
    has_content = true;
    read_changes(part, book, update);
  }
  if (!has_content) throw BadFrame{"a book without bids and asks"};
  if (book != nullptr) {
    if (topic_.is_image) book->expect_window_of(update);
    update.kept_levels = book->window;
  }
  frame_.updates = updates_.all();
  frame_.kind = Frame::Kind::book;
}

void FirstVersion::read_changes(value content, Books::Book* book, BookUpdate& update) {
  for (auto field : content.get_object()) {
    const std::string_view key = field.unescaped_key();
    value part = field.value();
    if (key == "b" || key == "bs") read_rows(part, Side::bid, book, update);
    if (key == "a" || key == "as") read_rows(part, Side::ask, book, update);
    if (key != "c") continue;
    update.checksum = checksum_of(part.get_string());
    if (book != nullptr) update.checksum_rule = &book->checksum;
  }
}

void FirstVersion::read_rows(value rows, Side side, Books::Book* book, BookUpdate& update) {
  for (auto content : rows.get_array()) {
    const LevelRow row = read_level(content.value(), update.lost);
    update.time = std::max(update.time, row.time);
    const double size = size_in(row.size);
    if (!row.price) continue;  // the book is lost
    update.levels.push_back(level_of(side, *row.price, size));
    if (book != nullptr) book->checksum.sizes.note(level_id(side, *row.price), row.size);
  }
}

void FirstVersion::read_trades(document& document) {
  trades_.clear();
  for (auto member : document.get_array()) {
    value part = member.value();
    if (part.type() != json_type::array) continue;
    for (auto row : part.get_array()) trades_.add(read_trade(row.value()));
  }
  if (trades_.all().empty()) return;
  frame_.kind = Frame::Kind::trades;
  frame_.trades = trades_.all();
}

TradeRow FirstVersion::read_trade(value content) const {
  TradeRow row{.symbol = topic_.symbol};
  std::size_t count = 0;
  for (auto cell : content.get_array()) {
    if (count == 0) row.price = price_of_text(cell.value(), row.lost);
    if (count == 1) row.size = size_of_text(cell.value());
    if (count == 2) row.time = time_of(cell.get_string());
    if (count == 3) row.aggressor = aggressor_of(cell.get_string(), "b", "s");
    ++count;
  }
  return row;
}

void FirstVersion::read_event(document& document) {
  std::string_view event, status, pair, error, name;
  std::optional<std::uint64_t> depth;
  for (auto field : document.get_object()) {
    const std::string_view key = field.unescaped_key();
    value content = field.value();
    if (key == "event") event = text_of(content);
    if (key == "status") status = text_of(content);
    if (key == "pair") pair = text_of(content);
    if (key == "errorMessage") error = text_of(content);
    if (key != "subscription") continue;
    for_each_field(content, [&](std::string_view inner, value part) {
      if (inner == "name") name = text_of(part);
      if (inner == "depth") depth = whole_number_of(part);
    });
  }
  if (event == "systemStatus" && status == "online") frame_.kind = Frame::Kind::greeting;
  if (event == "pong") frame_.kind = Frame::Kind::pong;
  if (event != "subscriptionStatus") return;
  frame_.symbol = pair;
  frame_.text = status == "error" ? error : pair;
  if (status == "error") frame_.kind = Frame::Kind::refused;
  if (status != "subscribed" || name != "book") return;
  frame_.kind = Frame::Kind::subscribed;
  if (depth) books_.set_window(pair, *depth);
}

}  // namespace obkit::feed::kraken
