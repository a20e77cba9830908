#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "obkit/core/byte_stream.hpp"
#include "obkit/core/order_book.hpp"
#include "obkit/store/day_file_writer.hpp"
#include "obkit/store/steady_time.hpp"

namespace obkit::obsave {

/// What an output did with the books.
struct OutputReport {
  std::uint64_t gaps = 0;
  std::uint64_t clamped = 0;  ///< books whose time would have gone back
  std::uint64_t files = 0;
};

/// Where books go.
class Output {
 public:
  Output() = default;
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  virtual ~Output() = default;

  /// Throws IoError, as does close().
  virtual void write(const std::string& symbol, const OrderBook& book) = 0;
  virtual void close() = 0;
  [[nodiscard]] virtual OutputReport report() const = 0;
};

/// Day-files in a folder. Says what it finds there.
class FolderOutput final : public Output {
 public:
  FolderOutput(std::string folder, store::Flush flush, store::Overlap overlap);

  void write(const std::string& symbol, const OrderBook& book) override;
  void close() override;
  [[nodiscard]] OutputReport report() const override;

 private:
  std::string folder_;
  store::Flush flush_;
  store::Overlap overlap_;
  std::map<std::string, store::DayFileWriter> writers_;
};

/// Whether lines say which symbol they are of.
enum class NameSymbol {
  never,
  always,
  with_second,  ///< from the first line of a second symbol on: nobody knew before
};

/// Lines on a stream.
class StreamOutput final : public Output {
 public:
  StreamOutput(std::unique_ptr<ByteSink> sink, store::Flush flush, NameSymbol name_symbol);

  void write(const std::string& symbol, const OrderBook& book) override;
  void close() override;
  [[nodiscard]] OutputReport report() const override;

 private:
  std::unique_ptr<ByteSink> sink_;
  store::Flush flush_;
  NameSymbol name_symbol_;
  std::map<std::string, store::SteadyTime> times_;
  std::string line_;
  std::uint64_t gaps_ = 0;
};

}  // namespace obkit::obsave
