#include "obkit/exchange/bitmex_frame.hpp"

#include <gtest/gtest.h>

namespace obkit::exchange {
namespace {

const Timestamp time_ = *parse_iso("2026-06-01T12:00:00.125Z");
const Timestamp before = *parse_iso("2026-06-01T11:59:59.001Z");
const Row ask_row{70'000'000'001, Side::ask, Price::from_units(32'180'500'000'000, 1), 100, before};
const Row bid_row{70'000'000'002, Side::bid, Price::from_units(32'180'000'000'000, 0), 2500, time_};

TEST(BookFrame, a_partial_has_keys_types_and_filter_and_rows_of_the_2026_shape) {
  EXPECT_EQ(
      write_bitmex_frame({0, BookAction::partial, time_, {ask_row, bid_row}, {}},
                         {"XBTUSD", "Primary"}),
      R"({"table":"orderBookL2","action":"partial","keys":["symbol","id","side"],)"
      R"("types":{"symbol":"symbol","id":"long","side":"symbol","size":"long","price":"float",)"
      R"("timestamp":"timestamp","transactTime":"timestamp","pool":"symbol"},)"
      R"("filter":{"pool":"Primary","symbol":"XBTUSD"},"data":[)"
      R"({"symbol":"XBTUSD","id":70000000001,"side":"Sell","size":100,"price":32180.5,)"
      R"("timestamp":"2026-06-01T12:00:00.125Z","transactTime":"2026-06-01T11:59:59.001Z",)"
      R"("pool":"Primary"},)"
      R"({"symbol":"XBTUSD","id":70000000002,"side":"Buy","size":2500,"price":32180,)"
      R"("timestamp":"2026-06-01T12:00:00.125Z","transactTime":"2026-06-01T12:00:00.125Z",)"
      R"("pool":"Primary"}]})");
}

TEST(BookFrame, a_delete_has_no_size) {
  EXPECT_EQ(
      write_bitmex_frame({0, BookAction::remove, time_, {bid_row}, {}}, {"XBTUSD", "Aggregated"}),
      R"({"table":"orderBookL2","action":"delete","data":[)"
      R"({"symbol":"XBTUSD","id":70000000002,"side":"Buy","price":32180,)"
      R"("timestamp":"2026-06-01T12:00:00.125Z","transactTime":"2026-06-01T12:00:00.125Z",)"
      R"("pool":"Aggregated"}]})");
}

TEST(BookFrame, an_empty_partial_names_its_symbol_in_the_filter_alone) {
  const auto text = write_bitmex_frame({0, BookAction::partial, time_, {}, {}}, {"XBTUSD", ""});
  EXPECT_NE(text.find(R"("filter":{"symbol":"XBTUSD"},"data":[]})"), std::string::npos);
}

TEST(BookFrame, a_partial_of_all_symbols_has_no_symbol_in_its_filter) {
  const BookFrame image{0, BookAction::partial, time_, {bid_row}, {}};
  const auto text =
      write_bitmex_partial({image, image}, {{"XBTUSD", "Primary"}, {"ETHUSD", "Primary"}}, "");
  EXPECT_NE(text.find(R"("filter":{"pool":"Primary"},"data":[{"symbol":"XBTUSD")"),
            std::string::npos);
  EXPECT_NE(text.find(R"({"symbol":"ETHUSD")"), std::string::npos);
}

TEST(BookFrame, rows_alone_are_a_list) {
  EXPECT_EQ(write_bitmex_rows({0, BookAction::partial, time_, {}, {}}, {"XBTUSD", ""}), "[]");
}

}  // namespace
}  // namespace obkit::exchange
