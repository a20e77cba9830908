#include "engine/wake_list.hpp"

#include <algorithm>
#include <cstring>

namespace obkit::backtest {
namespace {

/// In place of a signal: an account that any signal may ask something of.
constexpr std::int8_t restless = 127;

}  // namespace

WakeList::WakeList(std::size_t accounts)
    : settled_(accounts, restless), orders_(accounts), wakes_(accounts) {}

void WakeList::note(std::size_t number, const Account& account) {
  const auto signal = account.settled_signal();
  settled_[number] = signal ? static_cast<std::int8_t>(*signal) : restless;
  orders_[number] = account.order();
}

bool WakeList::find(const Market& market, std::span<const Signal> signals, bool orders_have_news) {
  if (market.has_moved() && market.forgets_moves()) {
    std::ranges::fill(wakes_, std::uint8_t{1});
    return true;
  }
  bool any = find_asked(signals);
  for (std::size_t i = 0; orders_have_news && i < wakes_.size(); ++i) {
    if (orders_[i] == nullptr || !orders_[i]->has_news()) continue;
    wakes_[i] = 1;
    any = true;
  }
  return any;
}

/// Without jumps and with nothing that could change meanwhile, so that many are looked at side by
/// side.
bool WakeList::find_asked(std::span<const Signal> signals) {
  const std::size_t count = wakes_.size();
  const Signal* const signal = signals.data();
  const std::int8_t* const settled = settled_.data();
  std::uint8_t* const wakes = wakes_.data();
  std::uint8_t any = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const auto asked = static_cast<std::int8_t>(signal[i]);
    const bool wake = (settled[i] == restless) | ((asked != 0) & (asked != settled[i]));
    wakes[i] = static_cast<std::uint8_t>(wake);
    any = static_cast<std::uint8_t>(any | wakes[i]);
  }
  return any != 0;
}

std::size_t WakeList::next(std::size_t from) const {
  const void* const found = std::memchr(wakes_.data() + from, 1, wakes_.size() - from);
  return found == nullptr
             ? wakes_.size()
             : static_cast<std::size_t>(static_cast<const std::uint8_t*>(found) - wakes_.data());
}

}  // namespace obkit::backtest
