#include "obkit/store/capture_writer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/core/error.hpp"
#include "obkit/store/archive_reader.hpp"
#include "obkit/store/capture_reader.hpp"
#include "obkit/store/input.hpp"

#include "recording.hpp"
#include "recording/recording_folder.hpp"
#include "test_input.hpp"

namespace obkit::store {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

Timestamp at(const std::string& time) { return parse_iso("2021-07-22T" + time + "Z").value(); }

class CaptureWriterTest : public RecordingTest {
 protected:
  CaptureWriter writer() {
    return CaptureWriter{{.folder = folder_.string(), .symbol = "XBT/USD"},
                         [this](const OpenedCapture& file) { found_.push_back(file); }};
  }
  [[nodiscard]] fs::path file(int date = 20210722) const {
    return folder_ / ("XBT_USD_" + std::to_string(date) + ".capture.zst");
  }
  [[nodiscard]] std::string lines(int date = 20210722) const {
    return all_of(*open_input(file(date)));
  }
  /// The frames as a reader gives them; a disconnect is empty.
  [[nodiscard]] std::vector<std::string> frames(int date = 20210722) const {
    CaptureReader reader{open_input(file(date)), "capture"};
    std::vector<std::string> frames;
    while (const auto line = reader.next()) frames.emplace_back(line->frame);
    EXPECT_EQ(reader.torn(), std::nullopt);
    return frames;
  }
  void record(const std::string& time, const std::string& frame) {
    auto out = writer();
    out.write(at(time), frame);
    out.close();
  }

  std::vector<OpenedCapture> found_;
};

TEST_F(CaptureWriterTest, is_read_back_in_one_piece_though_the_clock_was_set) {
  using std::chrono::hours;
  const Timestamp begin = at("22:36:07");
  auto out = writer();
  std::vector<std::string> written;
  const auto write_three_at = [&](Timestamp clock) {
    for (int i = 0; i < 3; ++i, clock += std::chrono::milliseconds{100})
      out.write(clock, written.emplace_back("{\"n\":" + std::to_string(written.size()) + "}"));
  };
  for (const int day : {0, 1, -3, 365 * 11, 0}) write_three_at(begin + hours{24 * day});
  out.close();
  const std::vector<std::string> folders{folder_.string()};
  ArchiveReader reader{expand_inputs(folders, FileKind::archive)};
  std::vector<std::string> read;
  while (const auto event = reader.next()) {
    EXPECT_EQ(event->kind, ArchiveEvent::Kind::frame) << event->text;
    read.emplace_back(event->text);
  }
  EXPECT_EQ(read, written);
  EXPECT_EQ(found_.size(), 3U) << "files";
}

TEST_F(CaptureWriterTest, writes_the_bytes_that_the_format_says) {
  auto out = writer();
  out.disconnect();
  out.write(at("22:36:07.865123456"), R"({"a": 1})");
  out.write(at("22:36:08"), "pong");
  out.disconnect();
  out.disconnect();
  out.write(at("22:36:09.1"), "{}");
  out.close();
  EXPECT_EQ(lines(),
            "2021-07-22T22:36:07.865123456Z {\"a\": 1}\n"
            "2021-07-22T22:36:08.000000000Z pong\n"
            "\n"
            "2021-07-22T22:36:09.100000000Z {}\n");
  EXPECT_EQ(out.frames(), 3U);
}

TEST_F(CaptureWriterTest, keeps_a_frame_on_one_line) {
  auto out = writer();
  out.write(at("00:00:01"), "{\n  \"a\":\r\n1}\n");
  out.write(at("00:00:02"), "");
  out.write(at("00:00:03"), std::string("\0\xFF", 2));
  out.close();
  EXPECT_THAT(frames(), ElementsAre("{   \"a\":  1} ", " ", std::string("\0\xFF", 2)));
}

TEST_F(CaptureWriterTest, begins_a_file_with_each_day_and_never_returns_to_an_earlier_one) {
  auto out = writer();
  out.write(at("23:59:59.999999999"), "a");
  out.write(at("23:59:59.999999999") + std::chrono::nanoseconds{1}, "b");
  out.write(at("23:59:59"), "the clock was set back");
  out.disconnect();
  out.close();
  EXPECT_THAT(frames(), ElementsAre("a"));
  EXPECT_THAT(frames(20210723), ElementsAre("b", "the clock was set back", ""));
  EXPECT_EQ(found_.size(), 2U);
}

TEST_F(CaptureWriterTest, marks_a_restart_as_a_disconnect_once) {
  record("00:00:01", "a");
  record("00:00:02", "b");
  EXPECT_THAT(frames(), ElementsAre("a", "", "b"));
  EXPECT_TRUE(found_.back().had_lines);
  auto out = writer();
  out.write(at("00:00:03"), "c");
  out.disconnect();
  out.close();
  record("00:00:04", "d");
  EXPECT_THAT(frames(), ElementsAre("a", "", "b", "", "c", "", "d"));
}

TEST_F(CaptureWriterTest, loses_a_torn_frame_at_whatever_byte_it_broke) {
  record("00:00:01", R"({"a":1})");
  const std::size_t kept = text_of(file()).size();
  record("00:00:02", R"({"b":2})");
  const std::string whole = text_of(file());
  for (std::size_t length = kept + 1; length < whole.size(); ++length) {
    put_text(file(), whole.substr(0, length));
    record("00:00:03", "c");
    ASSERT_THAT(frames(), ElementsAre(R"({"a":1})", "", "c")) << length;
    ASSERT_EQ(found_.back().cut_bytes, length - kept);
  }
}

TEST_F(CaptureWriterTest, heals_the_last_line_of_another_program) {
  put_text(file(), zstd_frame("2021-07-22T00:00:01Z {\"a\":1}"));
  record("00:00:02", "b");
  EXPECT_THAT(frames(), ElementsAre(R"({"a":1})", "", "b"));
  put_text(file(), zstd_frame("2021-07-22T00:00:01Z x\n2021-07-22T00:00:01Z {\"a\":"));
  record("00:00:02", "b");
  EXPECT_THAT(frames(), ElementsAre("x", "", "b"));
  put_text(file(), zstd_frame("2021-07-22T00:00:01Z x\n2021-07"));
  record("00:00:02", "b");
  EXPECT_THAT(frames(), ElementsAre("x", "", "b"));
}

TEST_F(CaptureWriterTest, keeps_frames_of_many_megabytes_and_still_loses_no_more_than_one_write) {
  std::string huge = R"({"data":")";
  for (unsigned i = 0, x = 1; huge.size() < std::size_t{9} << 20U; ++i)
    huge += std::to_string(x = x * 1664525 + 1013904223);
  huge += "\"}";
  record("00:00:01", "a");
  record("00:00:02", huge);
  const std::string whole = text_of(file());
  const auto ends = frame_ends(whole);
  ASSERT_EQ(ends.size(), 5U) << "the restart's empty line; no frame holds more than 4 MiB";
  EXPECT_EQ(frames().at(2), huge);
  put_text(file(), whole.substr(0, ends[2] + 1));
  record("00:00:03", "c");
  EXPECT_THAT(frames(), ElementsAre("a", "", "c")) << "the part of the line that was there is gone";
}

TEST_F(CaptureWriterTest, that_could_not_write_goes_on_behind_a_disconnect) {
  auto out = writer();
  out.write(at("00:00:01"), "a");
  out.sync();
  {
    const FileSizeLimit full{text_of(file()).size()};
    out.write(at("00:00:02"), "b");
    EXPECT_THROW(out.sync(), IoError);
    EXPECT_EQ(out.lost(), 1U);
  }
  out.write(at("00:00:03"), "c");
  out.sync();
  EXPECT_THAT(frames(), ElementsAre("a", "", "c"));
  fs::remove_all(folder_);
  EXPECT_THROW(out.check(), IoError);
  out.write(at("00:00:04"), "d");
  out.close();
  EXPECT_THAT(frames(), ElementsAre("d"));
  EXPECT_EQ(out.frames(), 3U);
  EXPECT_EQ(out.lost(), 1U);
}

TEST_F(CaptureWriterTest, locks_captures_apart_from_day_files) {
  const FolderLock day_files{folder_.string(), "XBT/USD", "day-files"};
  const CaptureOptions locked{
      .folder = folder_.string(), .symbol = "XBT/USD", .lock_holder = "process 7"};
  const CaptureWriter first{locked};
  try {
    const CaptureWriter second{locked};
    FAIL();
  } catch (const IoError& error) {
    EXPECT_THAT(error.what(), HasSubstr(".XBT_USD.capture.lock: recorded already by process 7"));
  }
}

}  // namespace
}  // namespace obkit::store
