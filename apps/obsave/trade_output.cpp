#include "obsave/trade_output.hpp"

#include <exception>

#include <spdlog/spdlog.h>

namespace obkit::obsave {
namespace {

TradeCounts counts_of(const store::TradeFileWriter& writer) {
  return {.trades = writer.trades(),
          .lost = writer.lost(),
          .gaps = writer.gaps(),
          .late = writer.late(),
          .files = writer.files()};
}

}  // namespace

TradeCounts& TradeCounts::operator+=(const TradeCounts& more) {
  trades += more.trades;
  lost += more.lost;
  gaps += more.gaps;
  late += more.late;
  files += more.files;
  return *this;
}

template <class Action>
void TradeOutput::attempt(const std::string& symbol, Action action) {
  if (on_trouble_ == OnTrouble::pass_on) return action();
  try {
    action();
    troubles_.end(symbol);
  } catch (const store::ManifestError& error) {
    troubles_.end(symbol);
    manifests_.begin(symbol, error);
  } catch (const IoError& error) {
    errors_.insert_or_assign(symbol, error);
    troubles_.begin(symbol, error);
  }
}

template <class Action>
void TradeOutput::attempt_each(Action action) {
  for (auto& [symbol, writer] : writers_.all())
    if (troubles_.of(symbol) == nullptr)
      attempt(symbol, [&action, &name = symbol, &one = writer] { action(name, one); });
}

void TradeOutput::write(const std::string& symbol, const store::RecordedTrade& trade,
                        std::string_view gap_reason) {
  if (!troubles_.may_try(symbol)) return lose_one(symbol);
  attempt(symbol, [&] { writer_of(symbol).write(trade, gap_reason); });
  if (troubles_.of(symbol) != nullptr && writers_.find(symbol) == nullptr) lose_one(symbol);
}

void TradeOutput::lose_one(const std::string& symbol) {
  const std::string& trouble = *troubles_.of(symbol);
  if (store::TradeFileWriter* const writer = writers_.find(symbol); writer != nullptr)
    return writer->skip(trouble);
  Unwritten& unwritten = unwritten_[symbol];
  ++unwritten.count;
  unwritten.reason = trouble;
}

/// What was lost before there was one is a gap of its first trade.
store::TradeFileWriter& TradeOutput::writer_of(const std::string& symbol) {
  store::TradeFileWriter& writer = writers_.of(symbol);
  if (unwritten_.empty()) return writer;
  const auto unwritten = unwritten_.extract(symbol);
  for (std::uint64_t i = 0; !unwritten.empty() && i < unwritten.mapped().count; ++i)
    writer.skip(unwritten.mapped().reason);
  return writer;
}

void TradeOutput::lose_end(const std::string& symbol, Timestamp until, std::string_view reason) {
  if (store::TradeFileWriter* const writer = writers_.find(symbol); writer != nullptr)
    writer->lose_end(to_date_time(until), reason);
}

void TradeOutput::count(const std::string& symbol, const store::SequenceCount& numbers) {
  if (troubles_.may_try(symbol)) attempt(symbol, [&] { writer_of(symbol).add(numbers); });
}

void TradeOutput::check() {
  attempt_each([](const std::string&, store::TradeFileWriter& writer) { writer.check(); });
}

void TradeOutput::sync() {
  if (on_trouble_ == OnTrouble::pass_on)
    return for_each_one(writers_.all(), [](store::TradeFileWriter& writer) { writer.sync(); });
  attempt_each([this](const std::string& symbol, store::TradeFileWriter& writer) {
    writer.begin_sync();
    manifests_.end(symbol);
  });
}

void TradeOutput::close() {
  std::map<std::string, std::uint64_t> lost;
  for (const auto& [symbol, counts] : symbol_counts()) lost[symbol] = counts.lost;
  tell_unwritten(troubles_, lost, "trade");
  for_each_one(writers_.all(), [](store::TradeFileWriter& writer) { writer.close(); });
  for (const auto& [symbol, error] : errors_)
    if (troubles_.of(symbol) != nullptr) throw IoError{error};
}

std::string TradeOutput::trouble() const {
  const std::string trades = troubles_.text();
  return trades.empty() ? manifests_.text() : trades;
}

std::map<std::string, TradeCounts> TradeOutput::symbol_counts() const {
  std::map<std::string, TradeCounts> counts;
  for (const auto& [symbol, writer] : writers_.all()) counts.emplace(symbol, counts_of(writer));
  for (const auto& [symbol, unwritten] : unwritten_) counts[symbol].lost += unwritten.count;
  return counts;
}

TradeCounts TradeOutput::counts() const {
  TradeCounts sum;
  for (const auto& [symbol, counts] : symbol_counts()) sum += counts;
  return sum;
}

}  // namespace obkit::obsave
