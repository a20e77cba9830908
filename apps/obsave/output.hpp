#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "obkit/core/byte_stream.hpp"
#include "obkit/core/error.hpp"
#include "obkit/core/time.hpp"
#include "obkit/core/tracked_book.hpp"
#include "obkit/store/book_format.hpp"
#include "obkit/store/day_file_writer.hpp"
#include "obkit/store/manifest.hpp"

#include "obsave/symbol_writers.hpp"

namespace obkit::obsave {

/// What an output did with the books.
struct OutputCounts {
  std::uint64_t books = 0;
  std::uint64_t lost = 0;  ///< books that could not be written
  std::uint64_t gaps = 0;
  std::uint64_t clamped = 0;  ///< books whose time would have gone back
  std::uint64_t files = 0;

  OutputCounts& operator+=(const OutputCounts& more);
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
  /// Books were lost behind the last one of this symbol, until then.
  virtual void lose_end(const std::string& /*symbol*/, Timestamp /*until*/,
                        std::string_view /*reason*/) {}
  /// What was received of this symbol.
  virtual void count(const std::string& symbol, const store::FrameCounts& received) = 0;
  /// Lines that wait for more leave now.
  virtual void flush() {}
  [[nodiscard]] virtual bool has_waiting_lines() const { return false; }
  /// What was written so far is on the disk when this returns.
  virtual void sync() = 0;
  /// Whether what is written still goes where it should: the files may have been taken away.
  virtual void check() = 0;
  virtual void close() = 0;
  [[nodiscard]] virtual OutputCounts counts() const = 0;
  /// The same by symbol. O(symbols).
  [[nodiscard]] virtual std::map<std::string, OutputCounts> symbol_counts() const { return {}; }

  /// Why nothing can be written at this time; empty when all is well.
  [[nodiscard]] virtual std::string trouble() const { return {}; }
  [[nodiscard]] virtual bool is_in_trouble(const std::string& /*symbol*/) const { return false; }
  /// What could not be written may be tried again. Called from time to time.
  virtual void retry() {}
};

/// What cannot be written, symbol by symbol: the trouble of one is no other's. Says of each once
/// that it has begun and once that it is over; of many at a time, only of the first ones.
class Troubles {
 public:
  /// How the lines of log go on: "X cannot be written; CONSEQUENCE" and "END X".
  struct Words {
    std::string_view consequence, end;
  };
  explicit Troubles(Words words) : words_{words} {}

  [[nodiscard]] bool empty() const { return symbols_.empty(); }
  /// Of the symbol; null while all is well with it.
  [[nodiscard]] const std::string* of(const std::string& symbol) const;
  /// Whether it may be tried, or tried again since retry().
  [[nodiscard]] bool may_try(const std::string& symbol) const;
  void retry();
  void begin(const std::string& symbol, const IoError& error);
  void end(const std::string& symbol);
  /// One line: that of one symbol, and how many others there are; empty when all is well.
  [[nodiscard]] std::string text() const;

 private:
  struct Trouble {
    std::string text;
    bool may_try = false;
    bool was_told = false;
  };

  Words words_;
  std::map<std::string, Trouble> symbols_;
};

/// Says of each symbol that is in trouble at the end how many of its `kind` were lost: no file
/// declares them as it could not be written to the end.
void tell_unwritten(const Troubles& troubles, const std::map<std::string, std::uint64_t>& lost,
                    const std::string& kind);

/// Says what was found where a file was opened.
void tell_of(const store::OpenedDayFile& file);

/// Day-files in a folder. Says what it finds there.
class FolderOutput final : public Output {
 public:
  using Writers = SymbolWriters<store::DayFileWriter>::Map;

  /// `options` are those of every symbol, whose name is filled in.
  explicit FolderOutput(store::DayFileOptions options) : writers_{std::move(options), tell_of} {}

  /// Makes the folder and locks the symbol's files, before there is a book of it. Throws IoError.
  void prepare(const std::string& symbol);
  /// What manifests of the symbol say of it from now on, that of the day that is open, too.
  void describe(const std::string& symbol, const store::InstrumentTerms& terms) {
    writers_.describe(symbol, terms);
  }
  /// Whose books those of the symbol are that come from now on; an empty symbol: all.
  void set_venue(const std::string& symbol, std::string_view venue) {
    writers_.set_venue(symbol, venue);
  }
  /// Leaves a book out.
  void skip(const std::string& symbol, std::string_view reason);
  [[nodiscard]] Writers& writers() { return writers_.all(); }
  [[nodiscard]] const std::string& folder() const { return writers_.folder(); }

  /// Throws DataError, too, where no file can be named after the symbol, or another one has that.
  void write(const std::string& symbol, BookView book, std::string_view gap_reason) override;
  void lose_end(const std::string& symbol, Timestamp until, std::string_view reason) override {
    writers_.of(symbol).lose_end(to_date_time(until), reason);
  }
  void count(const std::string& symbol, const store::FrameCounts& received) override;
  void sync() override;
  void check() override;
  void close() override;
  [[nodiscard]] OutputCounts counts() const override;
  [[nodiscard]] std::map<std::string, OutputCounts> symbol_counts() const override;

 private:
  SymbolWriters<store::DayFileWriter> writers_;
};

/// Standard output. It waits for its reader, but not for long once `stop` is set, which must
/// outlive it: then write() throws IoError.
[[nodiscard]] std::unique_ptr<ByteSink> open_standard_output(const std::atomic<bool>& stop);

/// Whether lines say which symbol they are of.
enum class NameSymbol {
  never,
  always,
  with_second,  ///< from the first line of a second symbol on: nobody knew before
};

/// Lines on a stream.
class StreamOutput final : public Output {
 public:
  /// Lines leave when they have more than `most_waiting` bytes together, or by flush().
  StreamOutput(std::unique_ptr<ByteSink> sink, std::size_t most_waiting, NameSymbol name_symbol,
               const store::BookFormat& format = store::book_formats().front());

  void write(const std::string& symbol, BookView book, std::string_view gap_reason) override;
  /// Nothing on the stream can declare it; it counts as a gap, as in a folder.
  void lose_end(const std::string& symbol, Timestamp until, std::string_view reason) override;
  void count(const std::string& /*symbol*/, const store::FrameCounts& /*received*/) override {}
  void flush() override {
    if (has_waiting_lines()) hand_over();
  }
  [[nodiscard]] bool has_waiting_lines() const override { return !lines_.empty(); }
  void sync() override { hand_over(); }
  void check() override {}
  void close() override;
  [[nodiscard]] OutputCounts counts() const override;
  [[nodiscard]] std::map<std::string, OutputCounts> symbol_counts() const override;

 private:
  void hand_over();

  std::unique_ptr<ByteSink> sink_;
  std::size_t most_waiting_;
  NameSymbol name_symbol_;
  const store::BookFormat& format_;
  struct Symbol {
    store::SteadyTime time;
    std::unique_ptr<store::BookLines> lines;
    OutputCounts counts;
    bool ends_in_loss = false;  ///< as no book follows
  };

  [[nodiscard]] static OutputCounts counts_of(const Symbol& symbol);

  std::map<std::string, Symbol> symbols_;
  std::string lines_, handed_over_;  ///< two, so that both keep their memory
};

/// Goes on when books of a symbol cannot be written: says so once, leaves them out, tries again
/// when retry() allows it, and says so when it works again. The first book then bears a gap. A
/// manifest that cannot be replaced costs no book.
///
/// Before the first book of all is written, what only a person can mend ends it: the IoError comes
/// through once no symbol is left that could be written. Trouble that lasts to the end comes
/// through close().
class PatientOutput final : public Output {
 public:
  explicit PatientOutput(FolderOutput& output) : output_{output} {}

  void write(const std::string& symbol, BookView book, std::string_view gap_reason) override;
  void lose_end(const std::string& symbol, Timestamp until, std::string_view reason) override {
    output_.lose_end(symbol, until, reason);
  }
  void count(const std::string& symbol, const store::FrameCounts& received) override {
    output_.count(symbol, received);
  }
  void sync() override;
  void check() override;
  void close() override;
  [[nodiscard]] OutputCounts counts() const override { return output_.counts(); }
  [[nodiscard]] std::map<std::string, OutputCounts> symbol_counts() const override {
    return output_.symbol_counts();
  }
  [[nodiscard]] std::string trouble() const override;
  [[nodiscard]] bool is_in_trouble(const std::string& symbol) const override {
    return troubles_.of(symbol) != nullptr || manifests_.of(symbol) != nullptr;
  }
  void retry() override { troubles_.retry(); }

 private:
  template <class Action>
  void attempt(const std::string& symbol, Action action);
  template <class Action>
  void attempt_each(Action action);
  [[nodiscard]] bool is_hopeless(const std::string& failed) const;

  FolderOutput& output_;
  Troubles troubles_{
      {.consequence = "going on when it can be written again", .end = "writing again: "}};
  Troubles manifests_{{.consequence = "the books go on", .end = "the manifest is written again: "}};
  std::map<std::string, IoError> errors_;  ///< the last of each symbol that had one
  bool has_written_ = false;
};

}  // namespace obkit::obsave
