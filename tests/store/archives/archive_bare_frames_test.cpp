// Frames whose lines have no time of receipt, and those of hftbacktest's collectors.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/core/error.hpp"
#include "obkit/store/capture_reader.hpp"

#include "archive_text.hpp"

namespace obkit::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// `{"at":17}` is of the second 17; others tell no time.
std::optional<Timestamp> time_of(std::string_view frame) {
  constexpr std::string_view key = R"({"at":)";
  if (!frame.starts_with(key)) return std::nullopt;
  const std::string_view number = frame.substr(key.size(), frame.size() - key.size() - 1);
  return parse_epoch_seconds(number);
}

/// What is said, and the second of each frame behind it.
std::string brief_with_times(std::vector<std::string> texts) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < texts.size(); ++i) names.push_back(std::to_string(i));
  ArchiveReader reader{
      names, [&](const std::string& name) { return memory(texts[std::stoul(name)]); }, time_of};
  std::string text;
  while (const auto event = reader.next()) {
    text += (text.empty() ? "" : " ") + brief(*event);
    if (event->received)
      text += std::to_string(event->received->time_since_epoch() / std::chrono::seconds{1});
  }
  return text;
}

TEST(ArchiveOfBareFrames, who_decodes_tells_the_time) {
  EXPECT_EQ(brief_with_times({"{\"at\":5}\n{\"at\":7}\n"}), R"(f({"at":5})5 f({"at":7})7)");
}

TEST(ArchiveOfBareFrames, a_frame_that_tells_none_is_of_the_time_before) {
  EXPECT_EQ(brief_with_times({"{}\n{\"at\":5}\n{}\n", "{}\n"}),
            R"(f({}) f({"at":5})5 f({})5 f({}))");
}

TEST(ArchiveOfBareFrames, go_on_in_a_file_that_follows_closely) {
  EXPECT_EQ(brief_with_times({"{\"at\":5}\n", "{}\n{\"at\":64}\n", "{}\n{\"at\":124}\n"}),
            R"(f({"at":5})5 f({}) f({"at":64})64 f({}) X f({"at":124})124)");
}

TEST(ArchiveOfBareFrames, lines_with_a_time_need_nobody) {
  EXPECT_EQ(brief_with_times({"8\t{\"at\":5}\n{\"at\":9}\n"}), R"(f({"at":5})8 f({"at":9})9)");
}

TEST(ArchiveOfBareFrames, a_last_line_that_was_cut_is_torn) {
  auto reader = archive_of({"{\"at\":5}\n{\"at\":"});
  EXPECT_EQ(brief(reader), R"(f({"at":5}))");
  EXPECT_THAT(reader.torn(), ElementsAre("0:2: the last line is torn, it is ignored"));
}

TEST(ArchiveOfBareFrames, lie_in_a_folder_by_their_own_time) {
  const ScratchFolder folder;
  const auto second = folder.file("a.data", "{\"at\":1600000009}\n"),
             first = folder.file("b.data", "{}\n{\"at\":1600000002}\n"),
             third = folder.file("c.tsv", "1600000010\t{}\n");
  (void)folder.file("model.json", "{}\n");
  const std::vector<std::string> paths{folder.path()};
  EXPECT_THAT(expand_inputs(paths, FileKind::archive, time_of), ElementsAre(first, second, third));
}

TEST(ArchiveOfBareFrames, of_nobody_are_refused_where_the_name_promises_more) {
  const ScratchFolder folder;
  std::string text;
  for (int i = 0; i < 200; ++i) text += "{}\n";
  const auto path = folder.file("a.json.gz", text + "{\"at\":1}\n");
  const std::vector<std::string> paths{folder.path()};
  try {
    (void)expand_inputs(paths, FileKind::archive, time_of);
    FAIL() << "only the first lines are looked at";
  } catch (const DataError& error) {
    EXPECT_THAT(error.what(), HasSubstr("frames of a known venue that tell their time, found {}"));
  }
}

std::string time_of_line(const std::string& line) {
  CaptureReader reader{memory("1.5\t{}\n" + line + "\n"), "x"};
  (void)reader.next();
  const auto read = reader.next();
  return std::string{read->frame} + " at " + format_iso(*read->received, 9);
}

TEST(CaptureOfHftbacktest, times_are_whole_nanoseconds_or_microseconds) {
  EXPECT_EQ(time_of_line(R"(1723161255030314667 {"e":"depthUpdate"})"),
            R"({"e":"depthUpdate"} at 2024-08-08T23:54:15.030314667Z)");
  EXPECT_EQ(time_of_line(R"(1660228023037049 {"e":1} )"),
            R"({"e":1}  at 2022-08-11T14:27:03.037049000Z)");
}

TEST(CaptureOfHftbacktest, other_units_are_refused) {
  for (const char* line :
       {"1723161255 {}", "1723161255030 {}", "9999999999999999999 {}", "9999999999999999 {}",
        "17231612550303146670 {}", "1723161255030314667 "})
    EXPECT_THROW((void)time_of_line(line), DataError) << line;
}

}  // namespace
}  // namespace obkit::store
