// The fast way and simdjson's give the same frames. White space behind a message makes it
// simdjson's.
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "deribit/book_data.hpp"
#include "deribit/deribit.hpp"
#include "same_frame.hpp"

namespace obkit::feed::deribit {
namespace {

std::string message(const std::string& data) {
  return R"({"jsonrpc":"2.0","method":"subscription","params":{"channel":"book.BTC-PERPETUAL.100ms","data":{)" +
         data + "}}}";
}

const std::vector<std::string> compact_messages{
    message(
        R"("timestamp":1789344931639,"type":"change","change_id":118850969743,"instrument_name":"BTC-PERPETUAL","bids":[["change",76914.0,1.0002e6],["new",76899.0,10.0],["delete",76893.0,0.0],["new",76871.5,3.0e6]],"asks":[["new",77023.0,10.0],["delete",77027.5,0.0]],"prev_change_id":118850968930)"),
    message(
        R"("timestamp":1789344931640,"type":"change","prev_change_id":118850969743,"change_id":118850969744,"bids":[],"asks":[["change",8.39e4,8.3e3],["delete",3.9e3,0.0],["new",2700,0],["change",0.0001,1.5e-3],["new",1e5,123456789012345],["new",1.25e-7,0.5]])"),
    message(
        R"("asks":[["change",83900.25,0.0]],"bids":[["new",123456789.123456,1e22],["new",1e-9,1.0e07]],"change_id":2,"prev_change_id":1,"type":"change","timestamp":0)"),
};

/// Whether the fast way takes it whole.
bool is_compact(const std::string& text) {
  BookData book;
  return CompactBook{}.read(text, book);
}

TEST(DeribitCompactBook, takes_what_the_exchange_writes) {
  for (const std::string& text : compact_messages) EXPECT_TRUE(is_compact(text)) << text;
}

TEST(DeribitCompactBook, gives_what_the_message_says) {
  BookData book;
  ASSERT_TRUE(CompactBook{}.read(compact_messages[1], book));
  const BookUpdate& update = book.update;
  EXPECT_EQ(update.symbol, "BTC-PERPETUAL");
  EXPECT_EQ(book.number, 118850969744U);
  EXPECT_EQ(book.previous, 118850969743U);
  ASSERT_EQ(update.levels.size(), 6U);
  EXPECT_EQ(to_string(*update.levels[0].price), "83900");
  EXPECT_EQ(update.levels[0].size, 8300);
  EXPECT_EQ(update.levels[1].action, LevelChange::Action::remove);
  EXPECT_EQ(update.levels[1].size, std::nullopt);
  EXPECT_EQ(update.levels[2].action, LevelChange::Action::set);
  EXPECT_EQ(to_string(*update.levels[3].price), "0.0001");
  EXPECT_EQ(update.levels[3].size, 0.0015);
}

TEST(DeribitCompactBook, leaves_everything_else_to_simdjson) {
  const std::string rest =
      R"(,"timestamp":1,"type":"change","change_id":2,"prev_change_id":1,"asks":[])";
  ASSERT_TRUE(is_compact(message(R"("bids":[["new",1.5,2.0]])" + rest)));
  for (const std::string row : {R"(["new",1.5])",
                                R"(["new",1.5,2.0,3.0])",
                                R"(["old",1.5,2.0])",
                                R"(["new",01.5,2.0])",
                                R"(["new",1.,2.0])",
                                R"(["new",.5,2.0])",
                                R"(["new",-1.5,2.0])",
                                R"(["new",1.5,-2.0])",
                                R"(["new",1.5,null])",
                                R"(["new",1.5,2.0e])",
                                R"(["new",1.5,2.0e123])",
                                R"(["new",1.5,2.0e+3])",
                                R"(["new",1.5,2.0E3])",
                                R"(["new",1.5,1e23])",
                                R"(["new",1.5,1e-23])",
                                R"(["new",1e10,2.0])",
                                R"(["new",1.0000000001,2.0])",
                                R"(["new",1234567890.1234567,2.0])",
                                R"(["new",1.5,1234567890123456])",
                                R"(["new", 1.5,2.0])",
                                R"(["n\u0065w",1.5,2.0])",
                                R"(["new","1.5",2.0])",
                                R"([])"})
    EXPECT_FALSE(is_compact(message(R"("bids":[)" + row + "]" + rest))) << row;
  for (
      const std::string& data :
      {R"("bids":[])" + rest + R"(,"bids":[])", R"("bids":[])" + rest + R"(,"other":1)",
       R"("bids":[])" + rest + ",", std::string{},
       std::string{R"("bids":[],"asks":[],"type":"change","change_id":2,"prev_change_id":1)"},
       std::string{
           R"("bids":[],"asks":[],"timestamp":9000000000001,"type":"change","change_id":2,"prev_change_id":1)"},
       std::string{
           R"("bids":[],"asks":[],"timestamp":1,"type":"snapshot","change_id":2,"prev_change_id":1)"},
       std::string{R"("bids":[],"asks":[],"timestamp":1,"change_id":2,"prev_change_id":1)"},
       std::string{R"("bids":[],"asks":[],"timestamp":1,"type":"change","change_id":2)"}})
    EXPECT_FALSE(is_compact(message(data))) << data;
  for (const std::string channel : {"book.BTC-PERPETUAL.none.20.100ms", "trades.BTC-PERPETUAL.raw",
                                    "book.BTC-PERPETUAL", "b\\u006fok.X.100ms", ""}) {
    std::string text = message(R"("bids":[])" + rest);
    text.replace(text.find("book."), std::string_view{"book.BTC-PERPETUAL.100ms"}.size(), channel);
    EXPECT_FALSE(is_compact(text)) << channel;
  }
}

TEST(DeribitCompactBook, gives_the_frames_of_simdjson_also_for_messages_that_are_damaged) {
  std::mt19937 random{1};
  const std::string_view letters = "{}[]\",:.-+eE0123456789 \\nchangedelete_\t\x80\x01";
  const auto fast = venue().make_protocol({}), slow = venue().make_protocol({});
  std::size_t books = 0;
  for (int i = 0; i < 60'000; ++i) {
    const std::string text =
        damaged(compact_messages[random() % compact_messages.size()], letters, random);
    const Frame &frame = fast->decode(text), &wanted = slow->decode(text + " ");
    books += frame.updates.size();
    // What simdjson finds wrong in a message that says nothing may depend on the bytes behind it.
    if (!frame.updates.empty() || !wanted.updates.empty()) expect_same(frame, wanted, text);
    ASSERT_FALSE(testing::Test::HasFatalFailure());
  }
  EXPECT_GT(books, 20'000U);
}

/// Numbers of all lengths, points and exponents.
TEST(DeribitCompactBook, reads_numbers_as_simdjson_and_exact_prices_do) {
  std::mt19937 random{2};
  const auto digits = [&](std::size_t most) {
    std::string text = std::to_string(random() % 10);
    if (text == "0") return text;
    for (auto n = random() % most; n > 0; --n) text += static_cast<char>('0' + random() % 10);
    return text;
  };
  const auto number = [&] {
    std::string text = digits(9);
    if (random() % 2 == 0) text += "." + std::to_string(random() % 100) + digits(4);
    if (random() % 2 == 0) text += (random() % 3 == 0 ? "e-" : "e") + std::to_string(random() % 12);
    return text;
  };
  const auto fast = venue().make_protocol({}), slow = venue().make_protocol({});
  for (int i = 0; i < 20'000; ++i) {
    const std::string text = message(
        R"("timestamp":1,"type":"change","change_id":2,"prev_change_id":1,"bids":[["new",)" +
        number() + "," + number() + R"(]],"asks":[])");
    expect_same(fast->decode(text), slow->decode(text + " "), text);
    ASSERT_FALSE(testing::Test::HasFatalFailure());
  }
}

TEST(DeribitCompactBook, refuses_every_message_that_is_cut_short) {
  for (const std::string& text : compact_messages)
    for (std::size_t length = 0; length < text.size(); ++length)
      EXPECT_FALSE(is_compact(text.substr(0, length))) << length;
}

}  // namespace
}  // namespace obkit::feed::deribit
