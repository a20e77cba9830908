#include "obkit/store/verify.hpp"

#include <array>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/core/error.hpp"
#include "obkit/store/manifest.hpp"

#include "recording.hpp"
#include "test_input.hpp"

namespace obkit::store {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::array<std::string_view, 1> crossing{"Aggregated"};

class Verify : public RecordingTest {
 protected:
  DayFileOptions asked(Compress compress = Compress::no, const std::string& pool = "Primary") {
    DayFileOptions asked = options(compress);
    asked.manifest = RecordingOrigin{"bitmex", pool, "ws.example", "obsave test"};
    return asked;
  }
  DayReport verify(const fs::path& path) { return verify_day(path.string(), crossing); }
  /// Of the plain file of `day`, with these bytes.
  std::vector<std::string> problems_of(const std::string& text) {
    put_text(day_file(), text);
    return verify(day_file()).problems;
  }
  /// Of a recorded day whose manifest was changed.
  std::vector<std::string> problems_with(const std::function<void(Manifest&)>& change) {
    fs::remove(day_file());
    fs::remove(manifest_path(day_file()));
    record(asked(), day, {1, 2});
    Manifest manifest = read_manifest(manifest_path(day_file()));
    change(manifest);
    write_manifest(manifest_path(day_file()), manifest);
    return verify(day_file()).problems;
  }
};

/// A line of the day, received so many milliseconds behind its begin.
std::string line_at(int time, int received) {
  const auto ns = to_timestamp({day, 0}).value().time_since_epoch().count() +
                  std::int64_t{received} * 1'000'000;
  return R"({"date":)" + std::to_string(day) + R"(,"time":)" + std::to_string(time) +
         R"(,"prices":[1,2],"volumes":[3,4],"recv":)" + std::to_string(ns) + "}\n";
}

TEST_F(Verify, notices_times_that_stand_still) {
  std::string still, busy;
  for (int i = 0; i < 12; ++i) still += line_at(1000, 1000 + 200 * i);
  for (int i = 0; i < 12; ++i) busy += line_at(1000, 1000 + 20 * i);
  EXPECT_THAT(
      problems_of(still),
      ElementsAre("the time stands still at 2019-08-23T00:00:01.000Z for 12 books, received "
                  "within 2 s"));
  EXPECT_THAT(problems_of(busy), IsEmpty()) << "one event of many messages";
}

TEST_F(Verify, notices_a_leap_that_nobody_waited_for) {
  const std::string begin = line_at(1000, 1000) + line_at(2000, 2000);
  EXPECT_THAT(problems_of(begin + line_at(235959999, 2100)),
              ElementsAre(HasSubstr("what is covered is not borne out: no book from "
                                    "2019-08-23T00:00:02.000Z to 2019-08-23T23:59:59.999Z")));
  EXPECT_THAT(problems_of(begin + line_at(235959999, 86'400'000)), IsEmpty()) << "a quiet market";
}

TEST_F(Verify, holds_what_a_manifest_says_is_covered_against_the_books) {
  record(asked(), day, {0, 120'000'000});
  const std::string path = manifest_path(day_file());
  std::string text = text_of(path);
  const std::string said = "\"covered\": 0.5";
  ASSERT_NE(text.find(said), std::string::npos);
  put_text(path, text.replace(text.find(said), said.size(), "\"covered\": 0.9"));
  EXPECT_THAT(verify(day_file()).problems,
              ElementsAre("the manifest says covered 0.9, its books bear out 0.5"));
}

TEST_F(Verify, finds_nothing_wrong_with_what_was_recorded) {
  for (const Compress compress : {Compress::no, Compress::yes}) {
    const int date = compress == Compress::no ? day : 20190901;
    auto out = writer(asked(compress));
    out.write(book_at(date, 60'000'000));
    out.write(book_at(date, 120'000'000, true));
    out.write(book_at(date, 180'000'000));
    out.write(book_at(date + 1, 60'000'000));
    out.close();
    const DayReport first = verify(day_file(date, compress));
    EXPECT_EQ(first.symbol, "XBT/USD");
    EXPECT_EQ(first.date, date);
    EXPECT_EQ(first.books, 3U);
    EXPECT_EQ(first.gaps, compress == Compress::no ? 1U : 2U) << "the first is a restart";
    EXPECT_EQ(first.covered, 0.25);
    EXPECT_THAT(first.problems, IsEmpty());
    EXPECT_THAT(first.notes, IsEmpty());
    const DayReport second = verify(day_file(date + 1, compress));
    EXPECT_EQ(second.covered, 0.25);
    EXPECT_THAT(second.problems, IsEmpty());
  }
}

TEST_F(Verify, finds_a_flipped_bit_anywhere) {
  for (const Compress compress : {Compress::no, Compress::yes}) {
    record(asked(compress), compress == Compress::no ? day : 20190901, {1, 2});
    const fs::path file = day_file(compress == Compress::no ? day : 20190901, compress);
    const std::string whole = text_of(file);
    for (std::size_t byte = 0; byte < whole.size(); ++byte) {
      std::string damaged = whole;
      damaged[byte] = static_cast<char>(damaged[byte] ^ (1 << byte % 8));
      fs::remove(file);
      put_text(file, damaged);
      ASSERT_THAT(verify(file).problems, testing::Not(IsEmpty())) << byte;
    }
  }
}

TEST_F(Verify, finds_a_file_that_was_cut_at_any_byte) {
  for (const Compress compress : {Compress::no, Compress::yes}) {
    record(asked(compress), compress == Compress::no ? day : 20190901, {1, 2});
    const fs::path file = day_file(compress == Compress::no ? day : 20190901, compress);
    const std::string whole = text_of(file);
    for (std::size_t length = 0; length < whole.size(); ++length) {
      fs::resize_file(file, length);
      ASSERT_THAT(verify(file).problems, testing::Not(IsEmpty())) << length;
      put_text(file, whole);
    }
  }
}

TEST_F(Verify, judges_the_lines_without_a_manifest_too) {
  EXPECT_THAT(problems_of(book_line(1) + book_line(2)), IsEmpty());
  EXPECT_THAT(verify(day_file()).notes, ElementsAre("it has no manifest"));
  EXPECT_THAT(problems_of(""), IsEmpty());
  EXPECT_THAT(verify(day_file()).notes, ElementsAre("it has no manifest", "it holds no book"));
  EXPECT_THAT(problems_of(book_line(2) + book_line(1)),
              ElementsAre("1 book older than the one before"));
  EXPECT_THAT(problems_of(book_line(1) + book_line(2, "", 20190824)),
              ElementsAre("1 book of another day"));
  EXPECT_THAT(problems_of(book_line(1) + "{}\n" + book_line(2)),
              ElementsAre(AllOf(HasSubstr("1 malformed line, the first: "), HasSubstr(":2"))));
  EXPECT_THAT(problems_of(book_line(1) +
                          R"({"date":20190823,"time":2,"prices":[1,2],"volumes":[1,1]})" + "\n"),
              ElementsAre(HasSubstr("expected 4 as in the books before, found 2")));
  EXPECT_THAT(problems_of(book_line(1) + book_line(2).substr(0, 30)),
              ElementsAre(HasSubstr("the last line is torn")));
}

TEST_F(Verify, tells_a_torn_frame_that_readers_of_lines_do_not_see) {
  const std::string frame = zstd_frame(book_line(1));
  put_text(zstd_file(), frame + frame.substr(0, 5));
  const DayReport report = verify(zstd_file());
  EXPECT_EQ(report.books, 1U);
  EXPECT_THAT(report.problems, ElementsAre("5 bytes behind the last whole zstd frame"));
}

TEST_F(Verify, takes_a_crossed_book_for_a_fault_in_a_single_pool_only) {
  OrderBook crossed = book_at(day, 1);
  std::swap(crossed.prices[1], crossed.prices[2]);
  crossed.prices[0] = parse_price("1").value();
  crossed.prices[3] = parse_price("99").value();
  int date = day;
  for (const std::string pool : {"Primary", "Aggregated", ""}) {
    auto out = writer(asked(Compress::no, pool));
    crossed.time.date = ++date;
    out.write(crossed);
    out.close();
    const DayReport report = verify(day_file(date));
    EXPECT_EQ(report.crossed, 1U);
    if (pool == "Primary")
      EXPECT_THAT(report.problems, ElementsAre(HasSubstr("1 book crossed")));
    else
      EXPECT_THAT(report.problems, IsEmpty());
  }
}

TEST_F(Verify, compares_each_figure_with_the_manifest) {
  EXPECT_THAT(problems_with([](Manifest&) {}), IsEmpty());
  EXPECT_THAT(problems_with([](Manifest& m) { m.books = 3; }),
              ElementsAre("the manifest says 3 books, found 2"));
  EXPECT_THAT(problems_with([](Manifest& m) {
                m.gaps.push_back({{}, {day, 1}, "x"});
              }),
              ElementsAre("the manifest says 1 gap, found 0"));
  EXPECT_THAT(problems_with([](Manifest& m) { ++m.bytes; }),
              ElementsAre(HasSubstr("the manifest says")));
  EXPECT_THAT(problems_with([](Manifest& m) { m.sha256 = "00"; }),
              ElementsAre(AllOf(HasSubstr("the SHA-256 is"), HasSubstr("the manifest says 00"))));
  EXPECT_THAT(problems_with([](Manifest& m) { m.sha256.reset(); }),
              ElementsAre(HasSubstr("the manifest says none")));
  EXPECT_THAT(problems_with([](Manifest& m) {
                m.last = {day, 3};
              }),
              ElementsAre(HasSubstr("to 2019-08-23T00:00:00.003Z, found 2019-08-23T00:00:00.001Z "
                                    "to 2019-08-23T00:00:00.002Z")));
  EXPECT_THAT(problems_with([](Manifest& m) { m.depth = 100; }),
              ElementsAre("the manifest says depth 100, found 4"));
  EXPECT_THAT(problems_with([](Manifest& m) { m.file = "other.txt"; }),
              ElementsAre("the manifest is of the file other.txt"));
  EXPECT_THAT(problems_with([](Manifest& m) { m.symbol = "XBT-USD"; }),
              ElementsAre("the manifest is of the symbol XBT-USD"));
  EXPECT_THAT(problems_with([](Manifest& m) { m.closed = false; }),
              ElementsAre("the manifest has a SHA-256 though it is open"));
  put_text(manifest_path(day_file()), "{");
  EXPECT_THAT(verify(day_file()).problems, ElementsAre(HasSubstr("expected a JSON object")));
}

TEST_F(Verify, does_not_mind_a_recorder_that_runs_or_was_killed) {
  auto out = writer(asked());
  out.write(book_at(day, 1));
  out.sync();
  EXPECT_THAT(verify(day_file()).problems, IsEmpty());
  out.write(book_at(day, 2));
  DayReport report = verify(day_file());
  EXPECT_EQ(report.books, 2U);
  EXPECT_THAT(report.problems, IsEmpty());
  EXPECT_THAT(report.notes, ElementsAre(HasSubstr("the manifest is open")));
  std::ofstream{day_file(), std::ios::app} << "{\"date\"";
  report = verify(day_file());
  EXPECT_THAT(report.problems, IsEmpty());
  EXPECT_THAT(report.notes, ElementsAre(HasSubstr("torn"), HasSubstr("the manifest is open")));
  fs::resize_file(day_file(), 10);
  EXPECT_THAT(verify(day_file()).problems, ElementsAre(HasSubstr("found 10")));
}

TEST_F(Verify, finds_days_in_folders_and_manifests_whose_day_is_missing) {
  for (const int date : {day, day + 1, day + 2}) record(asked(), date, {1});
  record(asked(Compress::yes), day + 3, {1});
  put_text(folder_ / "ABC_20200101.txt", "");
  put_text(folder_ / "XBT_USD_20190823.capture.zst", "");
  put_text(folder_ / "notes.txt", "");
  fs::remove(day_file(day + 1));
  const std::string alone = manifest_path(day_file(day + 1));
  const std::vector<std::string> folders{folder_.string()};
  EXPECT_THAT(days_of(folders), ElementsAre(folder_ / "ABC_20200101.txt", day_file(day), alone,
                                            day_file(day + 2), zstd_file(day + 3)));
  const DayReport report = verify(alone);
  EXPECT_EQ(report.symbol, "XBT_USD");
  EXPECT_EQ(report.date, day + 1);
  EXPECT_THAT(report.problems, ElementsAre("the day-file of this manifest is missing"));
}

TEST_F(Verify, knows_without_manifests_which_days_go_on) {
  for (const int date : {day, day + 1})
    put_text(day_file(date), R"({"date":)" + std::to_string(date) +
                                 R"(,"time":120000000,"prices":[1,2],"volumes":[3,4]})" + "\n");
  Verifier verifier;
  EXPECT_EQ(verifier.verify(day_file()).covered, 0);
  EXPECT_EQ(verifier.verify(day_file(day + 1)).covered, 0.5);
  EXPECT_EQ(verify_day(day_file(day + 1)).covered, 0.5);
  fs::remove(day_file());
  EXPECT_EQ(verifier.verify(day_file(day + 1)).covered, 0);
}

TEST_F(Verify, takes_files_as_they_are_given) {
  record(asked(), day, {1});
  const std::vector<std::string> files{day_file()};
  EXPECT_THAT(days_of(files), ElementsAre(day_file()));
  const std::vector<std::string> missing{folder_ / "no"};
  EXPECT_THROW((void)days_of(missing), IoError);
  put_text(folder_ / "notes.txt", "");
  EXPECT_THAT(verify(folder_ / "notes.txt").problems,
              ElementsAre(HasSubstr("its name is not that of a day-file")));
  EXPECT_THROW((void)verify(day_file(day + 1)), IoError);
}

TEST_F(Verify, finds_a_day_that_stands_in_both_forms) {
  record(options(), day, {1});
  put_text(zstd_file(), zstd_frame(text_of(day_file())));
  EXPECT_THAT(verify(day_file()).problems, ElementsAre(HasSubstr(".txt.zst too")));
  EXPECT_THAT(verify(zstd_file()).problems, ElementsAre(HasSubstr(".txt too")));
}

}  // namespace
}  // namespace obkit::store
