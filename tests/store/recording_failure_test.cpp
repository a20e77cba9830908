#include <cerrno>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/core/error.hpp"
#include "obkit/store/manifest.hpp"

#include "recording.hpp"

namespace obkit::store {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

class RecordingFailure : public RecordingTest, public testing::WithParamInterface<Compress> {
 protected:
  DayFileOptions asked() {
    DayFileOptions asked = options(GetParam());
    asked.manifest = RecordingOrigin{"bitmex", "Primary", "ws.example", "obsave test"};
    return asked;
  }
  fs::path file(int date = 20190823) { return day_file(date, GetParam()); }
  Manifest manifest() { return read_manifest(manifest_path(file())); }
};

TEST_P(RecordingFailure, on_a_full_disk_harms_nothing_and_the_next_book_bears_a_gap) {
  auto out = writer(asked());
  out.write(book_at(20190823, 1));
  out.sync();
  const std::string before = text_of(file());
  {
    const FileSizeLimit full{before.size() + 10};
    EXPECT_THROW(
        {
          out.write(book_at(20190823, 2));
          out.sync();
        },
        IoError);
    EXPECT_EQ(text_of(file()), before) << "the part that went in is cut off again";
    EXPECT_THROW(out.write(book_at(20190823, 3)), IoError);
  }
  EXPECT_EQ(out.books(), 1U);
  EXPECT_EQ(out.lost(), 2U);
  out.write(book_at(20190823, 4));
  out.write(book_at(20190823, 5));
  out.close();
  EXPECT_THAT(times_of(file()), ElementsAre(1, -4, 5));
  EXPECT_EQ(out.books(), 3U);
  EXPECT_EQ(out.lost(), 2U);
  EXPECT_EQ(out.gaps(), 1U);
  EXPECT_EQ(out.files(), 1U);
  EXPECT_THAT(manifest().gaps,
              ElementsAre(ManifestGap{DateTime{20190823, 1}, {20190823, 4}, "File too large"}));
}

TEST_P(RecordingFailure, in_sync_is_recovered_from_too) {
  auto out = writer(asked());
  out.write(book_at(20190823, 1));
  out.sync();
  fs::remove_all(folder_);
  EXPECT_THROW(out.sync(), IoError);
  out.write(book_at(20190823, 2));
  out.close();
  EXPECT_THAT(times_of(file()), ElementsAre(-2)) << "the folder was made again";
  ASSERT_EQ(manifest().gaps.size(), 1U);
  EXPECT_EQ(manifest().gaps[0].from, (DateTime{20190823, 1}));
  EXPECT_THAT(manifest().gaps[0].reason, HasSubstr("it was removed"));
}

TEST_P(RecordingFailure, about_a_day_that_ended_is_told_and_costs_the_next_day_nothing) {
  auto out = writer(asked());
  out.write(book_at(20190823, 1));
  out.sync();
  fs::remove_all(folder_);
  out.write(book_at(20190824, 1));
  EXPECT_THROW(out.close(), IoError) << "nothing is there to be hashed";
  out.close();
  EXPECT_THAT(times_of(file(20190824)), ElementsAre(1));
  EXPECT_EQ(out.lost(), 0U);
}

TEST_P(RecordingFailure, at_midnight_costs_the_book_that_met_it) {
  auto out = writer(asked());
  out.write(book_at(20190823, 1));
  out.add_frames(1);
  fs::remove_all(folder_);
  EXPECT_THROW(out.write(book_at(20190824, 1)), IoError) << "no manifest can be written";
  out.write(book_at(20190824, 2));
  out.close();
  EXPECT_THAT(times_of(file(20190824)), ElementsAre(-2));
  EXPECT_EQ(out.lost(), 1U);
}

TEST_P(RecordingFailure, of_the_folder_to_be_made_is_told_until_it_can_be_made) {
  fs::remove_all(folder_);
  put_text(folder_, "a file where the folder was");
  auto out = writer(asked());
  EXPECT_THROW(out.write(book_at(20190823, 1)), IoError);
  EXPECT_THROW(out.write(book_at(20190823, 2)), IoError);
  fs::remove(folder_);
  out.write(book_at(20190823, 3));
  out.close();
  EXPECT_THAT(times_of(file()), ElementsAre(-3));
  EXPECT_EQ(out.lost(), 2U);
}

TEST_P(RecordingFailure, check_finds_a_file_that_is_not_ours_any_more) {
  auto out = writer(asked());
  int time = 0;
  const auto expect_finding = [&](const std::string& what) {
    try {
      out.check();
      ADD_FAILURE() << what;
    } catch (const IoError& error) {
      EXPECT_THAT(error.what(), HasSubstr(what));
    }
    out.write(book_at(20190823, ++time));
    out.sync();
    EXPECT_NO_THROW(out.check());
    EXPECT_TRUE(books_of(file()).back().gap);
  };
  out.check();
  out.write(book_at(20190823, ++time));
  out.sync();
  EXPECT_NO_THROW(out.check());
  fs::remove(file());
  expect_finding("it was removed");
  const std::string bytes = text_of(file());
  fs::remove(file());
  put_text(file(), bytes);
  expect_finding("it was replaced");
  fs::resize_file(file(), bytes.size() - 1);
  expect_finding("another program changed it");
}

INSTANTIATE_TEST_SUITE_P(, RecordingFailure, testing::Values(Compress::no, Compress::yes),
                         [](const auto& with) {
                           return with.param == Compress::yes ? "compressed" : "plain";
                         });

class RecordingOnDevice : public RecordingTest {};

TEST_F(RecordingOnDevice, that_is_full_fails_with_its_error_and_recovers) {
  fs::create_symlink("/dev/full", day_file());
  auto out = writer(options());
  try {
    out.write(book_at(20190823, 1));
    FAIL();
  } catch (const IoError& error) {
    EXPECT_EQ(error.error_number(), ENOSPC);
  }
  fs::remove(day_file());
  out.write(book_at(20190823, 2));
  out.close();
  EXPECT_THAT(times_of(day_file()), ElementsAre(-2));
}

class BlocksOfLines : public RecordingTest {};

TEST_F(BlocksOfLines, that_could_not_be_written_are_counted_as_lost) {
  DayFileOptions asked = options();
  asked.flush = Flush::blocks;
  auto out = writer(asked);
  for (const int time : {1, 2, 3}) out.write(book_at(20190823, time));
  {
    const FileSizeLimit full{100};
    EXPECT_THROW(out.close(), IoError);
  }
  EXPECT_EQ(out.lost(), 3U);
  EXPECT_EQ(text_of(day_file()), "");
  out.write(book_at(20190823, 4));
  out.close();
  EXPECT_THAT(times_of(day_file()), ElementsAre(-4));
  EXPECT_EQ(out.books(), 1U);
}

}  // namespace
}  // namespace obkit::store
