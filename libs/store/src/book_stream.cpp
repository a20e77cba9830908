#include <utility>

#include "obkit/store/day_file_reader.hpp"
#include "obkit/store/input.hpp"

#include "seam.hpp"

namespace obkit::store {
namespace {

/// Says when bytes are about to be read.
class AnnouncedSource final : public ByteSource {
 public:
  AnnouncedSource(std::unique_ptr<ByteSource> source, std::function<void()> before_read)
      : source_{std::move(source)}, before_read_{std::move(before_read)} {}

  std::size_t read(std::span<char> block) override {
    before_read_();
    return source_->read(block);
  }

 private:
  std::unique_ptr<ByteSource> source_;
  std::function<void()> before_read_;
};

}  // namespace

BookStream::BookStream(std::vector<std::string> inputs, BadLine bad_line,
                       std::function<void()> before_read)
    : inputs_{std::move(inputs)}, bad_line_{bad_line}, before_read_{std::move(before_read)} {}

bool BookStream::next(OrderBook& book) {
  for (;;) {
    if (reader_ && reader_->next(book)) break;
    if (reader_) finish();
    if (opened_ == inputs_.size()) return false;
    open(inputs_[opened_++]);
  }
  const bool is_seam = index_ != opened_ - 1;
  if (last_time_ && is_seam && !continues(book)) book.gap = true;
  index_ = opened_ - 1;
  last_time_ = to_timestamp(book.time);
  lost_lines_ = false;
  depth_ = book.depth();
  return true;
}

ReadReport BookStream::report() const {
  ReadReport all = finished_;
  if (reader_) all += reader_->report();
  return all;
}

void BookStream::open(const std::string& input) {
  auto source = open_source(input);
  if (before_read_) source = std::make_unique<AnnouncedSource>(std::move(source), before_read_);
  reader_.emplace(decompressed(std::move(source), display_name(input)), display_name(input),
                  bad_line_, depth_);
}

void BookStream::finish() {
  finished_ += reader_->report();
  lost_lines_ = lost_lines_ || reader_->lost_lines();
  reader_.reset();
}

bool BookStream::continues(const OrderBook& book) const {
  const std::string symbol = symbol_of_day_file(inputs_[opened_ - 1]);
  const auto time = to_timestamp(book.time);
  return !lost_lines_ && !symbol.empty() && symbol == symbol_of_day_file(inputs_[index_]) && time &&
         last_time_ && follows_closely(*time, *last_time_);
}

}  // namespace obkit::store
