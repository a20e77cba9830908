#include <cerrno>
#include <iterator>
#include <memory>
#include <sys/stat.h>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/core/error.hpp"
#include "obkit/store/manifest.hpp"

#include "bytes/sha256.hpp"
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
    EXPECT_THROW(
        {
          out.write(book_at(20190823, 3));
          out.sync();
        },
        IoError);
  }
  EXPECT_EQ(out.books(), 1U);
  EXPECT_EQ(out.lost(), 2U);
  EXPECT_EQ(out.gaps(), 1U) << "no book bears it yet, and none may come";
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

TEST_P(RecordingFailure, of_the_manifest_costs_no_book_and_no_gap) {
  const std::string in_the_way = manifest_path(file());
  fs::create_directories(in_the_way);
  auto out = writer(asked());
  out.write(book_at(20190823, 1));
  EXPECT_THROW(out.sync(), ManifestError);
  out.write(book_at(20190823, 2));
  EXPECT_THROW(out.sync(), ManifestError);
  out.write(book_at(20190823, 3));
  fs::remove(in_the_way);
  out.sync();
  EXPECT_EQ(manifest().books, 3U);
  out.write(book_at(20190823, 4));
  out.sync();
  EXPECT_EQ(manifest().books, 4U);
  out.close();
  EXPECT_THAT(times_of(file()), ElementsAre(1, 2, 3, 4));
  EXPECT_EQ(out.lost(), 0U);
  EXPECT_THAT(manifest().gaps, ElementsAre());
  EXPECT_TRUE(manifest().closed);
}

TEST_P(RecordingFailure, of_the_manifest_lets_the_next_day_begin) {
  fs::create_directories(manifest_path(file()));
  auto out = writer(asked());
  out.write(book_at(20190823, 1));
  out.write(book_at(20190824, 1));
  EXPECT_THROW(out.close(), ManifestError);
  EXPECT_THAT(times_of(file()), ElementsAre(1));
  EXPECT_THAT(times_of(file(20190824)), ElementsAre(1));
  EXPECT_TRUE(read_manifest(manifest_path(file(20190824))).closed);
}

TEST_P(RecordingFailure, a_book_that_was_left_out_is_a_gap) {
  auto out = writer(asked());
  out.write(book_at(20190823, 1));
  out.skip("nobody could write it");
  out.write(book_at(20190823, 3));
  out.close();
  EXPECT_THAT(times_of(file()), ElementsAre(1, -3));
  EXPECT_EQ(out.lost(), 1U);
  EXPECT_THAT(manifest().gaps, ElementsAre(ManifestGap{
                                   DateTime{20190823, 1}, {20190823, 3}, "nobody could write it"}));
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

class PooledWriters : public RecordingTest {
 protected:
  void SetUp() override {
    RecordingTest::SetUp();
    for (int i = 0; i < 5; ++i) {
      DayFileOptions asked = options();
      asked.symbol = "S" + std::to_string(i);
      asked.manifest = RecordingOrigin{"bitmex", "Primary", "ws.example", "obsave test"};
      asked.lock_holder = "this test";
      asked.pool = pool_;
      writers_.push_back(writer(asked));
    }
  }
  void TearDown() override {
    writers_.clear();
    RecordingTest::TearDown();
  }
  [[nodiscard]] std::string file(int i) const {
    return (folder_ / ("S" + std::to_string(i) + "_20190823.txt")).string();
  }
  [[nodiscard]] static std::size_t descriptors() {
    const fs::directory_iterator open{"/proc/self/fd"};
    return static_cast<std::size_t>(std::distance(begin(open), end(open)));
  }
  void write_all(int time) {
    for (DayFileWriter& writer : writers_) writer.write(book_at(20190823, time));
  }

  std::shared_ptr<WriterPool> pool_ = std::make_shared<WriterPool>(2);
  std::vector<DayFileWriter> writers_;
};

TEST_F(PooledWriters, write_all_with_few_descriptors) {
  write_all(1);
  for (DayFileWriter& writer : writers_) writer.sync();
  const std::size_t before = descriptors();
  for (int time = 2; time < 20; ++time) write_all(time);
  EXPECT_LE(descriptors(), before);
  for (DayFileWriter& writer : writers_) writer.begin_sync();
  for (DayFileWriter& writer : writers_) writer.close();
  EXPECT_LE(descriptors() + 2, before) << "no file is open";
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(books_of(file(i)).size(), 19U);
    const Manifest manifest = read_manifest(manifest_path(file(i)));
    EXPECT_TRUE(manifest.closed);
    EXPECT_EQ(manifest.books, 19U);
    EXPECT_EQ(manifest.sha256, sha256_of_file(file(i)));
  }
}

TEST_F(PooledWriters, notice_what_happened_to_a_file_that_was_not_open) {
  write_all(1);
  fs::resize_file(file(0), 5);
  EXPECT_THROW(writers_[0].write(book_at(20190823, 2)), IoError);
  fs::remove(file(1));
  EXPECT_THROW(writers_[1].write(book_at(20190823, 2)), IoError);
  for (const int i : {0, 1}) {
    writers_[static_cast<std::size_t>(i)].write(book_at(20190823, 3));
    EXPECT_THAT(times_of(file(i)), ElementsAre(-3));
  }
  writers_[2].write(book_at(20190823, 3));
  EXPECT_THAT(times_of(file(2)), ElementsAre(1, 3)) << "one's trouble is no other's";
}

class RecordingOnDevice : public RecordingTest {};

TEST_F(RecordingOnDevice, or_into_a_pipe_is_refused_and_recovers) {
  auto out = writer(options());
  const auto expect_refusal = [&] {
    EXPECT_THAT([&] { out.write(book_at(20190823, 1)); },
                testing::ThrowsMessage<IoError>(testing::HasSubstr("it is no file but a pipe")));
    fs::remove(day_file());
  };
  fs::create_symlink("/dev/null", day_file());
  expect_refusal();
  ASSERT_EQ(::mkfifo(day_file().c_str(), 0600), 0);  // nobody reads it, nobody waits for that
  expect_refusal();
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
