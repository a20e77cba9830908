#include <algorithm>

#include <gtest/gtest.h>

#include "obkit/core/error.hpp"

#include "archive_text.hpp"

namespace obkit::store {
namespace {

const std::string time = at_second(1);

/// The same of a row under a header of changes.
std::string problem_of_row(const std::string& row) { return problem_of(change_header + row); }

TEST(ArchiveError, names_the_column_that_is_missing) {
  for (const std::string column : {"exchange", "symbol", "timestamp", "local_timestamp",
                                   "is_snapshot", "side", "price", "amount"}) {
    std::string header = "," + change_header;
    header.replace(header.find("," + column), column.size() + 1, ",other");
    EXPECT_EQ(problem_of(header.substr(1)), "0:1: expected the column " + column + ", found none");
  }
}

TEST(ArchiveError, names_the_level_that_is_missing) {
  const std::string head = "exchange,symbol,timestamp,local_timestamp,";
  EXPECT_EQ(problem_of(head + "asks[0].price,asks[0].amount,bids[0].price\n"),
            "0:1: expected the column bids[0].amount, found none");
  EXPECT_EQ(problem_of(head + "asks[0].price,asks[0].amount,bids[0].price,bids[0].amount,"
                              "asks[2].price,asks[2].amount,bids[2].price,bids[2].amount\n"),
            "0:1: expected the column bids[1].price, found none");
}

TEST(ArchiveError, names_a_column_that_comes_twice) {
  EXPECT_EQ(problem_of("local_timestamp,price,price\n"),
            "0:1: expected each column once, found price again");
}

TEST(ArchiveError, names_line_and_column_of_a_malformed_cell) {
  EXPECT_EQ(problem_of_row(",XBTUSD,1,1,true,bid,9,1\n"), "0:2:1: expected a text, found nothing");
  EXPECT_EQ(problem_of_row("bitmex,,1,1,true,bid,9,1\n"), "0:2:8: expected a text, found nothing");
  EXPECT_EQ(problem_of_row("bitmex,XBTUSD,1.5," + time + ",true,bid,9,1\n"),
            "0:2:15: expected microseconds since 1970, from 2000 on, found 1.5");
  EXPECT_EQ(problem_of_row("bitmex,XBTUSD," + time + ",,true,bid,9,1\n"),
            "0:2:32: expected microseconds since 1970, from 2000 on, found nothing");
  EXPECT_EQ(problem_of_row("bitmex,XBTUSD," + time + "," + time + ",True,bid,9,1\n"),
            "0:2:49: expected true or false, found True");
  EXPECT_EQ(problem_of_row("bitmex,XBTUSD," + time + "," + time + ",true,buy,9,1\n"),
            "0:2:54: expected bid or ask, found buy");
  EXPECT_EQ(problem_of_row("bitmex,XBTUSD," + time + "," + time + ",true,bid,nan,1\n"),
            "0:2:58: expected a price, found nan");
  EXPECT_EQ(problem_of_row("bitmex,XBTUSD," + time + "," + time + ",true,bid,9,-1\n"),
            "0:2:60: expected an amount >= 0, found -1");
  EXPECT_EQ(problem_of_row("bitmex,XBTUSD," + time + "," + time + ",true,bid,9,\n"),
            "0:2:60: expected an amount >= 0, found nothing");
}

TEST(ArchiveError, refuses_times_and_prices_out_of_range) {
  EXPECT_EQ(problem_of_row("bitmex,XBTUSD,9000000000000001," + time + ",true,bid,9,1\n"),
            "0:2:15: expected microseconds since 1970, from 2000 on, found 9000000000000001");
  EXPECT_EQ(problem_of_row("bitmex,XBTUSD,-1," + time + ",true,bid,9,1\n"),
            "0:2:15: expected microseconds since 1970, from 2000 on, found -1");
  EXPECT_EQ(
      problem_of_row("bitmex,XBTUSD," + time + "," + time + ",true,bid,4611686019,1\n"),
      "0:2:58: expected a price of at most nine decimals within ±4611686018, found 4611686019");
}

TEST(ArchiveError, a_time_in_another_unit_is_refused) {
  for (const std::string other : {"1600000000", "1600000000000", "1600000000000000000"}) {
    EXPECT_EQ(problem_of_row("bitmex,XBTUSD," + other + "," + time + ",true,bid,9,1\n"),
              "0:2:15: expected microseconds since 1970, from 2000 on, found " + other);
    EXPECT_EQ(problem_of_row("bitmex,XBTUSD," + time + "," + other + ",true,bid,9,1\n"),
              "0:2:32: expected microseconds since 1970, from 2000 on, found " + other);
  }
}

TEST(ArchiveError, a_symbol_that_is_no_utf8_is_refused) {
  EXPECT_EQ(problem_of(change_header + image(1, "L\xC9")),
            "0:3: expected a symbol in UTF-8, found L?");
  EXPECT_EQ(problem_of(change_header + image(1, "L\xC3\x89")), "nothing");
}

TEST(ArchiveError, counts_the_cells_of_a_row) {
  EXPECT_EQ(problem_of_row("bitmex,XBTUSD\n"), "0:2: expected 8 cells as in the header, found 2");
  EXPECT_EQ(problem_of_row("bitmex,XBTUSD," + time + "," + time + ",true,bid,9,1,\n"),
            "0:2: expected 8 cells as in the header, found 9");
}

TEST(ArchiveError, finds_quotes_that_are_not_closed_or_not_followed_by_a_comma) {
  EXPECT_EQ(problem_of_row("bitmex,\"XBTUSD\n"),
            "0:2:9: expected closing quotes behind, found XBTUSD");
  EXPECT_EQ(problem_of_row("bitmex,\"XBT\"USD,1\n"),
            "0:2:13: expected a comma behind quotes, found USD,1");
  EXPECT_EQ(problem_of_row("\"\n"), "0:2:2: expected closing quotes behind, found nothing");
}

TEST(ArchiveError, an_empty_line_stands_only_at_the_end) {
  EXPECT_EQ(problem_of(change_header + image(1) + "\n\n" + image(2)),
            "0:4: expected a row, found an empty line");
}

TEST(ArchiveError, half_a_level_of_a_snapshot_is_malformed) {
  const std::string header =
      "exchange,symbol,timestamp,local_timestamp,asks[0].price,asks[0].amount,bids[0].price,"
      "bids[0].amount\n";
  EXPECT_EQ(problem_of(header + "a,b," + time + "," + time + ",10,,9,1\n"),
            "0:2:42: expected an amount >= 0, found nothing");
  EXPECT_EQ(problem_of(header + "a,b," + time + "," + time + ",,5,9,1\n"),
            "0:2:39: expected a price, found nothing");
}

TEST(ArchiveError, what_is_in_no_layout_is_refused_by_its_first_line) {
  const std::string expected =
      "0:1: expected '2021-07-22T22:36:07.865Z FRAME', '1626993367.865<TAB>FRAME' or "
      "'1626993367.865: FRAME', found ";
  for (const std::string text : {"hello", "a b,c", "17"})
    EXPECT_EQ(problem_of(text + "\n"), expected + text);
}

TEST(ArchiveError, what_is_no_archive_of_books_is_called_by_its_name) {
  const auto found = [](const std::string& text) {
    const std::string problem = problem_of(text);
    return problem.substr(std::min(problem.find(", found "), problem.size()));
  };
  EXPECT_EQ(found("<!DOCTYPE html><html>404</html>"),
            ", found a page of HTML or XML: was a download refused?");
  EXPECT_EQ(found("version https://git-lfs.github.com/spec/v1\noid sha256:0\n"),
            ", found a pointer of Git LFS, for which git lfs pull fetches the file");
  EXPECT_EQ(found("../.git/annex/objects/a/b"),
            ", found a pointer of git-annex, for which git annex get fetches the file");
  EXPECT_EQ(found("[0,{\"a\":1}]\n"), ", found JSON without the time of its receipt in front");
  EXPECT_EQ(found(book_line(1)),
            ", found a day-file, which obdataset, obsignal and obbacktest read");
  EXPECT_EQ(found(R"({"volumes":[1,2],"direction":1})"
                  "\n"),
            ", found a training set (.ds), which obtrain reads");
  EXPECT_EQ(found("{\"format\":\"obkit-model\",\n"),
            ", found a model of obkit, which --model takes");
  EXPECT_EQ(found("34200.017459617,5,0,1,2238200,-1\n"),
            ", found messages of LOBSTER under a name that does not tell symbol and day");
  EXPECT_EQ(found("2239500,100,2231800,100,2239900,100,2230700,200\n"),
            ", found order books of LOBSTER under a name that does not tell symbol and day");
  EXPECT_EQ(found("1,0.5,2,1.0,1600000000000,True,True\n"),
            ", found rows of numbers without a header: trades or candles?");
  EXPECT_EQ(found("1381095255,122.0,0.1\n"),
            ", found rows of numbers without a header: trades or candles?");
  EXPECT_EQ(found("time_exchange;entry_px;entry_sx\n"),
            ", found a table whose cells semicolons separate");
  EXPECT_EQ(found("DBN\x01XNAS"), ", found Databento's DBN: encoded as CSV it is read");
  EXPECT_EQ(found("Rar!\x1A\x07"), ", found rar, which unrar unpacks");
}

TEST(ArchiveError, tables_of_other_things_are_called_by_their_names) {
  const auto problem = [](const std::string& columns) {
    return problem_of("exchange,symbol,timestamp,local_timestamp," + columns + "\n");
  };
  const std::string found =
      "0:1: expected a table of Tardis' incremental_book_L2 or book_snapshot_N, or of Databento's "
      "MBP-10, found ";
  EXPECT_EQ(problem("id,side,price,amount"),
            "0:1: expected books, found trades: --trades reads them");
  EXPECT_EQ(problem("ask_amount,ask_price,bid_price,bid_amount"),
            found + "quotes: the best level alone");
  EXPECT_EQ(problem("funding_timestamp,funding_rate,predicted_funding_rate,open_interest"),
            found + "funding rates and open interest");
  EXPECT_EQ(problem("type,strike_price,expiration,bid_price,ask_price"),
            found + "a chain of options");
  EXPECT_EQ(problem("funding_rate,index_price,mark_price,last_price"),
            found + "funding rates and open interest");
  EXPECT_EQ(problem_of("timestamp,percentage,depth,notional\n"),
            found + "depths summed up by percent (Binance's bookDepth): no levels");
  EXPECT_EQ(problem_of("update_id,best_bid_price,best_bid_qty,best_ask_price,best_ask_qty,"
                       "transaction_time,event_time\n"),
            found + "quotes: the best level alone");
  const std::string databento = "ts_recv,ts_event,rtype,publisher_id,instrument_id,";
  EXPECT_EQ(problem_of(databento + "action,side,depth,price,size,flags,ts_in_delta,sequence\n"),
            found + "trades or liquidations");
  EXPECT_EQ(problem_of(databento + "action,side,depth,price,size,bid_px_00,ask_px_00,bid_sz_00\n"),
            found + "quotes: the best level alone");
  EXPECT_EQ(problem_of(databento + "action,side,price,size,channel_id,order_id,flags\n"),
            found + "single orders (L3, MBO)");
  EXPECT_EQ(problem_of(databento + "ts_ref,price,quantity,stat_type,channel_id\n"),
            found + "statistics");
  EXPECT_EQ(problem_of(databento + "raw_symbol,min_price_increment,display_factor\n"),
            found + "definitions of instruments");
  EXPECT_EQ(problem_of("ts_event,rtype,publisher_id,instrument_id,open,high,low,close,volume\n"),
            found + "candles");
  EXPECT_EQ(problem_of(databento + "action,reason,trading_event,is_trading\n"),
            found + "the state of trading");
  EXPECT_EQ(problem_of(databento + "ref_price,auction_time,auction_type,side\n"),
            found + "imbalances of auctions");
  EXPECT_EQ(problem_of("create_time,symbol,sum_open_interest,sum_open_interest_value\n"),
            found + "open interest and ratios of positions (Binance's metrics)");
  EXPECT_EQ(problem_of("calc_time,funding_interval_hours,last_funding_rate\n"),
            found + "funding rates");
  EXPECT_EQ(problem_of("time,side,order_type,original_quantity,price,average_price\n"),
            found + "liquidations");
  EXPECT_EQ(problem_of("timestamp,symbol,bidSize,bidPrice,askPrice,askSize\n"),
            found + "quotes: the best level alone");
  EXPECT_EQ(problem_of("symbol,timestamp,first_update_id,last_update_id,side,update_type,price\n"),
            found + "changes of levels in a layout that is not read (T_DEPTH)");
  EXPECT_EQ(problem_of("when,what,how_much\n"),
            found + "a table with other columns: when,what,how_much");
  EXPECT_EQ(problem("issnapshot,side,price,amount"),
            "0:1: expected the column is_snapshot, found none")
      << "it is Tardis' own, but for a column";
  EXPECT_EQ(problem_of("\"open_time\",\"open\",\"high\",\"low\",\"close\",\"volume\"\n"),
            found + "candles");
}

}  // namespace
}  // namespace obkit::store
