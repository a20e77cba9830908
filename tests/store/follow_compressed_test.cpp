#include <gmock/gmock.h>

#include "followed.hpp"
#include "recording.hpp"

namespace obkit::store {
namespace {

using testing::ElementsAre;

constexpr int today = 20190823, tomorrow = 20190824;

class FollowCompressed : public RecordingTest {};

TEST_F(FollowCompressed, gives_each_frame_that_the_recorder_ends) {
  auto recorder = writer(options(Compress::yes));
  const auto record_one = [&](int time) {
    recorder.write(book_at(today, time));
    recorder.sync();
  };
  record_one(1);
  const auto followed = follow(zstd_file(), {[&] { record_one(2); }, [&] { record_one(3); }});
  EXPECT_THAT(followed.times, ElementsAre(1, 2, 3));
}

TEST_F(FollowCompressed, goes_on_across_midnight_into_either_form) {
  std::optional<DayFileWriter> recorder{writer(options(Compress::yes))};
  recorder->write(book_at(today, 235959000));
  recorder->sync();
  const auto followed = follow(zstd_file(), {[&] {
                                               recorder->write(book_at(today, 235959999));
                                               recorder->write(book_at(tomorrow, 1));
                                               recorder->sync();
                                             },
                                             [&] {
                                               recorder->close();
                                               recorder.emplace(writer(options(Compress::no)));
                                               recorder->write(book_at(tomorrow + 1, 2));
                                             }});
  EXPECT_THAT(followed.times, ElementsAre(235959000, 235959999, 1, -2));
}

TEST_F(FollowCompressed, half_a_frame_is_not_there_yet) {
  const std::string first = zstd_frame("first\n"), second = zstd_frame("second\n");
  put_text(zstd_file(), first + second.substr(0, 9));
  std::stop_source stop;
  int waits = 0;
  FollowOptions options{.stop = stop.get_token(), .longest_wait = std::chrono::hours{1}};
  options.before_wait = [&] {
    if (++waits == 1) append(zstd_file(), second.substr(9));
    if (waits == 2) stop.request_stop();
  };
  const auto source = follow_day_files(zstd_file(), options)->next().value().source;
  std::string block(100, ' ');
  EXPECT_EQ(source->read(block), first.size());
  EXPECT_EQ(source->read(block), second.size());
  EXPECT_EQ(source->read(block), 0U);
}

TEST_F(FollowCompressed, a_torn_frame_that_the_recorder_cuts_off_was_never_there) {
  record(options(Compress::yes), today, {1});
  append(zstd_file(), zstd_frame("never whole\n").substr(0, 15));
  const auto followed = follow(zstd_file(),
                               {[&] {
                                  record(options(Compress::yes), today, {2, 3});
                                },
                                [] {}},
                               {.longest_wait = std::chrono::milliseconds{1}});
  EXPECT_THAT(followed.times, ElementsAre(1, -2, 3));
}

TEST_F(FollowCompressed, a_file_that_the_recorder_rewrites_to_heal_it_goes_on) {
  // The frame ends in the middle of a line, as other programs write them.
  std::string line;
  {
    record(options(Compress::no), today, {1});
    line = text_of(day_file());
    std::filesystem::remove(day_file());
  }
  put_text(zstd_file(), zstd_frame(line + line.substr(0, 40)));
  const auto followed = follow(zstd_file(),
                               {[&] {
                                  record(options(Compress::yes), today, {2, 3});
                                },
                                [] {}, [] {}},
                               {.longest_wait = std::chrono::milliseconds{1}});
  EXPECT_THAT(followed.times, ElementsAre(1, -2, 3));
}

TEST_F(FollowCompressed, gzip_is_read_as_far_as_it_goes) {
  record(options(), today, {1, 2});
  ASSERT_EQ(std::system(("gzip " + day_file().string()).c_str()), 0);
  EXPECT_THAT(follow(day_file().string() + ".gz", {}).times, ElementsAre(1, 2));
}

}  // namespace
}  // namespace obkit::store
