#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "obkit/core/byte_stream.hpp"
#include "obkit/core/tracked_book.hpp"
#include "obkit/store/book_format.hpp"
#include "obkit/store/day_file_writer.hpp"

namespace obkit::obsave {

/// What an output did with the books.
struct OutputCounts {
  std::uint64_t books = 0;
  std::uint64_t lost = 0;  ///< books that could not be written
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

  /// `gap_reason` says why the book has a gap; empty where it has none. Throws IoError, as do
  /// sync(), check() and close().
  virtual void write(const std::string& symbol, BookView book, std::string_view gap_reason) = 0;
  /// A frame named this symbol.
  virtual void count_frame(const std::string& symbol) = 0;
  /// What was written so far is on the disk when this returns.
  virtual void sync() = 0;
  /// Whether what is written still goes where it should: the files may have been taken away.
  virtual void check() = 0;
  virtual void close() = 0;
  [[nodiscard]] virtual OutputCounts counts() const = 0;

  /// Why nothing can be written at this time; empty when all is well.
  [[nodiscard]] virtual std::string trouble() const { return {}; }
  /// What could not be written may be tried again. Called from time to time.
  virtual void retry() {}
};

/// Day-files in a folder. Says what it finds there.
class FolderOutput final : public Output {
 public:
  /// `options` are those of every symbol, whose name is filled in.
  explicit FolderOutput(store::DayFileOptions options) : options_{std::move(options)} {}

  /// Makes the folder and locks the symbol's files, before there is a book of it. Throws IoError.
  void prepare(const std::string& symbol);

  void write(const std::string& symbol, BookView book, std::string_view gap_reason) override;
  void count_frame(const std::string& symbol) override;
  void sync() override;
  void check() override;
  void close() override;
  [[nodiscard]] OutputCounts counts() const override;

 private:
  [[nodiscard]] store::DayFileWriter& writer_of(const std::string& symbol);

  store::DayFileOptions options_;
  using Writers = std::map<std::string, store::DayFileWriter>;

  Writers writers_;
  Writers::value_type* recent_ = nullptr;  ///< one of them: mostly the next one, too
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
  StreamOutput(std::unique_ptr<ByteSink> sink, store::Flush flush, NameSymbol name_symbol,
               const store::BookFormat& format = store::book_formats().front());

  void write(const std::string& symbol, BookView book, std::string_view gap_reason) override;
  void count_frame(const std::string& /*symbol*/) override {}
  void sync() override { hand_over(); }
  void check() override {}
  void close() override;
  [[nodiscard]] OutputCounts counts() const override;

 private:
  void hand_over();

  std::unique_ptr<ByteSink> sink_;
  store::Flush flush_;
  NameSymbol name_symbol_;
  const store::BookFormat& format_;
  struct Symbol {
    store::SteadyTime time;
    std::unique_ptr<store::BookLines> lines;
  };

  std::map<std::string, Symbol> symbols_;
  std::string lines_, handed_over_;  ///< two, so that both keep their memory
  std::uint64_t books_ = 0, gaps_ = 0;
};

/// Goes on when another output cannot write: says so once, leaves books out, tries again when
/// retry() allows it, and says so when it works again. The first book then bears a gap (store sees
/// to that).
class PatientOutput final : public Output {
 public:
  explicit PatientOutput(Output& output) : output_{output} {}

  void write(const std::string& symbol, BookView book, std::string_view gap_reason) override;
  void count_frame(const std::string& symbol) override { output_.count_frame(symbol); }
  void sync() override;
  void check() override;
  void close() override;
  [[nodiscard]] OutputCounts counts() const override;
  [[nodiscard]] std::string trouble() const override { return trouble_; }
  void retry() override { may_try_ = true; }

 private:
  template <class Action>
  void attempt(Action action);

  Output& output_;
  std::string trouble_;
  bool may_try_ = true;
  std::uint64_t lost_ = 0;  ///< that were not even tried
};

}  // namespace obkit::obsave
