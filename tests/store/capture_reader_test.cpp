#include "obkit/store/capture_reader.hpp"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/core/error.hpp"

#include "test_input.hpp"

namespace obkit::store {
namespace {

using testing::HasSubstr;

CaptureReader captures_of(std::string text) {
  return CaptureReader{memory(std::move(text)), "capture"};
}

TEST(CaptureReader, reads_iso_time_and_space) {
  auto reader = captures_of("2019-06-01T00:03:03.1238784Z {\"a\": 1}\n");
  const auto line = reader.next();
  ASSERT_TRUE(line);
  EXPECT_EQ(line->frame, "{\"a\": 1}");
  EXPECT_EQ(format_iso(*line->received, 9), "2019-06-01T00:03:03.123878400Z");
  EXPECT_FALSE(reader.next());
  EXPECT_EQ(reader.torn(), std::nullopt);
}

TEST(CaptureReader, reads_epoch_seconds_and_tab) {
  auto reader = captures_of("1626993367.875267\tpong\n1626993368\t{\"x\":\"a\tb\"}\n");
  auto line = reader.next();
  ASSERT_TRUE(line);
  EXPECT_EQ(line->frame, "pong");
  EXPECT_EQ(format_iso(*line->received, 6), "2021-07-22T22:36:07.875267Z");
  line = reader.next();
  ASSERT_TRUE(line);
  EXPECT_EQ(line->frame, "{\"x\":\"a\tb\"}");
}

/// Frames, and `X` for a disconnect.
std::string frames_of(std::string text) {
  auto reader = captures_of(std::move(text));
  std::string frames;
  while (const auto line = reader.next())
    frames += line->is_disconnect() ? "X" : std::string{line->frame};
  EXPECT_EQ(reader.torn(), std::nullopt);
  return frames;
}

TEST(CaptureReader, reads_epoch_seconds_and_colon) {
  auto reader = captures_of("1626993367.875267: {\"a\": \"b\tc: d\"}\n");
  const auto line = reader.next();
  ASSERT_TRUE(line);
  EXPECT_EQ(line->frame, "{\"a\": \"b\tc: d\"}");
  EXPECT_EQ(format_iso(*line->received, 6), "2021-07-22T22:36:07.875267Z");
}

TEST(CaptureReader, passes_over_what_cryptofeed_writes_beside_frames) {
  EXPECT_EQ(frames_of("configuration: {\"trades\":[\"BTC-USD\"]}\n"
                      "https://www.bitmex.com/api/v1/instrument -> 1626993366.1: [{\"a\":1}]\n"
                      "wss://www.bitmex.com/realtime <-> 1626993367.388005\n"
                      "wss://www.bitmex.com/realtime <- 1626993367.874177: {\"op\":\"subscribe\"}\n"
                      "1626993367.875267: {}\n"),
            "{}");
}

TEST(CaptureReader, a_client_that_connects_again_was_disconnected) {
  EXPECT_EQ(frames_of("wss://x <-> 1.5\nwss://x <-> 1.6\n1.7: a\nwss://x <-> 1.8\n1.9: b\n"),
            "aXb");
}

TEST(CaptureReader, a_last_line_about_the_connection_may_be_cut) {
  EXPECT_EQ(frames_of("1.5: a\nwss://x <- 1.6: {\"op\":\"subs"), "a");
}

TEST(CaptureReader, layouts_may_change_from_line_to_line) {
  EXPECT_EQ(frames_of("1.5: a\n1.6\tb\n2019-06-01T00:03:03Z c\n"), "abc");
}

TEST(CaptureReader, an_empty_line_is_a_disconnect) {
  auto reader = captures_of("1.5\t{}\n\n\r\n2.5\t{}\n");
  std::vector<bool> disconnects;
  while (const auto line = reader.next()) disconnects.push_back(line->is_disconnect());
  EXPECT_EQ(disconnects, (std::vector<bool>{false, true, true, false}));
}

TEST(CaptureReader, names_the_line_that_is_in_no_layout) {
  for (const char* wrong :
       {"x", "1626993367.8 {}", "1626993367.8\t", "2019-06-01\t{}", "2019-13-01T00:00:00Z {}",
        "12345", "99999999999.5\t{}", "1.5:{}", "1.5: ", "wss://x", "wss://x <-1.5: {}",
        "wss <- 1.5: {}", "configuration"}) {
    auto reader = captures_of("1.5\t{}\n" + std::string{wrong} + "\n1.6\t{}\n");
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
    auto reader = captures_of("1.5\t{}\n" + last.substr(0, length));
    ASSERT_TRUE(reader.next());
    EXPECT_FALSE(reader.next()) << last.substr(0, length);
    EXPECT_EQ(reader.torn(), "capture:2: the last line is torn, it is ignored");
  }
}

TEST(CaptureReader, a_last_line_that_only_lacks_its_newline_is_read) {
  for (const char* last : {R"({"data":[{"a":"}\"]"}],"b":{}})", "pong"}) {
    auto reader = captures_of("1.5\t" + std::string{last});
    const auto line = reader.next();
    ASSERT_TRUE(line);
    EXPECT_EQ(line->frame, last);
    EXPECT_FALSE(reader.next());
    EXPECT_EQ(reader.torn(), std::nullopt);
  }
}

TEST(CaptureReader, an_empty_capture_has_no_lines) {
  auto reader = captures_of("");
  EXPECT_FALSE(reader.next());
}

}  // namespace
}  // namespace obkit::store
