#include <array>
#include <csignal>
#include <sys/wait.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "obkit/core/error.hpp"

#include "recording.hpp"
#include "recording/recording_folder.hpp"

namespace obkit::store {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class FolderLockTest : public RecordingTest {
 protected:
  FolderLock take(const std::string& holder) const { return {folder_.string(), "XBT/USD", holder}; }
  /// Why it cannot be taken; empty where it can.
  std::string refusal() const {
    try {
      const FolderLock lock = take("us");
      return {};
    } catch (const IoError& error) {
      EXPECT_EQ(error.during(), IoError::During::create);
      return error.what();
    }
  }
};

TEST_F(FolderLockTest, is_for_one_at_a_time_and_names_who_has_it) {
  {
    const FolderLock lock = take("process 1234 on host books1 since 2024-08-08T00:00:00Z");
    EXPECT_TRUE(lock.in_place());
    EXPECT_THAT(refusal(), HasSubstr(".XBT_USD.lock: recorded already by process 1234 on host "
                                     "books1 since 2024-08-08T00:00:00Z"));
    const FolderLock other{folder_.string(), "XBT", "another symbol is free"};
  }
  EXPECT_EQ(refusal(), "") << "the file that stays behind means nothing";
  EXPECT_EQ(text_of(folder_ / ".XBT_USD.lock"), "us\n");
}

TEST_F(FolderLockTest, follows_no_link) {
  put_text(folder_ / "other", "another's");
  fs::create_symlink(folder_ / "other", folder_ / ".XBT_USD.lock");
  EXPECT_EQ(refusal(), "");
  EXPECT_EQ(text_of(folder_ / "other"), "another's") << "the words stand in a file of their own";
  fs::remove(folder_ / ".recorder.lock");
  fs::create_symlink(folder_ / "other", folder_ / ".recorder.lock");
  EXPECT_THAT(refusal(), HasSubstr(".recorder.lock: Too many levels of symbolic links"));
}

TEST_F(FolderLockTest, of_many_symbols_takes_one_descriptor_of_a_pool) {
  WriterPool pool{1}, other{1};
  std::vector<FolderLock> locks;
  for (int i = 0; i < 100; ++i)
    locks.emplace_back(folder_.string(), "S" + std::to_string(i), "us", &pool);
  EXPECT_THROW((FolderLock{folder_.string(), "S99", "them", &pool}), IoError);
  EXPECT_THROW((FolderLock{folder_.string(), "S99", "them", &other}), IoError);
  EXPECT_THROW((FolderLock{folder_.string(), "S99", "them"}), IoError);
  locks.pop_back();
  EXPECT_NO_THROW((FolderLock{folder_.string(), "S99", "them", &other}));
}

TEST_F(FolderLockTest, moves_with_its_object) {
  FolderLock first = take("them");
  FolderLock second = std::move(first);
  EXPECT_NE(refusal(), "");
  first = std::move(second);
  EXPECT_NE(refusal(), "");
}

TEST_F(FolderLockTest, goes_with_a_process_that_is_killed) {
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe(pipe.data()), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const FolderLock lock = take("process " + std::to_string(::getpid()));
    if (lock.in_place() && ::write(pipe[1], "x", 1) == 1)
      for (;;) ::pause();
    ::_exit(1);
  }
  char taken = 0;
  ASSERT_EQ(::read(pipe[0], &taken, 1), 1);
  EXPECT_THAT(refusal(), HasSubstr("by process " + std::to_string(child)));
  ::kill(child, SIGKILL);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  EXPECT_EQ(refusal(), "");
  ::close(pipe[0]);
  ::close(pipe[1]);
}

TEST_F(FolderLockTest, is_out_of_place_where_its_folder_was_removed) {
  const FolderLock lock = take("us");
  fs::remove_all(folder_);
  EXPECT_FALSE(lock.in_place());
  EXPECT_THAT(refusal(), HasSubstr("No such file or directory"));
  fs::create_directory(folder_);
  EXPECT_FALSE(lock.in_place());
  EXPECT_EQ(refusal(), "") << "the new folder's is free";
}

TEST_F(FolderLockTest, keeps_a_second_writer_away_from_the_first_moment_on) {
  DayFileOptions locked = options();
  locked.folder = (folder_ / "made").string();
  locked.lock_holder = "process 1 on host a";
  auto out = writer(locked);
  EXPECT_THROW(writer(locked), IoError);
  out.write(book_at(20190823, 1));
  out.close();
  EXPECT_THROW(writer(locked), IoError) << "as long as the writer lives";
  DayFileOptions unlocked = locked;
  unlocked.lock_holder.clear();
  EXPECT_NO_THROW(writer(unlocked));
}

TEST_F(FolderLockTest, is_taken_anew_with_a_folder_that_is_made_again) {
  DayFileOptions locked = options();
  locked.lock_holder = "process 1 on host a";
  auto out = writer(locked);
  out.write(book_at(20190823, 1));
  fs::remove_all(folder_);
  EXPECT_THROW(out.check(), IoError);
  out.write(book_at(20190823, 2));
  EXPECT_THAT(refusal(), HasSubstr("recorded already by process 1 on host a"));

  fs::remove_all(folder_);
  fs::create_directory(folder_);
  const FolderLock other = take("process 2");
  EXPECT_THROW(out.check(), IoError);
  EXPECT_THROW(out.write(book_at(20190823, 3)), IoError) << "somebody was faster";
}

}  // namespace
}  // namespace obkit::store
