#include "obsave/output.hpp"

#include <cstddef>
#include <utility>

#include <spdlog/spdlog.h>

#include "obkit/core/error.hpp"
#include "obkit/core/number.hpp"

namespace obkit::obsave {
namespace {

constexpr std::size_t block_size = std::size_t{256} * 1024;

void tell(const store::OpenedDayFile& file) {
  if (file.cut_bytes > 0)
    spdlog::warn("{}: cut a torn last line of {} bytes off", file.path, file.cut_bytes);
  for (const std::string& note : file.notes) spdlog::warn("{}", note);
  spdlog::debug("{} {}", file.had_books ? "appending to" : "writing", file.path);
}

}  // namespace

void FolderOutput::prepare(const std::string& symbol) { static_cast<void>(writer_of(symbol)); }

void FolderOutput::write(const std::string& symbol, BookView book, std::string_view gap_reason) {
  writer_of(symbol).write(book, gap_reason);
}

void FolderOutput::count_frame(const std::string& symbol) { writer_of(symbol).add_frames(1); }

store::DayFileWriter& FolderOutput::writer_of(const std::string& symbol) {
  if (recent_ != nullptr && recent_->first == symbol) return recent_->second;
  auto writer = writers_.find(symbol);
  if (writer == writers_.end()) {
    store::DayFileOptions options = options_;
    options.symbol = symbol;
    writer = writers_.emplace(symbol, store::DayFileWriter{std::move(options), tell}).first;
  }
  recent_ = &*writer;
  return writer->second;
}

void FolderOutput::sync() {
  for (auto& [symbol, writer] : writers_) writer.sync();
}

void FolderOutput::check() {
  for (auto& [symbol, writer] : writers_) writer.check();
}

void FolderOutput::close() {
  for (auto& [symbol, writer] : writers_) writer.close();
}

OutputCounts FolderOutput::counts() const {
  OutputCounts counts;
  for (const auto& [symbol, writer] : writers_) {
    counts.books += writer.books();
    counts.lost += writer.lost();
    counts.gaps += writer.gaps();
    counts.clamped += writer.clamped();
    counts.files += writer.files();
  }
  return counts;
}

StreamOutput::StreamOutput(std::unique_ptr<ByteSink> sink, store::Flush flush,
                           NameSymbol name_symbol, const store::BookFormat& format)
    : sink_{std::move(sink)}, flush_{flush}, name_symbol_{name_symbol}, format_{format} {}

void StreamOutput::write(const std::string& symbol, BookView book,
                         std::string_view /*gap_reason*/) {
  Symbol& known = symbols_[symbol];
  if (!known.lines) known.lines = format_.make_lines();
  const DateTime time = known.time.next(book->time);
  const bool named = name_symbol_ == NameSymbol::always ||
                     (name_symbol_ == NameSymbol::with_second && symbols_.size() > 1);
  known.lines->append(lines_,
                      {.time = time,
                       .gap = book->gap,
                       .symbol = named ? std::string_view{symbol} : std::string_view{}},
                      book);
  if (flush_ == store::Flush::each_line || lines_.size() > block_size) hand_over();
  ++books_;
  if (book->gap) ++gaps_;
}

void StreamOutput::hand_over() {
  // What could not be written is not tried again.
  std::swap(lines_, handed_over_);
  lines_.clear();
  sink_->write(handed_over_);
  sink_->flush();
}

void StreamOutput::close() {
  hand_over();
  sink_->close();
}

OutputCounts StreamOutput::counts() const {
  OutputCounts counts{.books = books_, .gaps = gaps_};
  for (const auto& [name, symbol] : symbols_) counts.clamped += symbol.time.clamped();
  return counts;
}

template <class Action>
void PatientOutput::attempt(Action action) {
  if (!trouble_.empty() && !std::exchange(may_try_, false)) return;
  try {
    action();
    if (!trouble_.empty()) spdlog::warn("writing again");
    trouble_.clear();
  } catch (const IoError& error) {
    if (trouble_.empty()) spdlog::error("{}; going on when it can be written again", error.what());
    trouble_ = error.what();
  }
}

void PatientOutput::write(const std::string& symbol, BookView book, std::string_view gap_reason) {
  if (!trouble_.empty() && !may_try_) {
    ++lost_;
    return;
  }
  // What was lost since explains the gap, whatever else did.
  attempt([&] {
    output_.write(symbol, book, trouble_.empty() ? gap_reason : std::string_view{trouble_});
  });
}

void PatientOutput::sync() {
  if (trouble_.empty()) attempt([&] { output_.sync(); });
}

void PatientOutput::check() {
  if (trouble_.empty()) attempt([&] { output_.check(); });
}

void PatientOutput::close() { output_.close(); }

OutputCounts PatientOutput::counts() const {
  OutputCounts counts = output_.counts();
  counts.lost += lost_;
  return counts;
}

}  // namespace obkit::obsave
