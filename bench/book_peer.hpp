#pragma once

// What one would write first: frames of BitMEX to lines of a day-file, with the libraries at hand.
// nlohmann: nlohmann/json, std::map, fmt. simdjson: simdjson on demand, std::map, digits by
// std::to_chars. Of the checks that obsave makes they have none: no unknown levels, contradictions,
// crossed books or gaps.
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <functional>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <simdjson.h>

#include "obkit/core/time.hpp"

namespace peer {

constexpr std::size_t half = 50;

struct Row {
  bool bid = false;
  double price = 0, size = 0;
};

struct Message {
  bool is_image = false, removes = false;
  std::string time;
  std::vector<Row> rows;
};

/// Both sides by price; sizes are whole.
struct Book {
  std::map<double, double, std::greater<>> bids;
  std::map<double, double> asks;

  void apply(const Message& message) {
    if (message.is_image) bids.clear(), asks.clear();
    for (const Row& row : message.rows) {
      if (message.removes)
        row.bid ? bids.erase(row.price) : asks.erase(row.price);
      else
        (row.bid ? bids[row.price] : asks[row.price]) = row.size;
    }
  }
  bool top(std::vector<double>& prices, std::vector<double>& volumes) const {
    if (bids.size() < half || asks.size() < half) return false;
    prices.resize(2 * half);
    volumes.resize(2 * half);
    auto bid = bids.begin();
    auto ask = asks.begin();
    for (std::size_t i = 0; i < half; ++i, ++bid, ++ask) {
      prices[half - 1 - i] = bid->first, volumes[half - 1 - i] = bid->second;
      prices[half + i] = ask->first, volumes[half + i] = ask->second;
    }
    return true;
  }
};

inline void read_by_nlohmann(std::string_view text, Message& message) {
  const auto json = nlohmann::json::parse(text);
  const auto& action = json["action"].get_ref<const std::string&>();
  message.is_image = action == "partial";
  message.removes = action == "delete";
  message.rows.clear();
  for (const auto& row : json["data"]) {
    message.time = row["timestamp"].get<std::string>();
    message.rows.push_back({.bid = row["side"] == "Buy",
                            .price = row["price"].get<double>(),
                            .size = message.removes ? 0 : row["size"].get<double>()});
  }
}

class ReaderBySimdjson {
 public:
  void operator()(std::string_view text, Message& message) {
    buffer_.assign(text).append(simdjson::SIMDJSON_PADDING, ' ');
    auto json = parser_.iterate(buffer_.data(), text.size(), buffer_.size());
    const std::string_view action = json["action"];
    message.is_image = action == "partial";
    message.removes = action == "delete";
    message.rows.clear();
    for (auto row : json["data"].get_array()) {
      Row& read = message.rows.emplace_back();
      read.bid = std::string_view{row["side"]} == "Buy";
      if (!message.removes) read.size = static_cast<double>(std::uint64_t{row["size"]});
      read.price = row["price"];
      message.time = std::string_view{row["timestamp"]};
    }
  }

 private:
  simdjson::ondemand::parser parser_;
  std::string buffer_;
};

struct Line {
  obkit::DateTime time;
  std::int64_t recv = 0;
  std::vector<double> prices, volumes;
};

inline void write_by_fmt(std::string& out, const Line& line) {
  fmt::format_to(std::back_inserter(out),
                 "{{\"date\":{},\"time\":{},\"prices\":[{}],\"volumes\":[{}],\"recv\":{}}}\n",
                 line.time.date, line.time.time, fmt::join(line.prices, ","),
                 fmt::join(line.volumes, ","), line.recv);
}

/// A pointer that digits are put behind.
class Pen {
 public:
  explicit Pen(char* at) : at_{at} {}

  void put(std::string_view text) {
    std::memcpy(at_, text.data(), text.size());
    at_ += text.size();
  }
  void put(std::int64_t number) { at_ = std::to_chars(at_, at_ + 20, number).ptr; }
  /// Prices are whole halves.
  void put_halves(double price) {
    put(static_cast<std::int64_t>(price));
    if (price != std::floor(price)) put(".5");
  }
  void comma() { *at_++ = ','; }
  void back() { --at_; }
  [[nodiscard]] const char* at() const { return at_; }

 private:
  char* at_;
};

inline void write_by_hand(std::string& out, const Line& line) {
  const std::size_t begin = out.size();
  out.resize(begin + 50 * line.prices.size());
  Pen pen{out.data() + begin};
  pen.put("{\"date\":");
  pen.put(line.time.date);
  pen.put(",\"time\":");
  pen.put(line.time.time);
  pen.put(",\"prices\":[");
  for (const double price : line.prices) pen.put_halves(price), pen.comma();
  pen.back();
  pen.put("],\"volumes\":[");
  for (const double volume : line.volumes) pen.put(static_cast<std::int64_t>(volume)), pen.comma();
  pen.back();
  pen.put("],\"recv\":");
  pen.put(line.recv);
  pen.put("}\n");
  out.resize(static_cast<std::size_t>(pen.at() - out.data()));
}

/// Appends the line of a frame to `out`, where the best levels have changed.
template <class Read, class Write>
class Recorder {
 public:
  Recorder(Read read, Write write) : read_{std::move(read)}, write_{write} {}

  void frame(std::int64_t received, std::string_view text, std::string& out) {
    read_(text, message_);
    book_.apply(message_);
    if (!book_.top(line_.prices, line_.volumes)) return;
    if (line_.prices == last_.prices && line_.volumes == last_.volumes) return;
    line_.time = obkit::to_date_time(obkit::parse_iso(message_.time).value());
    line_.recv = received;
    write_(out, line_);
    std::swap(line_, last_);
  }

 private:
  Read read_;
  Write write_;
  Book book_;
  Message message_;
  Line line_, last_;
};

}  // namespace peer
