#include "obsave/trade_output.hpp"

#include <exception>

#include <spdlog/spdlog.h>

#include "obkit/core/number.hpp"

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
  if (!troubles_.may_try(symbol)) {
    if (store::TradeFileWriter* const writer = writers_.find(symbol); writer != nullptr)
      writer->skip(*troubles_.of(symbol));
    return;
  }
  attempt(symbol, [&] { writers_.of(symbol).write(trade, gap_reason); });
}

void TradeOutput::lose_end(const std::string& symbol, Timestamp until, std::string_view reason) {
  if (store::TradeFileWriter* const writer = writers_.find(symbol); writer != nullptr)
    writer->lose_end(to_date_time(until), reason);
}

void TradeOutput::count(const std::string& symbol, const store::SequenceCount& numbers) {
  if (troubles_.may_try(symbol)) attempt(symbol, [&] { writers_.of(symbol).add(numbers); });
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
  for (const auto& [symbol, writer] : writers_.all())
    if (const std::string* trouble = troubles_.of(symbol); trouble != nullptr && writer.lost() > 0)
      spdlog::error("{}: {} could not be written, up to the end: {}", symbol,
                    counted(writer.lost(), "trade"), *trouble);
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
  return counts;
}

TradeCounts TradeOutput::counts() const {
  TradeCounts sum;
  for (const auto& [symbol, writer] : writers_.all()) sum += counts_of(writer);
  return sum;
}

}  // namespace obkit::obsave
