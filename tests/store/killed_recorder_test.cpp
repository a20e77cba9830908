#include <array>
#include <csignal>
#include <random>
#include <sys/wait.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "obkit/store/manifest.hpp"
#include "obkit/store/verify.hpp"

#include "recording.hpp"
#include "test_input.hpp"

namespace obkit::store {
namespace {

class KilledRecorder : public RecordingTest, public testing::WithParamInterface<Compress> {
 protected:
  DayFileOptions asked() const {
    DayFileOptions asked = options(GetParam());
    asked.manifest = RecordingOrigin{"bitmex", "Primary", "ws.example", "obsave test"};
    asked.lock_holder = "process " + std::to_string(::getpid());
    return asked;
  }

  /// Records books of the times from `first` on, three a sync, and tells `told` the last time of
  /// each sync; until it is killed.
  [[noreturn]] void record_for_ever(int first, int told) const {
    DayFileWriter out{asked()};
    for (int time = first;; ++time) {
      out.write(book_at(day, time));
      if (time % 3 != 0) continue;
      out.sync();
      if (::write(told, &time, sizeof time) != sizeof time) ::_exit(1);
    }
  }

  /// Kills such a recorder after `syncs` syncs, in the midst of what it does then; the last time
  /// that it told.
  int kill_after(int syncs, int first) const {
    std::array<int, 2> pipe{};
    EXPECT_EQ(::pipe(pipe.data()), 0);
    const pid_t child = ::fork();
    if (child == 0) record_for_ever(first, pipe[1]);
    ::close(pipe[1]);
    int told = 0;
    for (int i = 0; i < syncs; ++i) EXPECT_EQ(::read(pipe[0], &told, sizeof told), sizeof told);
    ::kill(child, SIGKILL);
    EXPECT_EQ(::waitpid(child, nullptr, 0), child);
    int more = 0;
    while (::read(pipe[0], &more, sizeof more) == sizeof more) told = more;
    ::close(pipe[0]);
    return told;
  }
};

TEST_P(KilledRecorder, loses_nothing_that_was_synced_and_its_files_read_as_a_whole) {
  const std::filesystem::path file = day_file(day, GetParam());
  std::mt19937 random{20190823};
  int last = 0;
  for (std::size_t kills = 1; kills <= 12; ++kills) {
    const int told = kill_after(static_cast<int>(1 + random() % 5), last + 1);
    RecordingTest::record(asked(), day, {100'000 * static_cast<int>(kills)});  // heals
    std::size_t gaps = 0;
    int before = 0;
    for (const OrderBook& book : books_of(file)) {
      EXPECT_TRUE(book.gap || book.time.time == before + 1) << "a book is missing without a gap";
      if (book.gap) ++gaps;
      if (book.time.time < 100'000 * static_cast<int>(kills)) last = book.time.time;
      before = book.time.time;
    }
    EXPECT_GE(last, told) << "what was synced is there";
    EXPECT_EQ(gaps, 2 * kills - 1) << "each start but the first";
    EXPECT_THAT(verify_day(file).problems, testing::IsEmpty());
    last = before;
  }
}

TEST_P(KilledRecorder, leaves_a_day_that_the_next_one_finishes_on_a_later_day) {
  kill_after(2, 1);
  const std::filesystem::path file = day_file(day, GetParam());
  std::ofstream{file, std::ios::app} << (GetParam() == Compress::yes ? "\x28\xB5" : "{\"date");
  EXPECT_FALSE(read_manifest(manifest_path(file)).closed);
  RecordingTest::record(asked(), day + 1, {1});
  EXPECT_TRUE(read_manifest(manifest_path(file)).closed);
  const DayReport report = verify_day(file);
  EXPECT_GE(report.books, 6U);
  EXPECT_THAT(report.problems, testing::IsEmpty());
  EXPECT_THAT(report.notes, testing::IsEmpty());
  EXPECT_THAT(opened_.back().notes, testing::IsEmpty());
}

TEST_P(KilledRecorder, whose_day_cannot_be_finished_keeps_nobody_from_recording) {
  const std::filesystem::path file = day_file(day, GetParam());
  RecordingTest::record(asked(), day, {1});
  put_text(manifest_path(file), "{");
  RecordingTest::record(asked(), day + 1, {1});
  EXPECT_THAT(opened_.back().notes, testing::ElementsAre(testing::HasSubstr("a JSON object")));
  RecordingTest::record(asked(), day, {2});
  Manifest left = read_manifest(manifest_path(file));
  left.closed = false;
  write_manifest(manifest_path(file), left);
  put_text(file, GetParam() == Compress::yes ? "no zstd" : "\x28\xB5\x2F\xFD");
  std::filesystem::remove(day_file(day + 1, GetParam()));
  RecordingTest::record(asked(), day + 1, {1});
  EXPECT_THAT(opened_.back().notes, testing::Contains(testing::HasSubstr("what is there is")));
  EXPECT_THAT(books_of(day_file(day + 1, GetParam())), testing::SizeIs(1));
}

INSTANTIATE_TEST_SUITE_P(, KilledRecorder, testing::Values(Compress::no, Compress::yes),
                         [](const auto& with) {
                           return with.param == Compress::yes ? "compressed" : "plain";
                         });

}  // namespace
}  // namespace obkit::store
