#include "obkit/obsave/output.hpp"

#include <utility>

#include <spdlog/spdlog.h>

#include "obkit/store/book_line.hpp"

namespace obkit::obsave {
namespace {

void tell(const store::OpenedDayFile& file) {
  if (file.cut_bytes > 0)
    spdlog::warn("{}: cut a torn last line of {} bytes off", file.path, file.cut_bytes);
  spdlog::debug("{} {}", file.had_books ? "appending to" : "writing", file.path);
}

}  // namespace

FolderOutput::FolderOutput(std::string folder, store::Flush flush, store::Overlap overlap)
    : folder_{std::move(folder)}, flush_{flush}, overlap_{overlap} {}

void FolderOutput::write(const std::string& symbol, const OrderBook& book) {
  auto writer = writers_.find(symbol);
  if (writer == writers_.end()) {
    store::DayFileOptions options{
        .folder = folder_, .symbol = symbol, .flush = flush_, .overlap = overlap_};
    writer = writers_.emplace(symbol, store::DayFileWriter{std::move(options), tell}).first;
  }
  writer->second.write(book);
}

void FolderOutput::close() {
  for (auto& [symbol, writer] : writers_) writer.close();
}

OutputReport FolderOutput::report() const {
  OutputReport report;
  for (const auto& [symbol, writer] : writers_) {
    report.gaps += writer.gaps();
    report.clamped += writer.clamped();
    report.files += writer.files();
  }
  return report;
}

StreamOutput::StreamOutput(std::unique_ptr<ByteSink> sink, store::Flush flush,
                           NameSymbol name_symbol)
    : sink_{std::move(sink)}, flush_{flush}, name_symbol_{name_symbol} {}

void StreamOutput::write(const std::string& symbol, const OrderBook& book) {
  const DateTime time = times_[symbol].next(book.time);
  const bool named = name_symbol_ == NameSymbol::always ||
                     (name_symbol_ == NameSymbol::with_second && times_.size() > 1);
  line_.clear();
  store::append_book_line(line_,
                          {.time = time,
                           .gap = book.gap,
                           .symbol = named ? std::string_view{symbol} : std::string_view{}},
                          book);
  sink_->write(line_);
  if (flush_ == store::Flush::each_line) sink_->flush();
  if (book.gap) ++gaps_;
}

void StreamOutput::close() { sink_->close(); }

OutputReport StreamOutput::report() const {
  OutputReport report{.gaps = gaps_, .clamped = 0, .files = 0};
  for (const auto& [symbol, time] : times_) report.clamped += time.clamped();
  return report;
}

}  // namespace obkit::obsave
