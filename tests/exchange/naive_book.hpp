#pragma once

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

inline std::vector<std::pair<double, std::int64_t>> plain(
    const std::vector<TrueBook::PriceLevel>& levels) {
  std::vector<std::pair<double, std::int64_t>> out;
  out.reserve(levels.size());
  for (const auto& level : levels) out.emplace_back(level.price.value(), level.size);
  return out;
}

}  // namespace obkit::exchange
