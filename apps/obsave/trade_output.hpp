#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "obkit/core/error.hpp"
#include "obkit/core/time.hpp"
#include "obkit/store/day_file_writer.hpp"
#include "obkit/store/manifest.hpp"
#include "obkit/store/trade_file_writer.hpp"
#include "obkit/store/trade_line.hpp"

#include "obsave/output.hpp"
#include "obsave/symbol_writers.hpp"

namespace obkit::obsave {

/// What became of trades.
struct TradeCounts {
  std::uint64_t trades = 0;
  std::uint64_t lost = 0;  ///< that could not be written
  std::uint64_t gaps = 0;
  std::uint64_t late = 0;  ///< whose time would have gone back
  std::uint64_t files = 0;

  TradeCounts& operator+=(const TradeCounts& more);
};

/// Files of trades in the folder of the day-files. Says what it finds there.
class TradeOutput {
 public:
  /// What an IoError does: a recording of the living goes on without the trades of that symbol, as
  /// a PatientOutput does without its books, and its books hear nothing of it.
  enum class OnTrouble { go_on, pass_on };

  /// `options` are those of every symbol, whose name is filled in.
  TradeOutput(store::DayFileOptions options, OnTrouble on_trouble)
      : writers_{std::move(options), tell_of}, on_trouble_{on_trouble} {}

  /// Locks the symbol's files before there is a trade of it. Throws IoError.
  void prepare(const std::string& symbol) { static_cast<void>(writers_.of(symbol)); }
  /// What manifests of the symbol say of it from now on, that of the day that is open, too.
  void describe(const std::string& symbol, const store::InstrumentTerms& terms) {
    writers_.describe(symbol, terms);
  }
  // As that of FolderOutput.
  void set_venue(const std::string& symbol, std::string_view venue) {
    writers_.set_venue(symbol, venue);
  }

  /// `gap_reason` says why the trade has a gap; empty where it has none.
  void write(const std::string& symbol, const store::RecordedTrade& trade,
             std::string_view gap_reason);
  /// Trades may be missing behind the last one, until then.
  void lose_end(const std::string& symbol, Timestamp until, std::string_view reason);
  /// Numbers that were held against those before them.
  void count(const std::string& symbol, const store::SequenceCount& numbers);

  // As those of Output.
  void retry() { troubles_.retry(); }
  void check();
  void sync();
  /// Throws the first IoError, of trouble that lasts, too, when all files are closed.
  void close();
  [[nodiscard]] TradeCounts counts() const;
  [[nodiscard]] std::map<std::string, TradeCounts> symbol_counts() const;
  [[nodiscard]] std::string trouble() const;
  [[nodiscard]] bool is_in_trouble(const std::string& symbol) const {
    return troubles_.of(symbol) != nullptr || manifests_.of(symbol) != nullptr;
  }

 private:
  /// Trades that were lost while a symbol had no writer.
  struct Unwritten {
    std::uint64_t count = 0;
    std::string reason;
  };

  template <class Action>
  void attempt(const std::string& symbol, Action action);
  template <class Action>
  void attempt_each(Action action);
  [[nodiscard]] store::TradeFileWriter& writer_of(const std::string& symbol);
  void lose_one(const std::string& symbol);

  SymbolWriters<store::TradeFileWriter> writers_;
  OnTrouble on_trouble_;
  Troubles troubles_{{.consequence = "the books go on", .end = "writing trades again: "}};
  Troubles manifests_{
      {.consequence = "the trades go on", .end = "the manifest is written again: "}};
  std::map<std::string, IoError> errors_;  ///< the last of each symbol that had one
  std::map<std::string, Unwritten> unwritten_;
};

}  // namespace obkit::obsave
