#include "obkit/exchange/true_book.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <stdexcept>

#include <zlib.h>

namespace obkit::exchange {
namespace {

constexpr std::size_t ladder_depth = 50;

template <class Iterator>
std::vector<TrueBook::PriceLevel> summed(Iterator row, Iterator end, std::size_t limit) {
  std::vector<TrueBook::PriceLevel> out;
  for (; row != end; ++row) {
    const Price price = *row->second.price;
    if (out.empty() || out.back().price != price) {
      if (out.size() == limit) break;
      out.push_back({price, 0});
    }
    out.back().size += *row->second.size;
  }
  return out;
}

std::string ladder_text(const TrueBook::PriceLevel& level) {
  std::array<char, 64> text{};
  const int length = std::snprintf(text.data(), text.size(), "%.1f,%lld;", level.price.value(),
                                   static_cast<long long>(level.size));
  return {text.data(), static_cast<std::size_t>(length)};
}

}  // namespace

void TrueBook::apply(const BookFrame& frame) {
  time_ = frame.time;
  change_id_ = frame.change_id;
  if (frame.action == BookAction::partial) {
    bids_.clear();
    asks_.clear();
    rows_by_id_.clear();
  }
  for (const Row& row : frame.rows) {
    const auto action = frame.action == BookAction::change ? row.action : frame.action;
    if (action == BookAction::remove)
      remove(row.id);
    else
      set(row);
  }
}

void TrueBook::set(const Row& row) {
  Row known = row;
  if (const auto found = rows_by_id_.find(row.id); found != rows_by_id_.end()) {
    Rows& side = found->second.first == Side::bid ? bids_ : asks_;
    const auto old = side.find(found->second.second);
    if (!known.price) known.price = old->second.price;
    side.erase(old);
  }
  if (!known.price || !known.size)
    throw std::invalid_argument{"row " + std::to_string(row.id) + " is not known"};
  const Key key{known.price->units(), known.id};
  (known.side == Side::bid ? bids_ : asks_).emplace(key, known);
  rows_by_id_.insert_or_assign(known.id, std::pair{known.side, key});
}

void TrueBook::remove(std::uint64_t id) {
  const auto found = rows_by_id_.find(id);
  if (found == rows_by_id_.end())
    throw std::invalid_argument{"row " + std::to_string(id) + " is not known"};
  (found->second.first == Side::bid ? bids_ : asks_).erase(found->second.second);
  rows_by_id_.erase(found);
}

std::vector<Row> TrueBook::rows() const {
  std::vector<Row> out;
  out.reserve(row_count());
  for (const Rows* side : {&asks_, &bids_})
    std::for_each(side->rbegin(), side->rend(),
                  [&out](const auto& one) { out.push_back(one.second); });
  return out;
}

std::vector<TrueBook::PriceLevel> TrueBook::levels(Side side, std::size_t limit) const {
  return side == Side::ask ? summed(asks_.begin(), asks_.end(), limit)
                           : summed(bids_.rbegin(), bids_.rend(), limit);
}

std::optional<OrderBook> TrueBook::top(std::size_t depth) const {
  const auto bids = levels(Side::bid, depth / 2);
  const auto asks = levels(Side::ask, depth / 2);
  if (bids.size() < depth / 2 || asks.size() < depth / 2) return std::nullopt;
  OrderBook book;
  book.time = to_date_time(time_);
  const auto add = [&book](const PriceLevel& level) {
    book.prices.push_back(level.price);
    book.volumes.push_back(static_cast<double>(level.size));
  };
  std::for_each(bids.rbegin(), bids.rend(), add);
  std::for_each(asks.begin(), asks.end(), add);
  return book;
}

std::uint32_t TrueBook::ladder_crc() const {
  const auto bids = levels(Side::bid, ladder_depth);
  const auto asks = levels(Side::ask, ladder_depth);
  std::string text;
  const auto add = [&text](const PriceLevel& level) { text += ladder_text(level); };
  std::for_each(bids.rbegin(), bids.rend(), add);
  text += '|';
  std::for_each(asks.begin(), asks.end(), add);
  const std::basic_string<Bytef> bytes(text.begin(), text.end());
  return static_cast<std::uint32_t>(
      ::crc32(::crc32(0, nullptr, 0), bytes.data(), static_cast<uInt>(bytes.size())));
}

}  // namespace obkit::exchange
