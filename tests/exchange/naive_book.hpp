#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

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

/// The same for Deribit: amounts by price, as long as the chain holds.
struct NaiveLadder {
  std::map<double, double> bids, asks;
  std::int64_t change_id = 0;

  void read(std::string_view frame) {
    const auto data = nlohmann::json::parse(frame).at("params").at("data");
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
