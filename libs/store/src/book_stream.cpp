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
                       std::function<void()> before_read, std::chrono::seconds join)
    : inputs_{std::move(inputs)},
      bad_line_{bad_line},
      before_read_{std::move(before_read)},
      join_{join} {}

bool continues(const DayFileEnd& end, const std::string& input, const OrderBook& first,
               std::chrono::seconds join) {
  const auto time = to_timestamp(first.time);
  return !end.lost_lines && !end.symbol.empty() && end.symbol == symbol_of_day_file(input) &&
         time && follows_closely(*time, end.time, join);
}

bool BookStream::next(OrderBook& book) {
  for (;;) {
    if (reader_ && reader_->next(book)) break;
    if (reader_) finish();
    if (opened_ == inputs_.size()) return false;
    open(inputs_[opened_++]);
  }
  const std::string& input = inputs_[opened_ - 1];
  if (!end_ || index_ != opened_ - 1) {
    if (end_ && !continues(*end_, input, book, join_)) book.gap = true;
    end_ = DayFileEnd{.symbol = symbol_of_day_file(input), .time = {}};
    index_ = opened_ - 1;
  }
  end_->time = to_timestamp(book.time).value();
  end_->lost_lines = false;
  depth_ = book.depth();
  return true;
}

ReadReport BookStream::report() const {
  ReadReport all = finished_;
  if (reader_) all += reader_->report();
  return all;
}

void BookStream::open(const std::string& input) {
  if (before_read_) before_read_();
  auto source = open_input(input);
  if (before_read_) source = std::make_unique<AnnouncedSource>(std::move(source), before_read_);
  reader_.emplace(std::move(source), display_name(input), bad_line_, depth_);
}

void BookStream::finish() {
  finished_ += reader_->report();
  if (end_ && reader_->lost_lines()) end_->lost_lines = true;
  reader_.reset();
}

}  // namespace obkit::store
