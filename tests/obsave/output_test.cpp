#include "obsave/output.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "memory_sink.hpp"
#include "small_book.hpp"

namespace obkit::obsave {
namespace {

class StreamOutputTest : public testing::Test {
 protected:
  StreamOutput output(store::Flush flush, NameSymbol name_symbol) {
    return {std::make_unique<MemorySink>(text_, closed_), flush, name_symbol};
  }
  std::string text_;
  bool closed_ = false;
};

TEST_F(StreamOutputTest, a_line_can_be_read_at_once) {
  auto out = output(store::Flush::each_line, NameSymbol::never);
  out.write("X", book_at(7), {});
  EXPECT_EQ(text_, "{\"date\":20210722,\"time\":7,\"prices\":[1,2],\"volumes\":[3,4]}\n");
}

TEST_F(StreamOutputTest, lines_of_several_symbols_bear_them) {
  auto out = output(store::Flush::blocks, NameSymbol::always);
  out.write("X", book_at(7, true), {});
  EXPECT_EQ(text_, "");
  out.close();
  EXPECT_EQ(text_,
            "{\"date\":20210722,\"time\":7,\"prices\":[1,2],\"volumes\":[3,4],\"gap\":true,"
            "\"symbol\":\"X\"}\n");
  EXPECT_TRUE(closed_);
  EXPECT_EQ(out.counts().gaps, 1U);
}

TEST_F(StreamOutputTest, lines_bear_a_symbol_from_the_second_one_on_where_nobody_named_any) {
  auto out = output(store::Flush::each_line, NameSymbol::with_second);
  out.write("X", book_at(7), {});
  EXPECT_THAT(text_, testing::Not(testing::HasSubstr("symbol")));
  out.write("Y", book_at(7), {});
  EXPECT_TRUE(text_.ends_with(",\"symbol\":\"Y\"}\n"));
  out.write("X", book_at(8), {});
  EXPECT_TRUE(text_.ends_with(",\"symbol\":\"X\"}\n"));
}

TEST_F(StreamOutputTest, times_of_each_symbol_never_go_back) {
  auto out = output(store::Flush::each_line, NameSymbol::never);
  out.write("X", book_at(7), {});
  out.write("Y", book_at(5), {});
  out.write("X", book_at(6), {});
  EXPECT_EQ(out.counts().clamped, 1U);
  EXPECT_TRUE(
      text_.ends_with("{\"date\":20210722,\"time\":7,\"prices\":[1,2],\"volumes\":[3,4]}\n"));
}

}  // namespace
}  // namespace obkit::obsave
