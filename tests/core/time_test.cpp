#include "obkit/core/time.hpp"

#include <array>
#include <random>
#include <string>

#include <gtest/gtest.h>

namespace obkit {
namespace {

using namespace std::chrono_literals;

TEST(Time, date_and_time_of_day_are_the_integers_of_a_day_file) {
  const auto time = parse_iso("2019-08-23T10:11:12.345Z").value();
  EXPECT_EQ(to_date_time(time), (DateTime{20190823, 101112345}));
  EXPECT_EQ(to_timestamp({20190823, 101112345}), time);
  EXPECT_EQ(to_date_time(Timestamp{}), (DateTime{19700101, 0}));
}

TEST(Time, refuses_days_and_times_that_do_not_exist) {
  for (const DateTime wrong : {DateTime{20190229, 0},
                               {20191301, 0},
                               {20190100, 0},
                               {19691231, 0},
                               {20190101, 240000000},
                               {20190101, 6000000},
                               {20190101, 60000},
                               {20190101, -1},
                               {-20190101, 0}})
    EXPECT_EQ(to_timestamp(wrong), std::nullopt) << wrong.date << ' ' << wrong.time;
  EXPECT_TRUE(to_timestamp({20200229, 235959999}));
}

TEST(Time, is_told_in_milliseconds_since_1970) {
  EXPECT_EQ(since_1970({.date = 19700102, .time = 1'002'003}), 24h + 10min + 2s + 3ms);
  EXPECT_EQ(since_1970({.date = 20190229, .time = 0}), 0ms);
}

TEST(Time, iso_text_is_read_to_the_nanosecond) {
  EXPECT_EQ(parse_iso("1970-01-01T00:00:01Z"), Timestamp{1s});
  EXPECT_EQ(parse_iso("1970-01-01T00:00:00.1238784Z"), Timestamp{123878400ns});
  EXPECT_EQ(parse_iso("1970-01-01T00:00:00.123456789Z"), Timestamp{123456789ns});
  for (const char* wrong :
       {"", "1970-01-01T00:00:00", "1970-01-01 00:00:00Z", "1970-01-01T00:00:00.Z",
        "1970-01-01T00:00:00.1234567890Z", "1970-01-01T00:00:00ZZ", "197O-01-01T00:00:00Z"})
    EXPECT_EQ(parse_iso(wrong), std::nullopt) << wrong;
}

TEST(Time, a_leap_second_is_the_end_of_its_day) {
  EXPECT_EQ(parse_iso("2016-12-31T23:59:60.500Z"), parse_iso("2016-12-31T23:59:59.999999999Z"));
  EXPECT_EQ(parse_iso("2016-12-31T22:59:60Z"), std::nullopt);
  EXPECT_EQ(parse_iso("2016-12-31T23:59:61Z"), std::nullopt);
}

TEST(Time, iso_texts_in_a_row_are_read_as_each_by_itself) {
  const std::array<std::string, 4> texts{"2016-12-31T23:59:59.123456789Z",
                                         "2016-12-31T23:59:60.500Z", "2016-12-31T23:59:59Z",
                                         "2017-01-01T00:00:00.5Z"};
  std::mt19937 random{1};
  IsoReader reader;
  for (int i = 0; i < 50'000; ++i) {
    std::string text = texts.at(random() % texts.size());
    if (random() % 2 == 0) text[random() % text.size()] = "0169.:-TZ"[random() % 9];
    if (random() % 8 == 0) text.resize(random() % text.size());
    ASSERT_EQ(reader.read(text), parse_iso(text)) << text;
  }
}

TEST(Time, iso_text_is_written_with_the_decimals_asked_for) {
  const auto time = parse_iso("2021-07-22T22:36:07.865123456Z").value();
  EXPECT_EQ(format_iso(time), "2021-07-22T22:36:07.865Z");
  EXPECT_EQ(format_iso(time, 9), "2021-07-22T22:36:07.865123456Z");
  EXPECT_EQ(format_iso(time, 0), "2021-07-22T22:36:07Z");
  EXPECT_EQ(format_iso(DateTime{20210722, 503531}), "2021-07-22T00:05:03.531Z");
  EXPECT_EQ(format_iso(DateTime{20991231, 235959999}), "2099-12-31T23:59:59.999Z");
  EXPECT_EQ(format_iso(DateTime{19700101, 0}), "1970-01-01T00:00:00.000Z");
}

TEST(Time, epoch_seconds_are_exact) {
  EXPECT_EQ(parse_epoch_seconds("1626993367.875267"), parse_iso("2021-07-22T22:36:07.875267Z"));
  EXPECT_EQ(parse_epoch_seconds("12"), Timestamp{12s});
  for (const char* wrong : {"", ".5", "1.", "x", "99999999999", "-1"})
    EXPECT_EQ(parse_epoch_seconds(wrong), std::nullopt);
}

TEST(Time, of_day_is_what_a_timestamp_takes) {
  std::mt19937 random{1};
  for (int i = 0; i < 100'000; ++i) {
    const int time = static_cast<int>(random() >> random() % 12) * (i % 16 == 0 ? -1 : 1);
    ASSERT_EQ(is_time_of_day(time), to_timestamp({.date = 19700101, .time = time}).has_value())
        << time;
  }
  for (const int time : {0, 235959999, 240000000, 236000000, 235960000, -1})
    EXPECT_EQ(is_time_of_day(time), to_timestamp({.date = 19700101, .time = time}).has_value());
}

}  // namespace
}  // namespace obkit
