#include "obkit/cli/values.hpp"

#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace obkit::cli {
namespace {

const std::vector<std::string> venues{"deribit", "bitmex", "bybit-linear", "bybit-spot", "okx"};

TEST(Nearest, is_what_was_most_likely_meant) {
  EXPECT_EQ(nearest("deribt", venues), "deribit");
  EXPECT_EQ(nearest("dreibit", venues), "deribit");
  EXPECT_EQ(nearest("Bitmex", venues), "bitmex");
  EXPECT_EQ(nearest("bybit-liner", venues), "bybit-linear");
  EXPECT_EQ(nearest("bybit-l", venues), "bybit-linear");
  EXPECT_EQ(nearest("okex", venues), "okx");
  EXPECT_EQ(nearest("--thresold", {"--threshold", "--levels"}), "--threshold");
}

TEST(Nearest, is_nothing_where_nothing_is_near) {
  for (const char* const far : {"", "x", "kraken", "coinbase", "bitfinex-derivatives"})
    EXPECT_EQ(nearest(far, venues), std::nullopt) << far;
  EXPECT_EQ(nearest("deribit", {}), std::nullopt);
}

TEST(OneOf, says_what_is_expected_and_what_was_meant) {
  const auto check = one_of({"json", "csv", "text"});
  EXPECT_EQ(check("csv"), "");
  EXPECT_EQ(check("xml"), "expected json, csv or text, found 'xml'");
  EXPECT_EQ(check("jsno"), "expected json, csv or text, found 'jsno'; did you mean json?");
  const auto open = one_of({"change"}, {[](const std::string& text) { return text == "7"; }, "7"});
  EXPECT_EQ(open("7"), "");
  EXPECT_EQ(open("8"), "expected change or 7, found '8'");
}

TEST(Numbers, are_refused_outside_of_their_range) {
  const auto whole = whole_number(0, 9);
  for (const char* const good : {"0", "9"}) EXPECT_EQ(whole(good), "") << good;
  for (const char* const bad : {"-1", "10", "1.5", "", "1x", "99999999999999999999"})
    EXPECT_EQ(whole(bad), "expected a whole number from 0 to 9, found '" + std::string{bad} + "'");
  const auto real = number(0.5, 2);
  for (const char* const good : {"0.5", "2", "1e0"}) EXPECT_EQ(real(good), "") << good;
  for (const char* const bad : {"0.4", "2.1", "nan", "one", ""})
    EXPECT_EQ(real(bad), "expected a number from 0.5 to 2, found '" + std::string{bad} + "'");
}

}  // namespace
}  // namespace obkit::cli
