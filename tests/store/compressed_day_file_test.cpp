#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/core/error.hpp"
#include "obkit/store/book_line.hpp"

#include "recording.hpp"

namespace obkit::store {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string line_at(int time) {
  std::string line;
  append_book_line(line, {.time = {20190823, time}}, book_at(20190823, time));
  return line;
}

class CompressedDayFile : public RecordingTest {
 protected:
  void record(const std::vector<int>& times) {
    RecordingTest::record(options(Compress::yes), 20190823, times);
  }
  /// The message with which the next run refuses the file, which must stay as it is.
  std::string refusal() {
    const std::string before = text_of(zstd_file());
    try {
      record({9});
    } catch (const IoError& error) {
      EXPECT_EQ(error.during(), IoError::During::create);
      EXPECT_EQ(text_of(zstd_file()), before);
      return error.what();
    }
    ADD_FAILURE() << "was not refused";
    return {};
  }
};

TEST_F(CompressedDayFile, has_the_lines_of_a_plain_one) {
  RecordingTest::record(options(), 20190823, {1, 2, 3});
  fs::rename(day_file(), folder_ / "plain");
  record({1, 2, 3});
  const auto source = open_input(zstd_file());
  std::string lines(10'000, '\0');
  lines.resize(source->read(lines));
  EXPECT_EQ(lines, text_of(folder_ / "plain"));
  EXPECT_TRUE(opened_.back().compressed);
}

TEST_F(CompressedDayFile, is_one_whole_frame_a_sync) {
  auto out = writer(options(Compress::yes));
  out.write(book_at(20190823, 1));
  out.write(book_at(20190823, 2));
  EXPECT_EQ(text_of(zstd_file()), "");
  out.sync();
  EXPECT_THAT(times_of(zstd_file()), ElementsAre(1, 2));
  out.sync();
  out.write(book_at(20190823, 3));
  out.close();
  EXPECT_EQ(frame_ends(text_of(zstd_file())).size(), 2U) << "no frame for nothing";
  EXPECT_THAT(times_of(zstd_file()), ElementsAre(1, 2, 3));
}

TEST_F(CompressedDayFile, ends_a_frame_when_four_mebibytes_have_gathered) {
  auto out = writer(options(Compress::yes));
  const std::size_t line = line_at(100'000'000).size();
  out.write(book_at(20190823, 100'000'000));
  std::size_t lines = 1;
  while (fs::file_size(zstd_file()) == 0 && lines * line < std::size_t{5} << 20U) {
    out.write(book_at(20190823, 100'000'000));
    ++lines;
  }
  EXPECT_LE((lines - 1) * line, std::size_t{4} << 20U);
  EXPECT_GT((lines + 1) * line, std::size_t{4} << 20U);
  EXPECT_EQ(out.books(), lines);
}

TEST_F(CompressedDayFile, that_was_cut_at_any_byte_of_its_last_frame_keeps_the_frames_before) {
  record({1, 2});
  record({3, 4});
  const std::string whole = text_of(zstd_file());
  const std::size_t kept = frame_ends(whole).at(0);
  for (std::size_t length = kept + 1; length < whole.size(); ++length) {
    put_text(zstd_file(), whole.substr(0, length));
    record({5});
    ASSERT_THAT(times_of(zstd_file()), ElementsAre(1, 2, -5)) << length;
    ASSERT_EQ(opened_.back().cut_bytes, length - kept);
    ASSERT_EQ(frame_ends(text_of(zstd_file())).size(), 2U);
  }
}

TEST_F(CompressedDayFile, of_nothing_but_a_torn_frame_begins_anew) {
  record({1});
  const std::string whole = text_of(zstd_file());
  for (std::size_t length = 1; length < whole.size(); ++length) {
    put_text(zstd_file(), whole.substr(0, length));
    record({2});
    ASSERT_THAT(times_of(zstd_file()), ElementsAre(2)) << length;
  }
}

TEST_F(CompressedDayFile, loses_what_a_crash_of_the_machine_left_of_its_end) {
  record({1});
  record({2});
  const std::string whole = text_of(zstd_file());
  put_text(zstd_file(), whole + std::string(4096, '\0'));
  record({3});
  EXPECT_THAT(times_of(zstd_file()), ElementsAre(1, -2, -3)) << "zeros behind the last frame";
  EXPECT_EQ(opened_.back().cut_bytes, 4096U);

  std::string damaged = whole;
  damaged[damaged.size() - 1] ^= 1;  // of the checksum
  put_text(zstd_file(), damaged);
  record({3});
  EXPECT_THAT(times_of(zstd_file()), ElementsAre(1, -3)) << "a frame that does not decompress";
  EXPECT_EQ(opened_.back().cut_bytes, whole.size() - frame_ends(whole)[0]);
}

TEST_F(CompressedDayFile, of_another_program_goes_on_behind_its_last_book) {
  const std::string lines = line_at(1) + line_at(2);
  put_text(zstd_file(), zstd_frame(lines));
  record({3});
  EXPECT_THAT(times_of(zstd_file()), ElementsAre(1, 2, -3));

  put_text(zstd_file(), zstd_frame(lines.substr(0, lines.size() - 1)));
  record({3});
  EXPECT_THAT(times_of(zstd_file()), ElementsAre(1, 2, -3)) << "the last line lacks its newline";
  EXPECT_EQ(opened_.back().cut_bytes, 0U);
}

TEST_F(CompressedDayFile, may_be_cut_into_frames_anywhere) {
  const std::string skippable = std::string("\x5A\x2A\x4D\x18\x03\0\0\0xyz", 11);
  const std::string lines = line_at(1) + line_at(2);
  for (std::size_t cut = 0; cut <= lines.size(); cut += 7) {
    std::string frames = skippable;
    for (const std::string& part : {lines.substr(0, cut), lines.substr(cut)})
      frames.append(zstd_frame(part)).append(skippable);
    put_text(zstd_file(), frames);
    record({3});
    ASSERT_THAT(times_of(zstd_file()), ElementsAre(1, 2, -3)) << cut;
  }
}

TEST_F(CompressedDayFile, of_another_program_loses_a_torn_line_though_its_frames_are_whole) {
  const std::string lines = line_at(1) + line_at(2);
  const std::string torn = line_at(3).substr(0, 40);
  put_text(zstd_file(), zstd_frame(lines + torn));
  record({4});
  EXPECT_THAT(times_of(zstd_file()), ElementsAre(1, 2, -4));
  EXPECT_EQ(opened_.back().cut_bytes, torn.size());

  put_text(zstd_file(), zstd_frame(line_at(1)) + zstd_frame(line_at(2) + torn.substr(0, 9)) +
                            zstd_frame(torn.substr(9)));
  record({4});
  EXPECT_THAT(times_of(zstd_file()), ElementsAre(1, 2, -4)) << "over several frames";
  put_text(zstd_file(), zstd_frame(torn));
  record({4});
  EXPECT_THAT(times_of(zstd_file()), ElementsAre(4)) << "nothing else";
  for (const auto& entry : fs::directory_iterator{folder_})
    EXPECT_EQ(entry.path(), zstd_file()) << "is left behind";
}

TEST_F(CompressedDayFile, whose_torn_frame_may_hold_a_whole_day_is_refused_and_unharmed) {
  // A frame that does not say how much it holds: `program | zstd > FILE`, cut in the middle.
  std::string frame(1 << 16, '\0');
  const std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context{ZSTD_createCCtx(),
                                                                     ZSTD_freeCCtx};
  const std::string lines = line_at(1) + line_at(2);
  ZSTD_inBuffer in{lines.data(), lines.size(), 0};
  ZSTD_outBuffer out{frame.data(), frame.size(), 0};
  ASSERT_EQ(ZSTD_compressStream2(context.get(), &out, &in, ZSTD_e_flush), 0U);
  put_text(zstd_file(), frame.substr(0, out.pos));
  EXPECT_THAT(refusal(), HasSubstr("ends with a torn frame of another program"));
}

TEST_F(CompressedDayFile, is_refused_where_it_is_something_else) {
  put_text(zstd_file(), "\x1F\x8Bgzip");
  EXPECT_THAT(refusal(), HasSubstr("what is there is not compressed with zstd"));
  put_text(zstd_file(), line_at(1));
  EXPECT_THAT(refusal(), HasSubstr("what is there is not compressed with zstd"));
}

TEST_F(CompressedDayFile, stays_compressed_where_a_plain_one_is_wanted_and_the_other_way_round) {
  record({1});
  RecordingTest::record(options(), 20190823, {2});
  EXPECT_THAT(times_of(zstd_file()), ElementsAre(1, -2));
  EXPECT_FALSE(fs::exists(day_file()));
  EXPECT_TRUE(opened_.back().compressed);
  EXPECT_THAT(opened_.back().notes, ElementsAre(HasSubstr("goes on so")));

  RecordingTest::record(options(), 20190824, {1});
  EXPECT_THAT(opened_.back().notes, IsEmpty());
  RecordingTest::record(options(Compress::yes), 20190824, {2});
  EXPECT_THAT(times_of(day_file(20190824)), ElementsAre(-1, -2));
  EXPECT_FALSE(fs::exists(zstd_file(20190824)));
  EXPECT_FALSE(opened_.back().compressed);
}

}  // namespace
}  // namespace obkit::store
