#pragma once

#include <map>
#include <string>
#include <vector>

#include "obsave/output.hpp"

namespace obkit::obsave {

/// Keeps what a recorder writes.
class MemoryOutput final : public Output {
 public:
  struct Written {
    std::string symbol;
    OrderBook book;
    std::string gap_reason;
  };
  std::vector<Written> written;
  std::map<std::string, store::FrameCounts> received;
  std::vector<std::string> lost_ends;  ///< symbol, time, reason
  std::uint64_t syncs = 0;

  void write(const std::string& symbol, BookView book, std::string_view gap_reason) override {
    written.push_back({symbol, *book, std::string{gap_reason}});
  }
  void lose_end(const std::string& symbol, Timestamp until, std::string_view reason) override {
    lost_ends.push_back(symbol + " " + format_iso(until) + " " + std::string{reason});
  }
  void count(const std::string& symbol, const store::FrameCounts& counts) override {
    received[symbol].add(counts);
  }
  void sync() override { ++syncs; }
  void check() override {}
  void close() override {}
  [[nodiscard]] OutputCounts counts() const override { return {.books = written.size()}; }
};

}  // namespace obkit::obsave
