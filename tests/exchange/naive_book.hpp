#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <iterator>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <boost/crc.hpp>
#include <nlohmann/json.hpp>

#include "obkit/exchange/true_book.hpp"

namespace obkit::exchange {

/// A reader of frames as a newcomer would write it: a map of rows by id, everything else when
/// asked.
struct NaiveBook {
  struct Row {
    bool buy;
    double price;
    std::int64_t size;
  };
  std::map<std::uint64_t, Row> rows;

  void read(std::string_view frame) {
    const auto json = nlohmann::json::parse(frame);
    const std::string action = json.at("action");
    if (action == "partial") rows.clear();
    for (const auto& row : json.at("data")) {
      const std::uint64_t id = row.at("id");
      if (action != "insert" && action != "partial" && !rows.contains(id))
        throw std::runtime_error{"unknown id"};
      if (action == "delete")
        rows.erase(id);
      else
        rows[id] = {row.at("side") == "Buy", row.at("price"), row.at("size")};
    }
  }

  /// Best first.
  [[nodiscard]] std::vector<std::pair<double, std::int64_t>> levels(Side side,
                                                                    std::size_t n) const {
    std::map<double, std::int64_t> sums;
    const double sign = side == Side::bid ? -1 : 1;
    for (const auto& [id, row] : rows)
      if (row.buy == (side == Side::bid)) sums[sign * row.price] += row.size;
    std::vector<std::pair<double, std::int64_t>> out;
    for (const auto& [key, size] : sums)
      if (out.size() < n) out.emplace_back(sign * key, size);
    return out;
  }
};

/// The same for venues without ids: amounts by price, as long as the chain holds.
struct NaiveLadder {
  std::map<double, double> bids, asks;
  std::int64_t change_id = 0;

  void read(std::string_view frame) {
    const auto json = nlohmann::json::parse(frame);
    if (json.contains("lastUpdateId")) return read_answer(json);
    if (json.contains("stream")) return read_diff(json.at("data"));
    if (json.contains("sequence_num")) return read_coinbase(json);
    if (json.contains("topic")) return read_bybit(json);
    if (json.contains("arg")) return read_okx(json);
    if (json.contains("channel")) return read_kraken(json);
    if (json.contains("feed")) return read_kraken_futures(json);
    const auto& data = json.at("params").at("data");
    if (data.at("type") == "snapshot") {
      bids.clear();
      asks.clear();
    } else if (data.at("prev_change_id") != change_id) {
      throw std::runtime_error{"broken chain"};
    }
    change_id = data.at("change_id");
    read(data.at("bids"), bids);
    read(data.at("asks"), asks);
  }

  /// Best first.
  [[nodiscard]] std::vector<std::pair<double, std::int64_t>> levels(Side side,
                                                                    std::size_t n) const {
    std::vector<std::pair<double, std::int64_t>> out;
    const auto add = [&](const auto& level) {
      if (out.size() < n) out.emplace_back(level.first, static_cast<std::int64_t>(level.second));
    };
    if (side == Side::ask)
      std::for_each(asks.begin(), asks.end(), add);
    else
      std::for_each(bids.rbegin(), bids.rend(), add);
    return out;
  }

 private:
  /// Binance's, by HTTP.
  void read_answer(const nlohmann::json& json) {
    bids.clear(), asks.clear();
    change_id = json.at("lastUpdateId");
    set(json.at("bids"), bids), set(json.at("asks"), asks);
  }
  /// The futures of Binance name the number before, spot has no holes.
  void read_diff(const nlohmann::json& data) {
    const std::int64_t first = data.at("U"), before = data.value("pu", first - 1);
    if (before != change_id) throw std::runtime_error{"broken chain"};
    change_id = data.at("u");
    set(data.at("b"), bids), set(data.at("a"), asks);
  }
  static void set(const nlohmann::json& rows, std::map<double, double>& side) {
    for (const auto& row : rows) {
      const double price = std::stod(row.at(0).get<std::string>());
      side[price] = std::stod(row.at(1).get<std::string>());
      if (side[price] == 0) side.erase(price);
    }
  }

  void read_bybit(const nlohmann::json& json) {
    const auto& data = json.at("data");
    const bool is_whole = json.at("type") == "snapshot";
    if (is_whole) bids.clear(), asks.clear();
    if (!is_whole && data.at("u") != change_id + 1) throw std::runtime_error{"broken chain"};
    change_id = data.at("u");
    for (auto [name, side] : {std::pair{"b", &bids}, std::pair{"a", &asks}}) {
      for (const auto& row : data.at(name)) {
        const double price = std::stod(row.at(0).get<std::string>());
        const double size = std::stod(row.at(1).get<std::string>());
        if (size == 0 && side->erase(price) == 0) throw std::runtime_error{"unknown price"};
        if (size != 0) (*side)[price] = size;
      }
    }
  }

  void read_okx(const nlohmann::json& json) {
    const auto& data = json.at("data").at(0);
    const bool is_whole = json.at("action") == "snapshot";
    if (is_whole) bids.clear(), asks.clear();
    if (!is_whole && data.at("prevSeqId") != change_id) throw std::runtime_error{"broken chain"};
    change_id = data.at("seqId");
    for (auto [name, side] : {std::pair{"bids", &bids}, std::pair{"asks", &asks}})
      for (const auto& row : data.at(name))
        set(*side, std::stod(row.at(0).get<std::string>()),
            std::stod(row.at(1).get<std::string>()));
  }

  void read_kraken(const nlohmann::json& json) {
    const auto& data = json.at("data").at(0);
    if (json.at("type") == "snapshot") bids.clear(), asks.clear();
    for (auto [name, side] : {std::pair{"bids", &bids}, std::pair{"asks", &asks}})
      for (const auto& row : data.at(name)) set(*side, row.at("price"), row.at("qty"));
    constexpr std::size_t window = 10;
    while (bids.size() > window) bids.erase(bids.begin());
    while (asks.size() > window) asks.erase(std::prev(asks.end()));
    boost::crc_32_type crc;
    const auto add = [&](const std::pair<const double, double>& level) {
      std::array<char, 64> text{};
      std::snprintf(text.data(), text.size(), "%.0f%.0f", level.first * 10, level.second * 1e8);
      crc.process_bytes(text.data(), std::string_view{text.data()}.size());
    };
    std::for_each(asks.begin(), asks.end(), add);
    std::for_each(bids.rbegin(), bids.rend(), add);
    if (data.at("checksum") != crc.checksum()) throw std::runtime_error{"another book"};
  }

  void read_kraken_futures(const nlohmann::json& json) {
    const std::int64_t number = json.at("seq");
    const bool is_whole = json.at("feed") == "book_snapshot";
    if (!is_whole && number != change_id + 1) throw std::runtime_error{"broken chain"};
    change_id = number;
    if (!is_whole)
      return set(json.at("side") == "buy" ? bids : asks, json.at("price"), json.at("qty"));
    bids.clear();
    asks.clear();
    for (auto [name, side] : {std::pair{"bids", &bids}, std::pair{"asks", &asks}})
      for (const auto& row : json.at(name)) set(*side, row.at("price"), row.at("qty"));
  }

  /// Of a connection that brings nothing else.
  void read_coinbase(const nlohmann::json& json) {
    const auto& event = json.at("events").at(0);
    const std::int64_t number = json.at("sequence_num");
    const bool is_whole = event.at("type") == "snapshot";
    if (is_whole) bids.clear(), asks.clear();
    if (!is_whole && number != change_id + 1) throw std::runtime_error{"a hole in the numbers"};
    change_id = number;
    for (const auto& row : event.at("updates"))
      set(row.at("side") == "bid" ? bids : asks,
          std::stod(row.at("price_level").get<std::string>()),
          std::stod(row.at("new_quantity").get<std::string>()));
  }

  /// Deletes of levels that are not there are usual.
  static void set(std::map<double, double>& side, double price, double size) {
    if (size == 0)
      side.erase(price);
    else
      side[price] = size;
  }

  static void read(const nlohmann::json& rows, std::map<double, double>& side) {
    for (const auto& row : rows) {
      const double price = row.at(1);
      if (side.contains(price) == (row.at(0) == "new")) throw std::runtime_error{"unknown price"};
      if (row.at(0) == "delete")
        side.erase(price);
      else
        side[price] = row.at(2);
    }
  }
};

inline std::vector<std::pair<double, std::int64_t>> plain(
    const std::vector<TrueBook::PriceLevel>& levels) {
  std::vector<std::pair<double, std::int64_t>> out;
  out.reserve(levels.size());
  for (const auto& level : levels) out.emplace_back(level.price.value(), level.size);
  return out;
}

}  // namespace obkit::exchange
