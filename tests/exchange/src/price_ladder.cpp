#include "price_ladder.hpp"

#include <iterator>
#include <optional>

namespace obkit::exchange {

void PriceLadder::apply(const BookFrame& frame) {
  for (const Row& row : frame.rows) {
    if (const auto known = rows_.find(row.id); known != rows_.end()) {
      add(known->second, -*known->second.size);
      rows_.erase(known);
    }
    if (frame.action == BookAction::remove) continue;
    add(row, *row.size);
    rows_.emplace(row.id, row);
  }
}

void PriceLadder::add(const Row& row, std::int64_t size) {
  const Key key{row.side, row.price->units()};
  const auto level = levels_.try_emplace(key, Level{*row.price, 0, row.changed}).first;
  before_.try_emplace(key, level->second);
  level->second.size += size;
  level->second.changed = row.changed;
  if (level->second.size == 0) levels_.erase(level);
}

std::vector<Row> PriceLadder::take_changes() {
  std::vector<Row> bids, asks;
  for (const auto& [key, before] : before_) {
    const auto found = levels_.find(key);
    const std::int64_t size = found == levels_.end() ? 0 : found->second.size;
    if (size == before.size) continue;
    const auto action = size == 0          ? BookAction::remove
                        : before.size == 0 ? BookAction::insert
                                           : BookAction::update;
    const Side side = key.first;
    const Timestamp changed = found == levels_.end() ? before.changed : found->second.changed;
    (side == Side::bid ? bids : asks)
        .push_back({level_id(side, before.price), side, before.price,
                    size == 0 ? std::nullopt : std::optional{size}, changed, action});
  }
  before_.clear();
  std::vector<Row> out{bids.rbegin(), bids.rend()};
  out.insert(out.end(), asks.begin(), asks.end());
  return out;
}

}  // namespace obkit::exchange
