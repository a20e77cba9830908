#include "obsave/watch/status.hpp"

#include <gtest/gtest.h>

namespace obkit::obsave {
namespace {

Status good() {
  Status status;
  status.is_connected = true;
  status.connections = 1;
  status.tally.frames = 12346;
  status.tally.books = 12345;
  status.seconds_since_frame = 0.2;
  return status;
}

TEST(Problem, there_is_none_while_frames_come_and_books_are_written) {
  EXPECT_EQ(problem_of(good(), 90), "");
}

TEST(Problem, each_that_there_is_has_a_name) {
  Status status = good();
  status.tally.books = 0;
  EXPECT_EQ(problem_of(status, 90), "no book yet");
  status.is_connected = false;
  EXPECT_EQ(problem_of(status, 90), "not connected");
  status.trouble = "no space";
  EXPECT_EQ(problem_of(status, 90), "cannot write: no space") << "the worst first";
}

TEST(Problem, a_feed_is_stale_after_so_many_seconds) {
  Status status = good();
  status.seconds_since_frame = 90;
  EXPECT_EQ(problem_of(status, 90), "");
  status.seconds_since_frame = 91.4;
  EXPECT_EQ(problem_of(status, 90), "no frame for 91 s");
}

TEST(StatusText, says_little_when_all_is_well) {
  EXPECT_EQ(status_text(good()), "12345 books of 12346 frames, 0 gaps");
}

TEST(StatusText, says_all_that_is_not) {
  Status status = good();
  status.connections = 3;
  status.successions = 4;
  status.tally.gaps = 1;
  status.tally.losses = 2;
  status.output.lost = 7;
  status.lag_seconds = 0.0834;
  status.seconds_since_frame = 12.3;
  status.is_connected = false;
  EXPECT_EQ(status_text(status),
            "12345 books of 12346 frames, 1 gap, 2 reconnects, 4 successions, 2 lost books, "
            "7 books not written, 83 ms behind the exchange, nothing for 12 s, not connected");
}

TEST(StatusText, before_the_first_connection_nothing_was_lost) {
  EXPECT_EQ(status_text({}), "0 books of 0 frames, 0 gaps, not connected");
}

}  // namespace
}  // namespace obkit::obsave
