#include "obkit/backtest/latency.hpp"

#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/core/error.hpp"

namespace obkit::backtest {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;

std::vector<milliseconds> latencies_of(std::string_view text) {
  return parse_latencies(text, "ms.txt");
}

std::string error_in(std::string_view text) {
  try {
    static_cast<void>(latencies_of(text));
  } catch (const DataError& error) {
    return error.what();
  }
  return "none";
}

TEST(Latencies, are_a_number_a_line_with_comments) {
  EXPECT_THAT(
      latencies_of("# measured in August\n12\n\n 0 \r\n3.2  # slow\n86400000"),
      ElementsAre(milliseconds{12}, milliseconds{0}, milliseconds{4}, milliseconds{86'400'000}));
}

TEST(Latencies, errors_name_the_line) {
  EXPECT_EQ(error_in("1\n# two\n-1\n"),
            "ms.txt:3: expected milliseconds from 0 to 86400000, found '-1'");
  EXPECT_EQ(error_in("1 2"), "ms.txt:1: expected milliseconds from 0 to 86400000, found '1 2'");
  EXPECT_EQ(error_in("nan"), "ms.txt:1: expected milliseconds from 0 to 86400000, found 'nan'");
  EXPECT_EQ(error_in("86400001"),
            "ms.txt:1: expected milliseconds from 0 to 86400000, found '86400001'");
  EXPECT_EQ(error_in(""), "ms.txt: no latency is in it");
  EXPECT_EQ(error_in("# none\n"), "ms.txt: no latency is in it");
}

TEST(Latencies, are_drawn_as_often_as_they_were_measured) {
  const MeasuredLatencies measured{{milliseconds{5}, milliseconds{1}, milliseconds{5}}, 3};
  EXPECT_THAT(measured.values(), ElementsAre(milliseconds{1}, milliseconds{5}, milliseconds{5}));
  std::map<milliseconds::rep, int> counts;
  constexpr int draws = 30'000;
  for (std::uint64_t book = 0; book < draws; ++book) ++counts[measured.at(book).count()];
  ASSERT_EQ(counts.size(), 2U);
  EXPECT_NEAR(counts[1], draws / 3, 300) << "of a standard deviation of 82";
}

TEST(Latencies, depend_on_the_seed_and_the_book_alone) {
  std::vector<milliseconds> values;
  for (int i = 0; i < 1000; ++i) values.emplace_back(i);
  const MeasuredLatencies one{values, 1}, same{values, 1}, other{values, 2};
  int equal = 0;
  for (std::uint64_t book = 0; book < 1000; ++book) {
    EXPECT_EQ(one.at(book), same.at(book));
    equal += one.at(book) == other.at(book) ? 1 : 0;
  }
  EXPECT_LT(equal, 10);
}

}  // namespace
}  // namespace obkit::backtest
