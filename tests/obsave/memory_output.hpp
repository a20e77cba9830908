#pragma once

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
  std::map<std::string, std::uint64_t> frames;
  std::uint64_t syncs = 0;

  void write(const std::string& symbol, BookView book, std::string_view gap_reason) override {
    written.push_back({symbol, *book, std::string{gap_reason}});
  }
  void count_frame(const std::string& symbol) override { ++frames[symbol]; }
  void sync() override { ++syncs; }
  void check() override {}
  void close() override {}
  [[nodiscard]] OutputCounts counts() const override { return {.books = written.size()}; }
};

}  // namespace obkit::obsave
