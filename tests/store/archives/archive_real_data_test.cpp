#include <filesystem>
#include <fstream>
#include <unordered_map>

#include <gtest/gtest.h>

#include "obkit/book/full_book.hpp"
#include "obkit/core/number.hpp"
#include "obkit/feed/venue.hpp"

#include "archive_text.hpp"
#include "support/ladder_crc.hpp"

namespace obkit::store {
namespace {

const std::string bitmex_folder = OBKIT_SHARED_DATA "/bitmex";

/// What an independent implementation says of the ladder after each book frame.
std::vector<std::uint32_t> golden_ladders() {
  std::ifstream file{bitmex_folder + "/xbtusd_2021-07-22.expected.csv"};
  std::vector<std::uint32_t> ladders;
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line))
    ladders.push_back(
        static_cast<std::uint32_t>(std::stoul(line.substr(line.rfind(',') + 1), nullptr, 16)));
  return ladders;
}

/// Writes the frames of a capture as a table of changes, as Tardis makes it of them.
class TableWriter {
 public:
  void add(const BookUpdate& update, Timestamp received) {
    using std::chrono::microseconds;
    const auto since_1970 = std::chrono::floor<microseconds>(received.time_since_epoch()).count();
    time_ = std::max<std::int64_t>(since_1970, time_ + 1);
    const bool image = update.kind == BookUpdate::Kind::image;
    for (const LevelChange& level : update.levels) {
      if (level.price) prices_[level.id] = to_string(*level.price);
      text += "bitmex," + update.symbol + "," + std::to_string(time_) + "," + std::to_string(time_);
      text += image ? ",true," : ",false,";
      text += (level.side == Side::bid ? "bid," : "ask,") + prices_.at(level.id) + ",";
      append_number(text, level.size.value_or(0));
      text += '\n';
    }
  }

  std::string text = change_header;

 private:
  std::int64_t time_ = 0;
  std::unordered_map<std::uint64_t, std::string> prices_;
};

class RealArchive : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(bitmex_folder))
      GTEST_SKIP() << "no real data at " << bitmex_folder;
  }
  ArchiveReader capture_{{bitmex_folder + "/xbtusd_2021-07-22.raw.tsv.gz"}};
};

TEST_F(RealArchive, as_tables_has_the_true_ladder_after_every_message) {
  TableWriter writer;
  std::vector<std::string> files;
  const auto protocol = feed::find_venue("bitmex")->make_protocol({});
  for (std::size_t messages = 1; const auto event = capture_.next(); ++messages) {
    for (const BookUpdate& update : protocol->decode(event->text).updates)
      writer.add(update, *event->received);
    // The second table goes on where the first ends, in the middle of the connection.
    if (messages == 600) files.push_back(std::exchange(writer.text, change_header));
  }
  files.push_back(writer.text);
  auto tables = archive_of(files);
  book::FullBook book;
  OrderBook ladder;
  for (const std::uint32_t expected : golden_ladders()) {
    const auto event = tables.next();
    ASSERT_TRUE(event);
    for (const BookUpdate& update : event->updates)
      ASSERT_EQ(book.apply(update).outcome, book::Outcome::applied);
    ASSERT_TRUE(book.top(100, ladder));
    ASSERT_EQ(ladder_crc(ladder), expected) << to_string(tables.place());
  }
  EXPECT_FALSE(tables.next());
}

TEST_F(RealArchive, as_a_dump_of_cryptofeed_has_the_same_frames) {
  std::vector<std::string> frames;
  std::string dump = "configuration: {}\nwss://www.bitmex.com/realtime <-> 1626993367.388005\n";
  while (const auto event = capture_.next()) {
    frames.emplace_back(event->text);
    const auto nanoseconds = event->received->time_since_epoch().count();
    dump += std::to_string(nanoseconds / 1'000'000'000) + "." +
            std::to_string(1'000'000'000 + nanoseconds % 1'000'000'000).substr(1) + ": ";
    dump.append(event->text).append("\n");
  }
  EXPECT_GT(frames.size(), 1300U);
  auto again = archive_of({dump});
  for (const std::string& frame : frames) EXPECT_EQ(again.next()->text, frame);
  EXPECT_FALSE(again.next());
}

}  // namespace
}  // namespace obkit::store
