#include "obkit/store/book_stream.hpp"

#include <chrono>
#include <filesystem>
#include <system_error>
#include <utility>

#include "obkit/store/day_file_reader.hpp"
#include "obkit/store/input.hpp"

namespace obkit::store {

namespace {

/// Says when reading would wait.
class AnnouncedSource final : public ByteSource {
 public:
  AnnouncedSource(std::unique_ptr<ByteSource> source, std::function<void()> before_wait)
      : source_{std::move(source)}, before_wait_{std::move(before_wait)} {}

  std::size_t read(std::span<char> block) override {
    if (source_->would_wait(std::chrono::milliseconds{0})) before_wait_();
    return source_->read(block);
  }

 private:
  std::unique_ptr<ByteSource> source_;
  std::function<void()> before_wait_;
};

/// Inputs that are all known.
class InputList final : public InputSequence {
 public:
  InputList(std::vector<std::string> paths, std::function<void()> before_wait)
      : paths_{std::move(paths)}, before_wait_{std::move(before_wait)} {}

  std::optional<Input> next() override {
    if (opened_ == paths_.size()) return std::nullopt;
    const std::string& path = paths_[opened_++];
    // A named pipe cannot be opened before somebody writes to it.
    std::error_code ignored;
    if (before_wait_ && std::filesystem::is_fifo(path, ignored)) before_wait_();
    return Input{.path = path, .source = open_source(path), .ahead = ahead_for(path)};
  }

 private:
  std::vector<std::string> paths_;
  std::function<void()> before_wait_;
  std::size_t opened_ = 0;
};

}  // namespace

BookStream::BookStream(std::vector<std::string> inputs, BadLine bad_line,
                       const std::function<void()>& before_wait, std::chrono::seconds join)
    : BookStream{std::make_unique<InputList>(std::move(inputs), before_wait), bad_line, before_wait,
                 join} {}

BookStream::BookStream(std::unique_ptr<InputSequence> inputs, BadLine bad_line,
                       std::function<void()> before_wait, std::chrono::seconds join)
    : inputs_{std::move(inputs)},
      bad_line_{bad_line},
      before_wait_{std::move(before_wait)},
      join_{join} {}

bool continues(const DayFileEnd& end, const std::string& input, const OrderBook& first,
               std::chrono::seconds join) {
  const auto time = to_timestamp(first.time);
  return !end.lost_lines && !end.symbol.empty() && end.symbol == symbol_of_day_file(input) &&
         time && follows_closely(*time, end.time, join);
}

bool BookStream::next() {
  do {
    if (!read()) return false;
  } while (again_ && end_ && book().time <= last_time_);
  if (!end_ || index_ != opened_ - 1) {
    if (end_) end_->time = to_timestamp(last_time_).value();
    // Of files whose names tell their days, those who read them tell that (days_out_of_order()).
    const std::string symbol = symbol_of_day_file(path_);
    if (end_ && book().time < last_time_ && (symbol.empty() || end_->symbol.empty()))
      ++finished_.time_went_back;
    if (end_ && (again_ || !continues(*end_, path_, book(), join_))) reader_->mark_gap();
    end_ = DayFileEnd{.symbol = symbol, .time = {}};
    index_ = opened_ - 1;
    again_ = false;
  }
  last_time_ = book().time;
  end_->lost_lines = false;
  depth_ = book().depth();
  return true;
}

bool BookStream::next(OrderBook& book) {
  if (!next()) return false;
  book = this->book();
  return true;
}

ReadReport BookStream::report() const {
  ReadReport all = finished_;
  if (reader_) all += reader_->report();
  return all;
}

/// The next book of the inputs, whatever was before it.
bool BookStream::read() {
  for (;;) {
    if (reader_ && reader_->next()) return true;
    if (reader_) finish();
    auto input = inputs_->next();
    if (!input) return false;
    open(std::move(*input));
  }
}

void BookStream::open(InputSequence::Input input) {
  path_ = std::move(input.path);
  again_ = input.again;
  ++opened_;
  if (input.reader) {
    reader_ = std::move(input.reader);
    return;
  }
  auto source = std::move(input.source);
  // What is read ahead is a file that does not wait.
  if (before_wait_ && input.ahead == Ahead::no)
    source = std::make_unique<AnnouncedSource>(std::move(source), before_wait_);
  reader_ = std::make_unique<DayFileReader>(
      decompressed(std::move(source), display_name(path_), input.ahead), display_name(path_),
      bad_line_, depth_);
}

void BookStream::finish() {
  finished_ += reader_->report();
  if (reader_->report().books == 0 && !again_) without_books_.push_back(display_name(path_));
  if (end_ && reader_->lost_lines()) end_->lost_lines = true;
  reader_.reset();
}

}  // namespace obkit::store
