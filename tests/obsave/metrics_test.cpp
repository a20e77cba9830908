#include "obsave/metrics.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace obkit::obsave {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

/// Every figure another one.
Status odd_status() {
  return {.tally = {.frames = 1,
                    .bytes = 2,
                    .malformed = 3,
                    .images = 4,
                    .books = 5,
                    .gaps = 6,
                    .losses = 7,
                    .thin = 8,
                    .crossed = 9,
                    .old = 10,
                    .dropped = 11},
          .output = {.books = 12, .lost = 13, .gaps = 14, .clamped = 15, .files = 16},
          .is_connected = true,
          .connections = 17,
          .disconnects = {{"cut", 18}, {"upgrade", 19}},
          .trouble = "",
          .seconds_since_frame = 20.5,
          .seconds_since_book = 21.5,
          .lag_seconds = 0.25,
          .unread_bytes = 22,
          .disk_free_bytes = 23};
}

TEST(MetricsTest, the_text_has_every_figure) {
  Metrics metrics{"deribit"};
  metrics.update(odd_status());
  const std::string text = metrics.text();
  for (const char* line : {"obsave_frames_total 1\n",
                           "obsave_frame_bytes_total 2\n",
                           "obsave_malformed_frames_total 3\n",
                           "obsave_books_total 5\n",
                           "obsave_gaps_total 6\n",
                           "obsave_resyncs_total 7\n",
                           "obsave_thin_books_total 8\n",
                           "obsave_dropped_changes_total 11\n",
                           "obsave_unwritten_books_total 13\n",
                           "obsave_clamped_times_total 15\n",
                           "obsave_connections_total 17\n",
                           "obsave_reconnects_total{reason=\"cut\"} 18\n",
                           "obsave_reconnects_total{reason=\"upgrade\"} 19\n",
                           "obsave_connected 1\n",
                           "obsave_output_ok 1\n",
                           "obsave_seconds_since_last_frame 20.5\n",
                           "obsave_seconds_since_last_book 21.5\n",
                           "obsave_exchange_to_receive_lag_seconds 0.25\n",
                           "obsave_receive_queue_bytes 22\n",
                           "obsave_disk_free_bytes 23\n"})
    EXPECT_THAT(text, HasSubstr(std::string{"\n"} + line));
  EXPECT_THAT(text, HasSubstr("obsave_build_info{"));
  EXPECT_THAT(text, HasSubstr("venue=\"deribit\""));
  EXPECT_THAT(text, HasSubstr("version=\"" OBKIT_VERSION "\""));
}

TEST(MetricsTest, every_figure_is_explained_and_of_a_type) {
  const std::string text = Metrics{"bitmex"}.text();
  std::size_t helps = 0, types = 0;
  for (std::size_t at = 0; (at = text.find("# HELP obsave_", at)) != std::string::npos; ++at)
    ++helps;
  for (std::size_t at = 0; (at = text.find("# TYPE obsave_", at)) != std::string::npos; ++at)
    ++types;
  EXPECT_GE(helps, 20U);
  EXPECT_EQ(types, helps);
}

TEST(MetricsTest, counters_rise_to_the_sums_that_they_are_told) {
  Metrics metrics{"bitmex"};
  Status status = odd_status();
  metrics.update(status);
  status.tally.frames = 100;
  status.disconnects["cut"] = 30;
  metrics.update(status);
  metrics.update(status);
  EXPECT_THAT(metrics.text(), HasSubstr("\nobsave_frames_total 100\n"));
  EXPECT_THAT(metrics.text(), HasSubstr("obsave_reconnects_total{reason=\"cut\"} 30\n"));
}

TEST(MetricsTest, what_is_wrong_shows) {
  Metrics metrics{"bitmex"};
  Status status = odd_status();
  status.is_connected = false;
  status.trouble = "no space";
  metrics.update(status);
  EXPECT_THAT(metrics.text(), HasSubstr("\nobsave_connected 0\n"));
  EXPECT_THAT(metrics.text(), HasSubstr("\nobsave_output_ok 0\n"));
}

TEST(MetricsTest, delays_are_counted_by_size_and_the_longest_is_kept) {
  Metrics metrics{"bitmex"};
  for (const auto delay : {15us, 125000us, 40us}) metrics.observe_delay(delay);
  const std::string text = metrics.text();
  EXPECT_THAT(text, HasSubstr("obsave_frame_to_file_seconds_count 3\n"));
  EXPECT_THAT(text, HasSubstr("obsave_frame_to_file_seconds_bucket{le=\"+Inf\"} 3\n"));
  for (const char* bound : {"1e-06", "1e-05", "2e-05", "5e-05", "0.001", "0.2", "5"})
    EXPECT_THAT(text, HasSubstr(std::string{"bucket{le=\""} + bound + "\"} "));
  EXPECT_THAT(text, HasSubstr("\nobsave_frame_to_file_seconds_max 0.125\n"));
}

}  // namespace
}  // namespace obkit::obsave
