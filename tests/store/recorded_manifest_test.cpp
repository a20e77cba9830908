#include <array>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/core/error.hpp"
#include "obkit/store/manifest.hpp"
#include "obkit/store/verify.hpp"

#include "recording.hpp"
#include "test_input.hpp"

namespace obkit::store {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// What the program sha256sum says.
std::string sha256sum(const fs::path& path) {
  const std::unique_ptr<FILE, decltype(&pclose)> pipe{
      ::popen(("sha256sum '" + path.string() + "'").c_str(), "r"), pclose};
  std::array<char, 64> digits{};
  EXPECT_EQ(std::fread(digits.data(), 1, digits.size(), pipe.get()), digits.size());
  return {digits.data(), digits.size()};
}

class RecordedManifest : public RecordingTest, public testing::WithParamInterface<Compress> {
 protected:
  DayFileOptions asked() {
    DayFileOptions asked = options(GetParam());
    asked.manifest = RecordingOrigin{"bitmex", "Primary", "ws.example", "obsave test"};
    return asked;
  }
  fs::path file(int date = day) { return day_file(date, GetParam()); }
  Manifest manifest(int date = day) { return read_manifest(manifest_path(file(date))); }
  void record(const std::vector<int>& times) { RecordingTest::record(asked(), day, times); }
};

TEST_P(RecordedManifest, is_there_from_the_first_book_on_and_grows_with_each_sync) {
  auto out = writer(asked());
  out.write(book_at(day, 1));
  EXPECT_EQ(manifest().books, 0U);
  EXPECT_EQ(manifest().depth, 4U);
  out.add({.frames = 3});
  out.sync();
  EXPECT_EQ(manifest().books, 1U);
  EXPECT_EQ(manifest().received.frames, 3U);
  EXPECT_EQ(manifest().bytes, fs::file_size(file()));
  out.write(book_at(day, 2));
  EXPECT_EQ(manifest().books, 1U);
  out.add({.frames = 1});
  out.sync();
  EXPECT_EQ(manifest().received.frames, 4U);
  EXPECT_EQ(manifest().last, (DateTime{day, 2}));
  EXPECT_FALSE(manifest().closed);
  EXPECT_EQ(manifest().sha256, std::nullopt);
}

TEST_P(RecordedManifest, of_a_closed_day_has_all_that_is_known) {
  auto out = writer(asked());
  out.add({.frames = 5});
  out.write(book_at(day, 60'000'000));
  out.write(book_at(day, 120'000'000, true), "the connection was cut");
  out.write(book_at(day, 180'000'000, true));
  out.close();
  const Manifest manifest = this->manifest();
  EXPECT_EQ(manifest.origin.venue, "bitmex");
  EXPECT_EQ(manifest.origin.pool, "Primary");
  EXPECT_EQ(manifest.origin.endpoint_host, "ws.example");
  EXPECT_EQ(manifest.origin.tool, "obsave test");
  EXPECT_EQ(manifest.symbol, "XBT/USD");
  EXPECT_EQ(manifest.file, file().filename());
  EXPECT_EQ(manifest.first, (DateTime{day, 60'000'000}));
  EXPECT_EQ(manifest.last, (DateTime{day, 180'000'000}));
  EXPECT_EQ(manifest.books, 3U);
  EXPECT_EQ(manifest.received.frames, 5U);
  EXPECT_EQ(manifest.bytes, fs::file_size(file()));
  EXPECT_EQ(manifest.sha256, sha256sum(file()));
  EXPECT_THAT(
      manifest.gaps,
      ElementsAre(
          ManifestGap{DateTime{day, 60'000'000}, {day, 120'000'000}, "the connection was cut"},
          ManifestGap{DateTime{day, 120'000'000}, {day, 180'000'000}, "not known"}));
  EXPECT_EQ(covered_share(manifest), 0);
  EXPECT_TRUE(manifest.closed);
}

TEST_P(RecordedManifest, has_the_hash_of_a_day_that_is_written_in_large_blocks_and_gone_on_with) {
  DayFileOptions asked = this->asked();
  asked.flush = Flush::blocks;
  const auto write = [&](int first, int last) {
    auto out = writer(asked);
    for (int time = first; time < last; ++time) out.write(book_at(day, time));
    out.close();
    EXPECT_TRUE(manifest().closed);
    EXPECT_EQ(manifest().sha256, sha256sum(file()));
  };
  write(0, 20'000);
  write(20'000, 20'010);
  EXPECT_EQ(manifest().books, 20'010U);
}

TEST_P(RecordedManifest, has_the_hash_of_what_was_written_where_somebody_changed_it_in_place) {
  auto out = writer(asked());
  out.write(book_at(day, 1));
  out.sync();
  const std::string before = sha256sum(file());
  std::fstream{file(), std::ios::in | std::ios::out | std::ios::binary}.seekp(5).put('x');
  out.close();
  EXPECT_EQ(manifest().sha256, before);
  EXPECT_NE(sha256sum(file()), before);
}

TEST_P(RecordedManifest, over_midnight_covers_from_midnight_on) {
  auto out = writer(asked());
  out.write(book_at(day, 235'959'000));
  out.write(book_at(20190824, 60'000'000));
  out.write(book_at(20190825, 60'000'000, true), "resynchronised");
  out.close();
  for (const int date : {day, 20190824, 20190825}) {
    EXPECT_TRUE(manifest(date).closed);
    EXPECT_EQ(manifest(date).sha256, sha256sum(file(date)));
  }
  EXPECT_FALSE(manifest(day).continues);
  EXPECT_TRUE(manifest(20190824).continues);
  EXPECT_EQ(covered_share(manifest(20190824)), 0.25);
  EXPECT_FALSE(manifest(20190825).continues);
  EXPECT_THAT(manifest(20190825).gaps,
              ElementsAre(ManifestGap{
                  DateTime{20190824, 60'000'000}, {20190825, 60'000'000}, "resynchronised"}));
}

TEST_P(RecordedManifest, declares_a_loss_behind_the_last_book) {
  auto out = std::make_unique<DayFileWriter>(writer(asked()));
  out->write(book_at(day, 1000));
  out->write(book_at(day, 2000));
  out->lose_end({.date = day, .time = 9000}, "crossed");
  out->close();
  const ManifestGap loss{DateTime{day, 2000}, {day, 9000}, "crossed"};
  EXPECT_THAT(manifest().gaps, ElementsAre(loss));
  EXPECT_TRUE(manifest().ends_in_loss());
  EXPECT_EQ(out->gaps(), 1U) << "though no book bears it";
  EXPECT_EQ(covered_share(manifest()), std::round(1e6 / 86400) / 1e6) << "from book to book";
  const DayReport report = verify_day(file().string(), {});
  EXPECT_THAT(report.problems, IsEmpty());
  EXPECT_EQ(report.gaps, 1U);
  EXPECT_THAT(report.notes, ElementsAre(HasSubstr("until 2019-08-23T00:00:09.000Z: crossed")));
  out = std::make_unique<DayFileWriter>(writer(asked()));
  out->write(book_at(day, 10'000));
  out->close();
  EXPECT_THAT(manifest().gaps,
              ElementsAre(ManifestGap{DateTime{day, 2000}, {day, 10'000}, "restart"}))
      << "the gap of the book that came is the same";
  EXPECT_FALSE(manifest().ends_in_loss());
}

TEST_P(RecordedManifest, a_loss_that_lasts_longer_than_the_day_ends_with_it) {
  auto out = writer(asked());
  out.write(book_at(day, 1000));
  out.lose_end({.date = 20190825, .time = 0}, "cut");
  out.close();
  EXPECT_THAT(manifest().gaps,
              ElementsAre(ManifestGap{DateTime{day, 1000}, {day, 235'959'999}, "cut"}));
}

TEST_P(RecordedManifest, a_gap_over_midnight_is_declared_on_both_days) {
  auto out = writer(asked());
  out.write(book_at(day, 235'000'000));
  out.write(book_at(20190824, 60'000'000, true), "cut");
  out.close();
  EXPECT_THAT(manifest().gaps,
              ElementsAre(ManifestGap{DateTime{day, 235'000'000}, {day, 235'959'999}, "cut"}));
  EXPECT_THAT(manifest(20190824).gaps,
              ElementsAre(ManifestGap{DateTime{day, 235'000'000}, {20190824, 60'000'000}, "cut"}));
}

TEST_P(RecordedManifest, is_taken_up_by_a_restart) {
  auto out = std::make_unique<DayFileWriter>(writer(asked()));
  out->add({.frames = 10});
  out->write(book_at(day, 1));
  out->close();
  out = std::make_unique<DayFileWriter>(writer(asked()));
  out->write(book_at(day, 2));
  EXPECT_FALSE(manifest().closed);
  EXPECT_EQ(manifest().sha256, std::nullopt);
  out->add({.frames = 1});
  out->close();
  EXPECT_EQ(manifest().books, 2U);
  EXPECT_EQ(manifest().received.frames, 11U);
  EXPECT_EQ(manifest().sha256, sha256sum(file()));
  EXPECT_THAT(manifest().gaps, ElementsAre(ManifestGap{DateTime{day, 1}, {day, 2}, "restart"}));
  EXPECT_THAT(opened_.back().notes, IsEmpty());
}

TEST_P(RecordedManifest, counts_what_a_killed_recorder_wrote_behind_it) {
  record({1});
  const std::string before = text_of(manifest_path(file()));
  auto out = writer(asked());
  out.write(book_at(day, 2));
  out.write(book_at(day, 3));
  out.sync();
  put_text(manifest_path(file()), before);
  const std::string killed = text_of(file());
  out.close();
  put_text(file(), killed);
  put_text(manifest_path(file()), before);  // as kill -9 between file and manifest leaves them
  record({4});
  EXPECT_EQ(manifest().books, 4U);
  EXPECT_THAT(manifest().gaps, ElementsAre(ManifestGap{DateTime{day, 1}, {day, 2}, "not known"},
                                           ManifestGap{DateTime{day, 3}, {day, 4}, "restart"}));
  EXPECT_THAT(opened_.back().notes, IsEmpty());
}

TEST_P(RecordedManifest, that_is_missing_or_of_no_use_is_made_anew_of_the_file) {
  const auto expect_remade = [&](const std::string& note) {
    record({7});
    EXPECT_EQ(manifest().books, books_of(file()).size());
    EXPECT_EQ(manifest().first, (DateTime{day, 1}));
    EXPECT_EQ(manifest().last, (DateTime{day, 7}));
    EXPECT_EQ(manifest().sha256, sha256sum(file()));
    if (note.empty())
      EXPECT_THAT(opened_.back().notes, IsEmpty());
    else
      EXPECT_THAT(opened_.back().notes,
                  ElementsAre(testing::AllOf(HasSubstr(note), HasSubstr("counted anew"))));
  };
  record({1, 2, 3});
  const Manifest good = manifest();
  fs::remove(manifest_path(file()));
  expect_remade("");
  put_text(manifest_path(file()), "{");
  expect_remade("expected a JSON object");
  Manifest other = good;
  other.symbol = "ETHUSD";
  write_manifest(manifest_path(file()), other);
  expect_remade("it is of another recording");
  other = good;
  other.bytes = 1 << 20;
  write_manifest(manifest_path(file()), other);
  expect_remade("it does not fit the file");
  other.bytes = good.bytes - 5;
  write_manifest(manifest_path(file()), other);
  expect_remade("it does not fit the file");
}

TEST_P(RecordedManifest, made_anew_knows_that_the_day_began_before_it) {
  RecordingTest::record(asked(), day, {235'959'000});
  auto out = writer(asked());
  out.write(book_at(day, 235'959'500));
  out.write(book_at(20190824, 60'000'000));
  out.close();
  fs::remove(manifest_path(file(20190824)));
  RecordingTest::record(asked(), 20190824, {70'000'000});
  EXPECT_TRUE(manifest(20190824).continues);
}

TEST_P(RecordedManifest, of_a_later_day_names_the_last_book_before_a_restart) {
  record({5});
  RecordingTest::record(asked(), 20190825, {1});
  EXPECT_THAT(manifest(20190825).gaps,
              ElementsAre(ManifestGap{DateTime{day, 5}, {20190825, 1}, "restart"}));
  fs::remove(manifest_path(file()));
  fs::remove(file(20190825));
  fs::remove(manifest_path(file(20190825)));
  RecordingTest::record(asked(), 20190825, {1});
  EXPECT_THAT(manifest(20190825).gaps,
              ElementsAre(ManifestGap{std::nullopt, {20190825, 1}, "restart"}));
}

TEST_P(RecordedManifest, and_all_else_that_is_no_day_file_is_nothing_to_a_reader_of_folders) {
  DayFileOptions locked = asked();
  locked.lock_holder = "us";
  RecordingTest::record(locked, day, {1});
  put_text(folder_ / ".XBT_USD_20190823.txt.zst.part", "");
  put_text(folder_ / "XBT_USD_20190823.capture.zst", "");
  const std::vector<std::string> folders{folder_.string()};
  EXPECT_THAT(expand_inputs(folders, FileKind::day_file), ElementsAre(file().string()));
}

INSTANTIATE_TEST_SUITE_P(, RecordedManifest, testing::Values(Compress::no, Compress::yes),
                         [](const auto& with) {
                           return with.param == Compress::yes ? "compressed" : "plain";
                         });

}  // namespace
}  // namespace obkit::store
