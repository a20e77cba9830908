#include "obkit/store/follow.hpp"

#include <array>
#include <cerrno>
#include <filesystem>
#include <random>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <thread>

#include <gmock/gmock.h>
#include <unistd.h>

#include "obkit/core/error.hpp"

#include "followed.hpp"
#include "test_input.hpp"

namespace obkit::store {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;

class Follow : public testing::Test {
 protected:
  [[nodiscard]] std::string path(const std::string& name) const {
    return folder.path() + "/" + name;
  }

  ScratchFolder folder;
  std::string day = path("A_20190823.txt"), next = path("A_20190824.txt");
};

TEST_F(Follow, gives_what_is_there_and_what_comes) {
  append(day, book_line(1) + book_line(2));
  const Followed followed = follow(
      day, {[&] { append(day, book_line(3)); }, [&] { append(day, book_line(4) + book_line(5)); }});
  EXPECT_THAT(followed.times, ElementsAre(1, 2, 3, 4, 5));
  EXPECT_EQ(followed.waits, 3U) << "each write wakes it once, nothing else does";
  EXPECT_THAT(followed.notices, IsEmpty());
}

TEST_F(Follow, half_a_line_is_not_there_yet) {
  append(day, book_line(1) + book_line(2).substr(0, 30));
  const Followed followed =
      follow(day, {[&] { append(day, book_line(2).substr(30, 10)); },
                   [&] { append(day, book_line(2).substr(40) + book_line(3).substr(0, 5)); }});
  EXPECT_THAT(followed.times, ElementsAre(1, 2));
  EXPECT_EQ(followed.report.torn, std::nullopt) << "nor when it stops";
}

TEST_F(Follow, a_torn_line_that_the_recorder_cuts_off_was_never_there) {
  const std::string torn = book_line(7, R"(,"further":"a long story")").substr(0, 90);
  append(day, book_line(1) + torn);
  const auto followed = follow(
      day, {[&] { cut(day, torn.size()); }, [&] { append(day, book_line(2, ",\"gap\":true")); }});
  EXPECT_THAT(followed.times, ElementsAre(1, -2));
  EXPECT_EQ(followed.report.skipped, 0U);
}

TEST_F(Follow, goes_on_across_midnight_without_a_gap) {
  append(day, book_line(before_midnight - 1));
  const Followed followed = follow(day, {[&] {
                                           append(day, book_line(before_midnight));
                                           append(next, book_line(after_midnight, "", next_day));
                                         },
                                         [&] { append(next, book_line(600, "", next_day)); }});
  EXPECT_THAT(followed.times,
              ElementsAre(before_midnight - 1, before_midnight, after_midnight, 600));
  EXPECT_THAT(followed.notices, ElementsAre("going on in " + next));
}

TEST_F(Follow, a_next_day_that_begins_late_has_a_gap) {
  append(day, book_line(before_midnight));
  EXPECT_THAT(follow(day, {[&] { append(next, book_line(100000, "", next_day)); }}).times,
              ElementsAre(before_midnight, -100000));
}

TEST_F(Follow, what_is_torn_when_the_next_day_begins_is_lost) {
  append(day, book_line(before_midnight) + book_line(before_midnight).substr(0, 30));
  const auto followed = follow(day, {[&] { append(next, book_line(0, "", next_day)); }});
  EXPECT_THAT(followed.times, ElementsAre(before_midnight, 0));
  EXPECT_EQ(followed.report.torn, day + ":2: the last line is torn, it is ignored");
}

TEST_F(Follow, a_whole_last_line_without_its_end_counts_when_the_next_day_begins) {
  append(day, book_line(1) +
                  book_line(before_midnight).substr(0, book_line(before_midnight).size() - 1));
  EXPECT_THAT(follow(day, {[&] { append(next, book_line(0, "", next_day)); }}).times,
              ElementsAre(1, before_midnight, 0));
}

TEST_F(Follow, an_old_day_is_read_and_those_after_it) {
  append(day, book_line(before_midnight));
  append(next, book_line(1, "", next_day));
  append(path("A_20190826.txt"), book_line(2, "", 20190826));
  append(path("A_20190822.txt"), book_line(3, "", 20190822));
  append(path("B_20190825.txt"), book_line(4, "", 20190825));
  EXPECT_THAT(follow(day, {}).times, ElementsAre(before_midnight, 1, -2));
}

TEST_F(Follow, a_file_that_is_not_there_yet_is_waited_for) {
  const auto followed = follow(day, {[&] { append(path("A_20190822.txt"), book_line(9)); },
                                     [&] { append(day, book_line(1)); }});
  EXPECT_THAT(followed.times, ElementsAre(1));
  EXPECT_THAT(followed.notices, ElementsAre(day + " is not there yet: waiting for it"));
}

TEST_F(Follow, an_empty_file_is_waited_for) {
  append(day, "");
  EXPECT_THAT(follow(day, {[&] { append(day, book_line(1)); }}).times, ElementsAre(1));
}

TEST_F(Follow, a_file_without_a_date_has_no_next_day) {
  const std::string live = path("live.txt");
  append(live, book_line(1));
  append(next, book_line(1, "", next_day));
  EXPECT_THAT(follow(live, {[&] { append(live, book_line(2)); }}).times, ElementsAre(1, 2));
}

TEST_F(Follow, of_a_replaced_file_only_later_books_are_new) {
  append(day, book_line(1) + book_line(2));
  const auto followed =
      follow(day, {[&] {
                     append(path("new"), book_line(1) + book_line(2) + book_line(3));
                     fs::rename(path("new"), day);
                   },
                   [&] { append(day, book_line(4)); }});
  EXPECT_THAT(followed.times, ElementsAre(1, 2, -3, 4));
  EXPECT_THAT(followed.notices, ElementsAre(day + " was cut or replaced: it is read anew, without "
                                                  "the books read already"));
}

TEST_F(Follow, a_file_that_is_cut_below_what_was_read_is_begun_anew) {
  append(day, book_line(1) + book_line(2));
  EXPECT_THAT(follow(day, {[&] { fs::resize_file(day, 0); }, [&] { append(day, book_line(2)); },
                           [&] { append(day, book_line(3)); }})
                  .times,
              ElementsAre(1, 2, -3));
}

TEST_F(Follow, a_removed_file_is_waited_for) {
  append(day, book_line(1));
  EXPECT_THAT(follow(day, {[&] { fs::remove(day); }, [&] { append(day, book_line(2)); }}).times,
              ElementsAre(1, -2));
}

TEST_F(Follow, a_removed_file_makes_room_for_the_next_day) {
  append(day, book_line(before_midnight));
  EXPECT_THAT(
      follow(day, {[&] { fs::remove(day); }, [&] { append(next, book_line(1, "", next_day)); }})
          .times,
      ElementsAre(before_midnight, 1));
}

TEST_F(Follow, of_a_folder_it_takes_the_newest_day) {
  append(day, book_line(1));
  append(next, book_line(2, "", next_day));
  const auto followed = follow(folder.path(), {[&] { append(next, book_line(3, "", next_day)); }});
  EXPECT_THAT(followed.times, ElementsAre(2, 3));
  EXPECT_THAT(followed.notices, ElementsAre("following " + next));
}

TEST_F(Follow, an_empty_folder_is_waited_on) {
  const auto followed = follow(
      folder.path(), {[&] { append(day, book_line(1)); }, [&] { append(day, book_line(2)); }});
  EXPECT_THAT(followed.times, ElementsAre(1, 2));
  EXPECT_THAT(followed.notices, ElementsAre(folder.path() + " has no day-file yet: waiting for one",
                                            "following " + day));
}

TEST_F(Follow, refuses_a_folder_of_two_symbols) {
  append(day, book_line(1));
  append(path("B_20190823.txt"), book_line(1));
  EXPECT_THAT([&] { follow(folder.path(), {}); },
              testing::ThrowsMessage<UsageError>(folder.path() +
                                                 " has day-files of A and of B: choose one with "
                                                 "--symbol"));
}

TEST_F(Follow, refuses_what_is_no_file_and_a_folder_that_is_not_there) {
  EXPECT_THAT([] { follow("/dev/null", {}); },
              testing::ThrowsMessage<UsageError>("/dev/null cannot be followed: it is no file"));
  EXPECT_THAT([&] { follow(path("no/A_20190823.txt"), {}); },
              testing::ThrowsMessage<IoError>("cannot open " + path("no/A_20190823.txt") +
                                              ": No such file or directory"));
}

TEST_F(Follow, can_be_stopped_from_another_thread_while_it_waits) {
  append(day, book_line(1));
  std::stop_source stop;
  std::jthread other;
  FollowOptions options{.stop = stop.get_token(), .longest_wait = std::chrono::hours{1}};
  options.before_wait = [&] { other = std::jthread{[&] { stop.request_stop(); }}; };
  const auto inputs = follow_day_files(day, options);
  EXPECT_EQ(all_of(*inputs->next().value().source), book_line(1));
  EXPECT_FALSE(inputs->next());
}

TEST_F(Follow, ends_when_nobody_reads_from_the_pipe) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  append(day, book_line(1));
  const auto followed = follow(
      day, {[&] { ::close(ends[0]); }, [] { FAIL() << "it waited again"; }}, {.pipe = ends[1]});
  ::close(ends[1]);
  EXPECT_THAT(followed.times, ElementsAre(1));
}

/// While it lives, the kernel gives no inotify, as where all of a user's are taken. (A limit of
/// open files would do it too, but the sanitizers open pipes of their own.)
class NoInotify {
 public:
  NoInotify() { exists = true; }
  NoInotify(const NoInotify&) = delete;
  NoInotify& operator=(const NoInotify&) = delete;
  ~NoInotify() { exists = false; }

  static inline bool exists = false;
};

TEST_F(Follow, looks_from_time_to_time_where_the_kernel_tells_nothing) {
  append(day, book_line(before_midnight));
  std::stop_source stop;
  int waits = 0;
  FollowOptions options{.stop = stop.get_token(), .longest_wait = std::chrono::milliseconds{1}};
  options.before_wait = [&] {
    if (++waits == 3) append(next, book_line(1, "", next_day));
    if (waits == 6) append(next, book_line(2, "", next_day));
    if (waits == 9) stop.request_stop();
  };
  auto inputs = [&] {
    const NoInotify refused;
    EXPECT_EQ(::inotify_init1(IN_CLOEXEC), -1);
    return follow_day_files(day, options);
  }();
  BookStream books{std::move(inputs), BadLine::refuse};
  std::vector<int> times;
  for (OrderBook book; books.next(book);) times.push_back(book.time.time);
  EXPECT_THAT(times, ElementsAre(before_midnight, 1, 2));
}

/// What a recorder may do between two looks, at random; what it wrote is what must be read.
class RandomRecorder {
 public:
  RandomRecorder(unsigned seed, std::function<std::string(int)> path_of)
      : random_{seed}, path_of_{std::move(path_of)} {
    append(path_of_(date_), "");
  }

  void act() {
    for (auto actions = random_() % 3 + 1; actions > 0; --actions) {
      switch (random_() % 8) {
        case 0:
          crash();
          break;
        case 1:
          begin_day();
          break;
        default:
          write_piece();
      }
    }
  }
  /// Times of all books that were written whole.
  std::vector<int> written;

 private:
  void write_piece() {
    if (pending_.empty()) {
      pending_ = book_line(++time_, "", date_);
      if (random_() % 2 == 0) pending_ += book_line(++time_, "", date_);
    }
    const std::size_t size = random_() % 2 == 0 ? pending_.size() : random_() % pending_.size();
    append(path_of_(date_), pending_.substr(0, size));
    for (std::size_t i = 0; i < size; ++i) {
      ++in_file_;
      if (pending_[i] != '\n') continue;
      written.push_back(++whole_);
      in_file_ = 0;
    }
    pending_.erase(0, size);
  }
  void crash() {
    cut(path_of_(date_), in_file_);
    in_file_ = 0;
    pending_.clear();
    time_ = whole_;
  }
  void begin_day() {
    crash();
    append(path_of_(++date_), "");
  }

  std::mt19937 random_;
  std::function<std::string(int)> path_of_;
  std::string pending_;      ///< what of the line is still to be written
  std::size_t in_file_ = 0;  ///< bytes of a line that is not whole
  int date_ = 20190801, time_ = 0, whole_ = 0;
};

TEST_F(Follow, gives_all_whole_lines_once_whatever_a_recorder_does_meanwhile) {
  for (unsigned seed = 0; seed < 50; ++seed) {
    const std::string place = path(std::to_string(seed));
    fs::create_directory(place);
    const auto path_of = [&](int date) { return place + "/A_" + std::to_string(date) + ".txt"; };
    RandomRecorder recorder{seed, path_of};
    const auto followed =
        follow(path_of(20190801), Steps(25, [&] { recorder.act(); }),
               {.longest_wait = std::chrono::milliseconds{1}});  // nothing may have happened
    std::vector<int> times;
    for (const int time : followed.times) times.push_back(std::abs(time));
    EXPECT_EQ(times, recorder.written) << "seed " << seed;
    EXPECT_EQ(followed.report.skipped, 0U);
  }
}

}  // namespace
}  // namespace obkit::store

/// Takes the place of the C library's in this program.
extern "C" int inotify_init1(int flags) noexcept {
  if (!obkit::store::NoInotify::exists)
    return static_cast<int>(::syscall(SYS_inotify_init1, flags));
  errno = EMFILE;
  return -1;
}
