#pragma once

#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <vector>

#include <gtest/gtest.h>
#include <zstd.h>

#include "obkit/store/day_file_reader.hpp"
#include "obkit/store/day_file_writer.hpp"
#include "obkit/store/input.hpp"

namespace obkit::store {

inline OrderBook book_at(int date, int time, bool gap = false) {
  OrderBook book;
  book.time = {date, time};
  for (const char* price : {"9.50", "10", "10.5", "11"})
    book.prices.push_back(parse_price(price).value());
  book.volumes = {1, 2.5, 3, 1e15};
  book.gap = gap;
  return book;
}

inline std::string text_of(const std::filesystem::path& path) {
  std::ifstream file{path, std::ios::binary};
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>{file}, {}};
}

inline void put_text(const std::filesystem::path& path, std::string_view text) {
  std::ofstream{path, std::ios::binary} << text;
}

/// All of them; nothing may be wrong or torn.
inline std::vector<OrderBook> books_of(const std::filesystem::path& path) {
  DayFileReader reader{open_input(path.string()), path.string(), BadLine::refuse};
  std::vector<OrderBook> books;
  for (OrderBook book; reader.next(book);) books.push_back(book);
  EXPECT_EQ(reader.report().torn, std::nullopt);
  return books;
}

/// Times of day, those of books with a gap negative.
inline std::vector<int> times_of(const std::filesystem::path& path) {
  std::vector<int> times;
  for (const OrderBook& book : books_of(path))
    times.push_back(book.gap ? -book.time.time : book.time.time);
  return times;
}

/// One frame, as `zstd FILE` makes it.
inline std::string zstd_frame(std::string_view text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
  return out;
}

/// Ends of the frames of a file that is made of whole ones, as libzstd finds them.
inline std::vector<std::size_t> frame_ends(const std::string& bytes) {
  std::vector<std::size_t> ends;
  for (std::size_t at = 0; at < bytes.size(); ends.push_back(at)) {
    const std::size_t size = ZSTD_findFrameCompressedSize(bytes.data() + at, bytes.size() - at);
    if (ZSTD_isError(size) != 0) {
      ADD_FAILURE() << "no whole frame at byte " << at;
      break;
    }
    at += size;
  }
  return ends;
}

/// Stands for a full disk: no file can become longer; write() fails with EFBIG instead of a signal.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(std::size_t bytes) : handler_{std::signal(SIGXFSZ, SIG_IGN)} {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit small{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &small);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int);
};

/// A scratch folder, a writer of the symbol `XBT/USD` in it, and what the writer found.
class RecordingTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "obkit_writer_XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] DayFileOptions options(Compress compress = Compress::no) const {
    return {.folder = folder_.string(), .symbol = "XBT/USD", .compress = compress};
  }
  DayFileWriter writer(DayFileOptions options) {
    return DayFileWriter{std::move(options),
                         [this](const OpenedDayFile& file) { opened_.push_back(file); }};
  }
  /// One run of the recorder.
  void record(const DayFileOptions& options, int date, const std::vector<int>& times) {
    auto out = writer(options);
    for (const int time : times) out.write(book_at(date, time));
    out.close();
  }
  [[nodiscard]] std::filesystem::path day_file(int date = 20190823,
                                               Compress compress = Compress::no) const {
    return folder_ /
           ("XBT_USD_" + std::to_string(date) + (compress == Compress::yes ? ".txt.zst" : ".txt"));
  }
  [[nodiscard]] std::filesystem::path zstd_file(int date = 20190823) const {
    return day_file(date, Compress::yes);
  }

  std::filesystem::path folder_;
  std::vector<OpenedDayFile> opened_;
};

}  // namespace obkit::store
