#include <filesystem>

#include <gtest/gtest.h>

#include "obkit/store/book_stream.hpp"
#include "obkit/store/day_file_reader.hpp"
#include "obkit/store/day_file_writer.hpp"
#include "obkit/store/input.hpp"
#include "obkit/store/line_reader.hpp"
#include "obkit/store/manifest.hpp"
#include "obkit/store/verify.hpp"

#include "lines/fast_line.hpp"
#include "support/slow_line.hpp"
#include "test_input.hpp"

namespace obkit::store {
namespace {

const std::string folder = OBKIT_SHARED_DATA "/binance";

/// Books whose mid price differs from that of the next book.
struct Counts {
  std::uint64_t books = 0, moves = 0, gaps = 0;
};

Counts count(std::vector<std::string> inputs) {
  BookStream stream{std::move(inputs), BadLine::refuse};
  Counts counts;
  std::optional<Price> mid;
  for (OrderBook book; stream.next(book); mid = book.double_mid()) {
    ++counts.books;
    if (book.gap) ++counts.gaps;
    if (mid && !book.gap && *mid != book.double_mid()) ++counts.moves;
  }
  EXPECT_TRUE(warnings(stream.report()).empty());
  EXPECT_EQ(stream.report().books, counts.books);
  return counts;
}

class RealDayFiles : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no real data at " << folder;
  }
};

TEST_F(RealDayFiles, have_the_books_and_mid_moves_that_an_independent_count_has) {
  const Counts first = count({folder + "/BTCUSD_PERP_20240808.txt.zst"});
  EXPECT_EQ(first.books, 26'824U);
  EXPECT_EQ(first.moves, 408U);
  const Counts second = count({folder + "/BTCUSD_PERP_20240809.txt.zst"});
  EXPECT_EQ(second.books, 17'948U);
  EXPECT_EQ(second.moves, 663U);
}

TEST_F(RealDayFiles, go_the_fast_way_and_give_the_books_of_the_other) {
  for (const char* name : {"/BTCUSD_PERP_20240808.txt.zst", "/BTCUSD_PERP_20240809.txt.zst"}) {
    LineReader lines{open_input(folder + name), name};
    FastLine plain;
    for (std::size_t i = 0; const auto line = lines.next(); ++i) {
      ASSERT_TRUE(plain.read(*line, {.depth = 100})) << name << ": " << i;
      if (i % 64 != 0) continue;
      const auto slow = slow_book(std::string{*line});
      ASSERT_TRUE(slow && same_bits(*slow, plain.book())) << name << ": " << i;
    }
  }
}

TEST_F(RealDayFiles, of_a_folder_are_one_stream_without_a_gap) {
  const std::vector<std::string> folders{folder};
  const Counts both = count(expand_inputs(folders, FileKind::day_file));
  EXPECT_EQ(both.books, 26'824U + 17'948U);
  EXPECT_EQ(both.moves, 1'071U);
  EXPECT_EQ(both.gaps, 0U);
}

TEST_F(RealDayFiles, of_another_program_are_gone_on_with_and_counted) {
  const ScratchFolder scratch;
  const std::string path = scratch.path() + "/BTCUSD_PERP_20240808.txt.zst";
  std::filesystem::copy_file(folder + "/BTCUSD_PERP_20240808.txt.zst", path);
  OrderBook book;
  {
    DayFileReader reader{open_input(path), path, BadLine::refuse};
    ASSERT_TRUE(reader.next(book));
  }
  book.time.time = 235'959'999;
  DayFileWriter writer{{.folder = scratch.path(),
                        .symbol = "BTCUSD_PERP",
                        .manifest = RecordingOrigin{"binance", "", "", "obsave test"}}};
  writer.write(book);
  writer.close();
  const DayReport report = verify_day(path);
  EXPECT_EQ(report.books, 26'825U);
  EXPECT_EQ(report.gaps, 1U);
  EXPECT_TRUE(report.problems.empty());
  EXPECT_EQ(read_manifest(manifest_path(path)).books, 26'825U);
}

}  // namespace
}  // namespace obkit::store
