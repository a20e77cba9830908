#include "obkit/exchange/deribit_frame.hpp"

#include <filesystem>

#include <gtest/gtest.h>

#include "obkit/exchange/capture_source.hpp"

namespace obkit::exchange {
namespace {

std::string short_float(double value) {
  std::string out;
  append_short_float(out, value);
  return out;
}

Price price(double value) {
  return Price::from_units(static_cast<std::int64_t>(value * 2) * (Price::units_per_one / 2), 1);
}

Row row(Side side, double at, std::optional<std::int64_t> size, BookAction action) {
  return {level_id(side, price(at)), side, price(at), size, {}, action};
}

TEST(ShortFloat, always_has_a_point) {
  EXPECT_EQ(short_float(0), "0.0");
  EXPECT_EQ(short_float(1), "1.0");
  EXPECT_EQ(short_float(10), "10.0");
  EXPECT_EQ(short_float(83958), "83958.0");
  EXPECT_EQ(short_float(76899.5), "76899.5");
  EXPECT_EQ(short_float(0.5), "0.5");
}

TEST(ShortFloat, has_an_exponent_only_where_that_is_shorter) {
  EXPECT_EQ(short_float(200), "200.0");
  EXPECT_EQ(short_float(3780), "3780.0");
  EXPECT_EQ(short_float(32180), "32180.0");
  EXPECT_EQ(short_float(0.0001), "0.0001");
  EXPECT_EQ(short_float(6000), "6.0e3");
  EXPECT_EQ(short_float(83900), "8.39e4");
  EXPECT_EQ(short_float(1000200), "1.0002e6");
  EXPECT_EQ(short_float(0.00002), "2.0e-5");
}

TEST(DeribitFrame, a_change_ends_with_what_it_continues) {
  BookFrame frame{0, BookAction::change, *parse_epoch_seconds("1789344931.639"), {}, {}};
  frame.change_id = 118850969743;
  frame.previous_change_id = 118850968930;
  frame.rows = {row(Side::bid, 76914, 1000200, BookAction::update),
                row(Side::ask, 77023, 10, BookAction::insert),
                row(Side::bid, 76893, std::nullopt, BookAction::remove)};
  EXPECT_EQ(
      write_deribit_frame(frame, {"BTC-PERPETUAL", ""}),
      R"({"jsonrpc":"2.0","method":"subscription","params":{"channel":"book.BTC-PERPETUAL.100ms",)"
      R"("data":{"timestamp":1789344931639,"type":"change","change_id":118850969743,)"
      R"("instrument_name":"BTC-PERPETUAL",)"
      R"("bids":[["change",76914.0,1.0002e6],["delete",76893.0,0.0]],)"
      R"("asks":[["new",77023.0,10.0]],"prev_change_id":118850968930}}})");
}

TEST(DeribitFrame, a_snapshot_continues_nothing) {
  BookFrame frame{0, BookAction::partial, *parse_epoch_seconds("1790559412.833"), {}, {}};
  frame.change_id = 176209440222;
  frame.rows = {row(Side::bid, 83900, 6000, BookAction::insert)};
  EXPECT_EQ(
      write_deribit_frame(frame, {"BTC-PERPETUAL", ""}),
      R"({"jsonrpc":"2.0","method":"subscription","params":{"channel":"book.BTC-PERPETUAL.100ms",)"
      R"("data":{"timestamp":1790559412833,"type":"snapshot","change_id":176209440222,)"
      R"("instrument_name":"BTC-PERPETUAL","bids":[["new",8.39e4,6.0e3]],"asks":[]}}})");
}

TEST(DeribitFrame, frames_of_a_real_capture_are_written_as_they_were) {
  const std::string capture = OBKIT_SHARED_DATA "/deribit/btc-perpetual_100ms.tsv.gz";
  if (!std::filesystem::exists(capture)) GTEST_SKIP() << "no real captures here: " << capture;
  const auto source = make_capture_source(capture);
  Event event;
  std::size_t frames = 0;
  for (; source->next(event); ++frames)
    ASSERT_EQ(write_deribit_frame(event.frames.at(0), source->channels()[0]),
              event.frames.at(0).text);
  EXPECT_EQ(frames, 221U);
}

}  // namespace
}  // namespace obkit::exchange
