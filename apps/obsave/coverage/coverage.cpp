#include "obsave/coverage/coverage.hpp"

#include <algorithm>
#include <chrono>
#include <tuple>

#include <fmt/format.h>

#include "obkit/core/encoding.hpp"
#include "obkit/core/time.hpp"

namespace obkit::obsave {
namespace {

constexpr std::int64_t day_ms = 86'400'000;

/// Since 1970; empty where there is no such time.
std::optional<std::int64_t> milliseconds_of(DateTime time) {
  const auto timestamp = to_timestamp(time);
  if (!timestamp) return std::nullopt;
  return std::chrono::floor<std::chrono::milliseconds>(timestamp->time_since_epoch()).count();
}

/// Of HHMMSSmmm; empty where it is no time of day.
std::optional<std::size_t> bin_of(int time) {
  if (!is_time_of_day(time)) return std::nullopt;
  constexpr int bin_minutes = 5;
  const int minutes = time / 10'000'000 * 60 + time / 100'000 % 100;
  return static_cast<std::size_t>(minutes / bin_minutes);
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += (text.empty() ? "" : "; ") + line;
  return text;
}

/// Leaves those `most` of which `is_more` says that they matter more than all others.
template <class Item, class Order>
void keep_most(std::vector<Item>& items, std::size_t most, Order is_more) {
  if (items.size() <= most) return;
  std::nth_element(items.begin(), items.begin() + static_cast<std::ptrdiff_t>(most), items.end(),
                   is_more);
  items.resize(most);
}

/// The longer one; of equals the earlier.
bool is_longer(const Coverage::Gap& left, const Coverage::Gap& right) {
  return std::tuple{-left.length, left.date, left.from, left.symbol} <
         std::tuple{-right.length, right.date, right.from, right.symbol};
}

}  // namespace

void DayProfile::add(const OrderBook& book) {
  const auto place = bin_of(book.time.time);
  if (!place) return;
  bins_.resize(bins);
  Bin& bin = bins_[*place];
  ++bin.books;
  for (const double volume : book.volumes) bin.depth += volume;
  if (book.is_crossed()) return;
  const double bid = book.best_bid().value(), ask = book.best_ask().value();
  const double mid = (bid + ask) / 2;
  if (!(mid > 0)) return;
  ++bin.priced;
  bin.spread_bps += 1e4 * (ask - bid) / mid;
}

void Coverage::add(const store::DayReport& day, const DayProfile& books) {
  ++totals_.days;
  totals_.wrong += day.problems.empty() ? 0 : 1;
  totals_.books += day.books;
  totals_.gaps += day.gaps;
  totals_.covered += day.covered;
  totals_.checks += day.checks.checks;
  totals_.agreed += day.checks.agreed;
  if (days_.size() < most_days)
    days_.push_back({.symbol = day.symbol,
                     .date = day.date,
                     .texts = day_texts(day),
                     .covered = day.covered,
                     .gaps = day.gaps,
                     .first = day.first,
                     .last = day.last,
                     .wrong = joined(day.problems),
                     .notes = joined(day.notes)});
  for (const store::ManifestGap& gap : day.gap_list) add_gap(day, gap);
  add_profile(day.symbol, books);
}

void Coverage::add_profile(const std::string& symbol, const DayProfile& books) {
  const auto& today = books.all();
  if (today.empty() || (!profiles_.contains(symbol) && profiles_.size() >= most_symbols)) return;
  Profile& profile = profiles_[symbol];
  for (std::size_t i = 0; i < bins; ++i) {
    profile[i].books += today[i].books;
    profile[i].days += today[i].books > 0 ? 1 : 0;
    profile[i].priced += today[i].priced;
    profile[i].spread_bps += today[i].spread_bps;
    profile[i].depth += today[i].depth;
  }
}

void Coverage::add_gap(const store::DayReport& day, const store::ManifestGap& gap) {
  const auto midnight = milliseconds_of({.date = day.date, .time = 0});
  const auto to = milliseconds_of(gap.to);
  if (!midnight || !to) return;
  const std::int64_t from = (gap.from ? milliseconds_of(*gap.from) : std::nullopt).value_or(*to);
  ++known_gaps_;
  gaps_.push_back({.symbol = day.symbol,
                   .date = day.date,
                   .from = std::clamp<std::int64_t>(from - *midnight, 0, day_ms),
                   .to = std::clamp<std::int64_t>(*to - *midnight, 0, day_ms),
                   .length = std::max<std::int64_t>(*to - from, 0),
                   .reason = gap.reason});
  if (gaps_.size() >= 2 * most_gaps) keep_most(gaps_, most_gaps, is_longer);
}

std::vector<Coverage::Gap> Coverage::gaps() const {
  std::vector<Gap> kept = gaps_;
  keep_most(kept, most_gaps, is_longer);
  std::ranges::sort(kept, {}, [](const Gap& gap) {
    return std::tuple{gap.symbol, gap.date, gap.from, gap.to};
  });
  return kept;
}

std::vector<std::string> day_texts(const store::DayReport& day) {
  constexpr double percent = 100;
  if (day.of_trades)
    return {std::to_string(day.date),
            printable(day.symbol) + " trades",
            std::to_string(day.books),
            std::to_string(day.gaps),
            "-",
            "-",
            "-",
            day.problems.empty() ? "ok" : "WRONG"};
  return {std::to_string(day.date),
          printable(day.symbol),
          std::to_string(day.books),
          std::to_string(day.gaps),
          fmt::format("{:.3f}", day.covered * percent),
          day.verified ? fmt::format("{:.3f}", *day.verified * percent) : std::string{"-"},
          std::to_string(day.crossed),
          day.problems.empty() ? "ok" : "WRONG"};
}

}  // namespace obkit::obsave
