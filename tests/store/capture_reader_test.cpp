#include "obkit/store/capture_reader.hpp"

#include <algorithm>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/core/error.hpp"

namespace obkit::store {
namespace {

using testing::HasSubstr;

class TextSource final : public ByteSource {
 public:
  explicit TextSource(std::string text) : text_{std::move(text)} {}
  std::size_t read(std::span<char> block) override {
    const std::size_t count = std::min(block.size(), text_.size() - at_);
    std::copy_n(text_.begin() + static_cast<std::ptrdiff_t>(at_), count, block.begin());
    at_ += count;
    return count;
  }

 private:
  std::string text_;
  std::size_t at_ = 0;
};

CaptureReader reader_of(std::string text) {
  return CaptureReader{std::make_unique<TextSource>(std::move(text)), "capture"};
}

TEST(CaptureReader, reads_iso_time_and_space) {
  auto reader = reader_of("2019-06-01T00:03:03.1238784Z {\"a\": 1}\n");
  const auto line = reader.next();
  ASSERT_TRUE(line);
  EXPECT_EQ(line->frame, "{\"a\": 1}");
  EXPECT_EQ(format_iso(line->received, 9), "2019-06-01T00:03:03.123878400Z");
  EXPECT_FALSE(reader.next());
  EXPECT_EQ(reader.torn(), std::nullopt);
}

TEST(CaptureReader, reads_epoch_seconds_and_tab) {
  auto reader = reader_of("1626993367.875267\tpong\n1626993368\t{\"x\":\"a\tb\"}\n");
  auto line = reader.next();
  ASSERT_TRUE(line);
  EXPECT_EQ(line->frame, "pong");
  EXPECT_EQ(format_iso(line->received, 6), "2021-07-22T22:36:07.875267Z");
  line = reader.next();
  ASSERT_TRUE(line);
  EXPECT_EQ(line->frame, "{\"x\":\"a\tb\"}");
}

TEST(CaptureReader, an_empty_line_is_a_disconnect) {
  auto reader = reader_of("1.5\t{}\n\n\r\n2.5\t{}\n");
  std::vector<bool> disconnects;
  while (const auto line = reader.next()) disconnects.push_back(line->is_disconnect());
  EXPECT_EQ(disconnects, (std::vector<bool>{false, true, true, false}));
}

TEST(CaptureReader, names_the_line_that_is_in_no_layout) {
  for (const char* wrong : {"x", "{\"a\":1}", "1626993367.8 {}", "1626993367.8\t", "2019-06-01\t{}",
                            "2019-13-01T00:00:00Z {}", "12345", "99999999999.5\t{}"}) {
    auto reader = reader_of("1.5\t{}\n" + std::string{wrong} + "\n1.6\t{}\n");
    ASSERT_TRUE(reader.next());
    try {
      static_cast<void>(reader.next());
      FAIL() << wrong;
    } catch (const DataError& error) {
      EXPECT_THAT(error.what(), HasSubstr("capture:2: expected '2021"));
      EXPECT_EQ(error.place().line, 2U);
    }
  }
}

TEST(CaptureReader, a_last_line_cut_anywhere_is_torn_and_reported) {
  const std::string last = R"(1626993367.5	{"data":[{"a":"}\"]"}],"b":{}})";
  for (std::size_t length = 1; length < last.size(); ++length) {
    auto reader = reader_of("1.5\t{}\n" + last.substr(0, length));
    ASSERT_TRUE(reader.next());
    EXPECT_FALSE(reader.next()) << last.substr(0, length);
    EXPECT_EQ(reader.torn(), "capture:2: the last line is torn, it is ignored");
  }
}

TEST(CaptureReader, a_last_line_that_only_lacks_its_newline_is_read) {
  for (const char* last : {R"({"data":[{"a":"}\"]"}],"b":{}})", "pong"}) {
    auto reader = reader_of("1.5\t" + std::string{last});
    const auto line = reader.next();
    ASSERT_TRUE(line);
    EXPECT_EQ(line->frame, last);
    EXPECT_FALSE(reader.next());
    EXPECT_EQ(reader.torn(), std::nullopt);
  }
}

TEST(CaptureReader, an_empty_capture_has_no_lines) {
  auto reader = reader_of("");
  EXPECT_FALSE(reader.next());
}

}  // namespace
}  // namespace obkit::store
