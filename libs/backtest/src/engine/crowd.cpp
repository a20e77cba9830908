#include "engine/crowd.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace obkit::backtest {

Crowd::Crowd(std::size_t accounts, const Account::Rules& rules, SharedOrders& orders)
    : wake_list_{accounts} {
  assert(rules.detail == Detail::money && rules.options.exits == Exits{});
  groups_.push_back({.account = Account{rules, orders, {}}});
  for (std::size_t i = 0; i < accounts; ++i) {
    groups_.front().members.push_back(static_cast<Number>(i));
    members_.push_back({.group = groups_.begin(), .place = i, .besides = {}});
  }
}

void Crowd::act(const Market& market, std::span<const Signal> signals, bool orders_have_news) {
  acting_.clear();
  acted_.clear();
  wake_list_.for_each(market, signals, orders_have_news,
                      [&](std::size_t i) { wake(static_cast<Number>(i), signals[i]); });
  for (const Place group : acting_) act(market, group);
  join_alike();
}

void Crowd::wake(Number number, Signal signal) {
  const Place group = members_[number].group;
  auto& woken = group->woken;
  if (std::ranges::all_of(woken, [](const auto& some) { return some.empty(); }))
    acting_.push_back(group);
  // What it wants already asks for no more than WAIT does.
  if (group->account.settled_signal() == signal) signal = Signal::wait;
  woken.at(static_cast<std::size_t>(static_cast<int>(signal) + 1)).push_back(number);
}

/// Those that sleep, or were given another signal, stay behind.
void Crowd::act(const Market& market, Place group) {
  const auto woken = std::exchange(group->woken, {});
  for (std::size_t i = 0; i < woken.size(); ++i) {
    if (woken.at(i).empty()) continue;
    const bool is_whole = woken.at(i).size() == group->members.size();
    const Place who = is_whole ? group : part(group, woken.at(i));
    who->account.act(market, static_cast<Signal>(static_cast<int>(i) - 1));
    note(who);
    acted_.push_back(who);
  }
}

void Crowd::close(const Market& market, Reason reason) {
  for_each_group([&](Account& account) { account.close(market, reason); });
}

void Crowd::charge(const Market& market, std::int64_t rate) {
  for_each_group([&](Account& account) { account.charge(market, rate); });
}

Summary Crowd::summary(std::size_t number) const {
  const Member& member = members_.at(number);
  Ledger::Totals totals = member.group->account.ledger().totals();
  totals += member.besides;
  Summary summary;
  summary.gross = totals.cash;
  summary.fees = totals.fees;
  summary.funding = totals.funding;
  summary.slippage = totals.slippage;
  summary.turnover = totals.turnover;
  return summary;
}

/// A group of some members of another, in front of it. Pre: not of all of them.
Crowd::Place Crowd::part(Place group, const std::vector<Number>& numbers) {
  const Place parted = groups_.insert(group, {.account = group->account, .members = numbers});
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    Member& member = members_[numbers[i]];
    const Number last = group->members.back();
    group->members[member.place] = last;
    members_[last].place = member.place;
    group->members.pop_back();
    member.group = parted;
    member.place = i;
  }
  return parted;
}

/// Those that acted may be like others now.
void Crowd::join_alike() {
  if (acted_.empty()) return;
  for (const Place group : acted_)
    if (!group->members.empty()) join(group);
  groups_.remove_if([](const Group& group) { return group.members.empty(); });
}

/// Puts the members of a group into one that is like it, where there is one, or those into it.
void Crowd::join(Place group) {
  const auto other = std::ranges::find_if(groups_, [&](const Group& one) {
    return &one != &*group && !one.members.empty() && one.account.is_like(group->account);
  });
  if (other == groups_.end()) return;
  const bool is_larger = group->members.size() > other->members.size();
  const Place from = is_larger ? other : group, to = is_larger ? group : other;
  Ledger::Totals difference = from->account.ledger().totals();
  difference += -to->account.ledger().totals();
  for (const Number number : from->members) {
    Member& member = members_[number];
    member.group = to;
    member.place = to->members.size();
    member.besides += difference;
    to->members.push_back(number);
  }
  from->members.clear();
}

/// What its members wait for from now on.
void Crowd::note(Place group) {
  for (const Number number : group->members) wake_list_.note(number, group->account);
}

template <class Work>
void Crowd::for_each_group(Work work) {
  acted_.clear();
  for (auto group = groups_.begin(); group != groups_.end(); ++group) {
    work(group->account);
    note(group);
    acted_.push_back(group);
  }
  join_alike();
}

}  // namespace obkit::backtest
