#include "obkit/store/manifest.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/core/error.hpp"

#include "recording.hpp"
#include "test_input.hpp"

namespace obkit::store {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

Manifest sample() {
  Manifest manifest;
  manifest.origin = {"bitmex", "Primary", "ws.bitmex.com", "obsave 0.1.0"};
  manifest.symbol = "XBT/USD";
  manifest.depth = 100;
  manifest.file = "XBT_USD_20190823.txt";
  manifest.received = {
      .frames = 7,
      .sequence = {.updates = 5, .breaks = 1},
      .verified = {.by = "checksum", .checks = 3, .agreed = 2, .last = DateTime{day, 170'000'000}}};
  manifest.bytes = 1234;
  manifest.add({day, 60'000'000}, std::nullopt, std::nullopt);
  manifest.add({day, 180'000'000}, "the connection was cut", DateTime{day, 120'000'000});
  return manifest;
}

TEST(Manifest, has_the_bytes_that_the_format_says) {
  EXPECT_EQ(to_json(sample()), R"({
  "format": "obkit-manifest",
  "version": 1,
  "tool": "obsave 0.1.0",
  "venue": "bitmex",
  "symbol": "XBT/USD",
  "pool": "Primary",
  "endpoint": "ws.bitmex.com",
  "depth": 100,
  "file": "XBT_USD_20190823.txt",
  "first": "2019-08-23T06:00:00.000Z",
  "last": "2019-08-23T18:00:00.000Z",
  "books": 2,
  "frames": 7,
  "bytes": 1234,
  "sha256": null,
  "gaps": [
    {
      "from": "2019-08-23T12:00:00.000Z",
      "to": "2019-08-23T18:00:00.000Z",
      "reason": "the connection was cut"
    }
  ],
  "continues": false,
  "covered": 0.25,
  "closed": false,
  "sequence": {
    "updates": 5,
    "breaks": 1
  },
  "verified": {
    "by": "checksum",
    "checks": 3,
    "agreed": 2,
    "last": "2019-08-23T17:00:00.000Z"
  }
}
)");
}

TEST(Manifest, reads_back_what_it_wrote) {
  const std::string name = testing::TempDir() + "obkit_manifest_reads_back.json";
  Manifest full = sample();
  full.sha256 = std::string(64, 'a');
  full.closed = full.continues = true;
  full.gaps[0].from.reset();
  full.gaps[0].reason = "\"quoted\" \xFF";
  Manifest empty;
  for (const Manifest& manifest : {full, sample(), empty}) {
    write_manifest(name, manifest);
    EXPECT_EQ(to_json(read_manifest(name)), to_json(manifest));
  }
  fs::remove(name);
}

TEST(Manifest, keeps_what_is_known_of_the_instrument_digit_by_digit) {
  const ScratchFolder scratch;
  const std::string path = scratch / "X_20260101.manifest.json";
  Manifest manifest;
  manifest.origin.instrument = {.tick = "0.000000001", .unit = "BTC", .contract_size = "0.01"};
  write_manifest(path, manifest);
  EXPECT_EQ(read_manifest(path).origin.instrument, manifest.origin.instrument);
  manifest.origin.instrument = {.tick = "0.5", .unit = "", .contract_size = ""};
  write_manifest(path, manifest);
  EXPECT_EQ(read_manifest(path).origin.instrument, manifest.origin.instrument);
  manifest.origin.instrument.tick = "half";
  write_manifest(path, manifest);
  EXPECT_THROW(static_cast<void>(read_manifest(path)), DataError);
}

TEST(Manifest, covers_the_day_between_first_and_last_book_less_the_gaps) {
  const auto share = [](const std::vector<std::pair<int, int>>& gaps, bool continues) {
    Manifest manifest;
    manifest.first = DateTime{day, 60'000'000};
    manifest.last = DateTime{day, 180'000'000};
    manifest.continues = continues;
    for (const auto& [from, to] : gaps)
      manifest.gaps.push_back({DateTime{day, from}, {day, to}, "x"});
    return covered_share(manifest);
  };
  EXPECT_EQ(share({}, false), 0.5);
  EXPECT_EQ(share({}, true), 0.75) << "from midnight on";
  EXPECT_EQ(share({{90'000'000, 120'000'000}, {120'000'000, 123'000'000}}, false), 0.354167)
      << "12 h less 3.5 h";
  EXPECT_EQ(share({{30'000'000, 60'000'000}}, false), 0.5) << "a gap before the first book";
  EXPECT_EQ(covered_share({}), 0);

  Manifest restarted = sample();
  restarted.gaps[0] = {DateTime{20190822, 0}, *restarted.first, "restart"};
  EXPECT_EQ(covered_share(restarted), 0.5) << "a gap that began the day before";
}

TEST(Manifest, sums_up_the_gaps_beyond_a_number) {
  const std::string name = testing::TempDir() + "obkit_manifest_sums_up.json";
  Manifest manifest;
  for (int i = 0; i < 2500; ++i)
    manifest.add({day, 1000 * (i / 1000) + i % 1000}, "lost", manifest.last);
  EXPECT_EQ(manifest.gaps.size(), longest_gap_list);
  EXPECT_EQ(manifest.gap_count(), 2500U);
  EXPECT_EQ(manifest.more_gaps_time.count(), 2499 - 999);
  EXPECT_EQ(covered_share(manifest), 0) << "nothing but gaps";
  write_manifest(name, manifest);
  EXPECT_EQ(to_json(read_manifest(name)), to_json(manifest));
  EXPECT_EQ(read_manifest(name).gap_count(), 2500U);
  fs::remove(name);
}

TEST(Manifest, is_written_over_no_link) {
  const fs::path folder = testing::TempDir() + "obkit_manifest_link";
  fs::create_directories(folder);
  put_text(folder / "other", "another's");
  fs::remove(folder / ".m.part");
  fs::create_symlink(folder / "other", folder / ".m.part");
  write_manifest((folder / "m").string(), sample());
  EXPECT_EQ(text_of(folder / "other"), "another's");
  EXPECT_EQ(to_json(read_manifest((folder / "m").string())), to_json(sample()));
  fs::remove_all(folder);
}

TEST(Manifest, stands_beside_its_day_file) {
  EXPECT_EQ(manifest_path("a/X_20190823.txt"), "a/X_20190823.manifest.json");
  EXPECT_EQ(manifest_path("a/X_20190823.txt.zst"), "a/X_20190823.manifest.json");
}

class DamagedManifest : public RecordingTest {
 protected:
  /// What is said of the sample with `from` replaced by `to`.
  std::string complaint(const std::string& from, const std::string& to) {
    std::string text = to_json(sample());
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), to);
    return complaint(text);
  }
  std::string complaint(const std::string& text) {
    fs::remove(folder_ / "m");
    put_text(folder_ / "m", text);
    try {
      (void)read_manifest(folder_ / "m");
    } catch (const DataError& error) {
      EXPECT_THAT(error.what(), HasSubstr((folder_ / "m: ").string().substr(1)));
      return error.what();
    }
    ADD_FAILURE() << "was read: " << text;
    return {};
  }
};

TEST_F(DamagedManifest, is_refused_by_the_name_of_its_key) {
  EXPECT_THAT(complaint(""), HasSubstr("expected a JSON object"));
  EXPECT_THAT(complaint("[]"), HasSubstr("expected a JSON object"));
  EXPECT_THAT(complaint("{"), HasSubstr("expected a JSON object"));
  EXPECT_THAT(complaint("{}"), HasSubstr("expected the key 'format', found none"));
  EXPECT_THAT(complaint("obkit-manifest", "x"), HasSubstr("\"obkit-manifest\" as 'format'"));
  EXPECT_THAT(complaint("\"version\": 1", "\"version\": 2"), HasSubstr("1 as 'version', found 2"));
  EXPECT_THAT(complaint("\"books\": 2", "\"books\": -2"),
              HasSubstr("expected a whole number as 'books', found -2"));
  EXPECT_THAT(complaint("\"closed\"", "\"open\""), HasSubstr("the key 'closed'"));
  EXPECT_THAT(complaint("\"closed\": false", "\"closed\": 0"), HasSubstr("true or false"));
  EXPECT_THAT(complaint("2019-08-23T06", "2019-08-32T06"), HasSubstr("a time as"));
  EXPECT_THAT(complaint("\"gaps\": [", "\"gaps\": 1, \"x\": ["), HasSubstr("a list as 'gaps'"));
  EXPECT_THAT(complaint("\"to\"", "\"too\""), HasSubstr("the key 'to'"));
  EXPECT_THAT(complaint("\"2019-08-23T18:00:00.000Z\",\n      \"reason\"", "null, \"reason\""),
              HasSubstr("a time as 'to', found null"));
  EXPECT_THAT(complaint("\"XBT/USD\"", "7"), HasSubstr("a text as 'symbol', found 7"));
}

TEST_F(DamagedManifest, cut_at_any_byte_is_refused) {
  const std::string text = to_json(sample());
  for (std::size_t length = 0; length + 2 < text.size(); ++length)
    (void)complaint(text.substr(0, length));
}

TEST_F(DamagedManifest, is_never_left_by_a_disk_that_is_full) {
  const std::string path = folder_ / "m";
  write_manifest(path, sample());
  Manifest longer = sample();
  longer.origin.tool = std::string(1000, 'x');
  const FileSizeLimit full{800};
  EXPECT_THROW(write_manifest(path, longer), IoError);
  EXPECT_EQ(to_json(read_manifest(path)), to_json(sample()));
  EXPECT_FALSE(fs::exists(folder_ / ".m.part"));
}

}  // namespace
}  // namespace obkit::store
