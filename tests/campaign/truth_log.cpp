#include "truth_log.hpp"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <utility>

#include <fmt/format.h>
#include <zlib.h>

#include "obkit/core/number.hpp"

namespace obkit::campaign {
namespace {

std::string show(const std::optional<DateTime>& time, std::uint32_t crc) {
  const std::string text = time ? fmt::format("{} {:09}", time->date, time->time) : "any time";
  return fmt::format("{} crc {:08x}", text, crc);
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
  const auto top = truth.book.top(depth_);
  if (!top) return;
  const State state{.time = to_date_time(truth.time), .crc = truth.book.ladder_crc()};
  {
    const std::lock_guard lock{mutex_};
    logs_[truth.channel.symbol].states.push_back(state);
  }
  more_.notify_all();
}

std::string TruthLog::judge(const std::string& symbol, const OrderBook& book, TimeOf time) {
  constexpr std::chrono::seconds patience{2};
  std::unique_lock lock{mutex_};
  Log& log = logs_[symbol];
  const Seen seen{.time = time == TimeOf::exchange ? std::optional{book.time} : std::nullopt,
                  .crc = ladder_crc(book)};
  ++judged_;
  if (book.gap) ++gaps_;
  std::string problem;
  more_.wait_for(lock, patience, [&] {
    problem = follow(log, seen, book.gap);
    return problem.empty();
  });
  return problem;
}

bool TruthLog::is_of(const Seen& seen, const State& state) {
  return seen.crc == state.crc && (!seen.time || *seen.time == state.time);
}

std::string TruthLog::follow(Log& log, const Seen& seen, bool gap) {
  // The book before may be one whose truth was told behind it. It equals an earlier one where what
  // came between was taken back and the image's time is that of its last row.
  if (log.any) log.at = only(log, *log.any, behind(log));
  std::vector<std::size_t> expected;
  if (gap || log.at.empty()) expected = behind(log);
  for (std::size_t i = 0; !gap && i < log.at.size(); ++i)
    if (const auto next = next_state(log, log.at[i])) expected.push_back(*next);
  std::vector<std::size_t> found = only(log, seen, expected);
  const bool may_be_any = gap || expected.empty() || log.at.empty();
  if (found.empty() && may_be_any)
    return "a book that the exchange never had: " + show(seen.time, seen.crc);
  if (found.empty())
    return "expected " + show(log.states[expected[0]].time, log.states[expected[0]].crc) +
           ", found " + show(seen.time, seen.crc);
  log.any = may_be_any ? std::optional{seen} : std::nullopt;
  log.at = std::move(found);
  return {};
}

std::vector<std::size_t> TruthLog::only(const Log& log, const Seen& seen,
                                        const std::vector<std::size_t>& positions) {
  std::vector<std::size_t> found;
  for (const std::size_t at : positions)
    if (is_of(seen, log.states[at])) found.push_back(at);
  return found;
}

void TruthLog::forget() {
  const std::lock_guard lock{mutex_};
  for (auto& [symbol, log] : logs_) {
    if (log.at.empty()) continue;
    const std::size_t first = log.at.front();
    log.states.erase(log.states.begin(), log.states.begin() + static_cast<std::ptrdiff_t>(first));
    for (std::size_t& at : log.at) at -= first;
  }
}

/// From the last book on: an image may show the same state again.
std::vector<std::size_t> TruthLog::behind(const Log& log) {
  const std::size_t begin = log.at.empty() ? 0 : log.at.front();
  std::vector<std::size_t> all(log.states.size() - begin);
  std::iota(all.begin(), all.end(), begin);
  return all;
}

std::optional<std::size_t> TruthLog::next_state(const Log& log, std::size_t at) {
  for (std::size_t i = at + 1; i < log.states.size(); ++i)
    if (log.states[i].crc != log.states[at].crc) return i;
  return std::nullopt;
}

}  // namespace obkit::campaign
