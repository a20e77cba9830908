#include "truth_log.hpp"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>
#include <zlib.h>

#include "obkit/core/number.hpp"

namespace obkit::campaign {
namespace {

constexpr std::size_t depth = 100;

std::string show(DateTime time, std::uint32_t crc) {
  return fmt::format("{} {:09} crc {:08x}", time.date, time.time, crc);
}

}  // namespace

std::uint32_t ladder_crc(const OrderBook& book) {
  std::string text;
  for (std::size_t i = 0; i < book.depth(); ++i) {
    if (i == book.depth() / 2) text += '|';
    text += fmt::format("{:.1f},", book.prices[i].value());
    append_number(text, book.volumes[i]);
    text += ';';
  }
  const std::basic_string<unsigned char> bytes(text.begin(), text.end());
  return static_cast<std::uint32_t>(
      crc32(0, bytes.data(), static_cast<unsigned int>(bytes.size())));
}

void TruthLog::record(const exchange::Truth& truth) {
  const auto top = truth.book.top(depth);
  if (!top) return;
  const State state{.time = to_date_time(truth.time), .crc = truth.book.ladder_crc()};
  {
    const std::lock_guard lock{mutex_};
    logs_[truth.channel.symbol].states.push_back(state);
  }
  more_.notify_all();
}

std::string TruthLog::judge(const std::string& symbol, const OrderBook& book) {
  constexpr std::chrono::seconds patience{2};
  std::unique_lock lock{mutex_};
  Log& log = logs_[symbol];
  const State state{.time = book.time, .crc = ladder_crc(book)};
  ++judged_;
  if (book.gap) ++gaps_;
  std::string problem;
  more_.wait_for(lock, patience, [&] {
    problem = follow(log, state, book.gap);
    return problem.empty();
  });
  return problem;
}

std::string TruthLog::follow(Log& log, const State& state, bool gap) {
  const bool continues = log.at && !gap;
  const auto found = continues ? next_state(log) : find(log, state);
  if (!found) return "a book that the exchange never had: " + show(state.time, state.crc);
  if (log.states[*found] != state)
    return "expected " + show(log.states[*found].time, log.states[*found].crc) + ", found " +
           show(state.time, state.crc);
  log.at = found;
  return {};
}

void TruthLog::forget() {
  const std::lock_guard lock{mutex_};
  for (auto& [symbol, log] : logs_) {
    if (!log.at) continue;
    log.states.erase(log.states.begin(), log.states.begin() + static_cast<std::ptrdiff_t>(*log.at));
    log.at = 0;
  }
}

/// The first one from the last book on: an image may show the same state again.
std::optional<std::size_t> TruthLog::find(const Log& log, const State& state) {
  const auto begin = log.states.begin() + static_cast<std::ptrdiff_t>(log.at.value_or(0));
  const auto found = std::find(begin, log.states.end(), state);
  if (found == log.states.end()) return std::nullopt;
  return static_cast<std::size_t>(found - log.states.begin());
}

std::optional<std::size_t> TruthLog::next_state(const Log& log) {
  for (std::size_t i = *log.at + 1; i < log.states.size(); ++i)
    if (log.states[i].crc != log.states[*log.at].crc) return i;
  return std::nullopt;
}

}  // namespace obkit::campaign
