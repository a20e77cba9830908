#include <filesystem>
#include <sys/stat.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/core/error.hpp"

#include "archive_text.hpp"

namespace obkit::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> archives_of(const ScratchFolder& folder) {
  const std::vector<std::string> paths{folder.path()};
  return expand_inputs(paths, FileKind::archive);
}

TEST(ArchiveFolder, is_its_archives_by_the_time_of_their_first_line) {
  const ScratchFolder folder;
  const auto third = folder.file("a.tsv", "1600000300\t{}\n"),
             first = folder.file("d.csv", change_header + image(100));
  const auto fourth = folder.file("b.capture", "\n\n2020-09-13T12:33:20Z {}\n");
  const auto second = folder.file("c.capture.zst", "1600000200: {}\n");
  EXPECT_THAT(archives_of(folder), ElementsAre(first, second, third, fourth));
}

TEST(ArchiveFolder, has_captures_symbol_by_symbol_so_that_each_day_goes_on_in_the_next) {
  const ScratchFolder folder;
  const auto b2 = folder.file("B_20190824.capture.zst", "1566604801\tb2\n"),
             b1 = folder.file("B_20190823.capture.zst", "1566518400\tb1\n1566604799\tb1\n"),
             a2 = folder.file("A_20190824.capture", "1566604800\ta2\n"),
             a1 = folder.file("A_20190823.capture.zst", "1566518401\ta1\n1566604798\ta1\n"),
             other = folder.file("Z.csv", change_header + image(0));
  EXPECT_THAT(archives_of(folder), ElementsAre(other, a1, a2, b1, b2));
  ArchiveReader reader{{a1, a2, b1, b2}};
  EXPECT_EQ(brief(reader), "f(a1) f(a1) f(a2) X f(b1) f(b1) f(b2)");
}

TEST(ArchiveFolder, has_those_of_its_folders_in_the_order_of_time) {
  const ScratchFolder folder;
  const auto in = [&](const std::string& path, const std::string& text) {
    const auto parent = std::filesystem::path{folder.path() + "/" + path}.parent_path();
    std::filesystem::create_directories(parent);
    return folder.file(path, text);
  };
  // As the clients of Tardis keep them: tables by day, frames by minute.
  const auto second =
      in("deribit/incremental_book_L2/2020/09/14/BTC.csv.gz", change_header + image(200));
  const auto first =
      in("deribit/incremental_book_L2/2020/09/13/BTC.csv.gz", change_header + image(100));
  const auto fourth = in("feeds/bitmex/2020/09/14/00/01.json.gz", "2020-09-14T00:01:00.5Z {}\n");
  const auto third = in("feeds/bitmex/2020/09/14/00/00.json.gz", "2020-09-14T00:00:00.5Z {}\n");
  const auto fifth = in("feeds/bitmex/2020/09/14/01/00.json.gz", "2020-09-14T01:00:00.5Z {}\n");
  (void)in(".hidden/x.csv", "no archive");
  (void)in("deribit/empty/2020/09/13/BTC.csv.gz", "");
  std::filesystem::create_directory_symlink(folder.path(), folder.path() + "/circle");
  EXPECT_THAT(archives_of(folder), ElementsAre(first, second, third, fourth, fifth));
}

TEST(ArchiveFolder, has_files_of_the_same_time_by_name) {
  const ScratchFolder folder;
  const auto b = folder.file("b.tsv", "1\t{}\n"), a = folder.file("a.tsv", "1\t{}\n");
  EXPECT_THAT(archives_of(folder), ElementsAre(a, b));
}

TEST(ArchiveFolder, leaves_out_what_is_no_archive) {
  const ScratchFolder folder;
  const auto dump = folder.file("BITMEX.ws.1.0", "configuration: {}\n1.5: {}\n");
  for (const char* other :
       {"XBTUSD_20190823.txt", "XBTUSD_20190824.txt.zst", "XBTUSD_20190823.manifest.json",
        "XBTUSD_20190823.ds", "XBTUSD_20190823.ds.zst", "model.json", "notes", "x.capture.zst.part",
        ".XBTUSD.lock", ".hidden.csv"})
    (void)folder.file(other, "{\"a\": 1}\n");
  for (const char* empty : {"empty.capture.zst", "only_disconnects.capture"})
    (void)folder.file(empty, std::string_view{"\n"}.substr(0, empty[0] == 'o' ? 1 : 0));
  std::filesystem::create_directory(folder.path() + "/folder.csv");
  ASSERT_EQ(::mkfifo((folder.path() + "/pipe.csv").c_str(), 0600), 0);
  EXPECT_THAT(archives_of(folder), ElementsAre(dump));
}

TEST(ArchiveFolder, names_the_file_that_only_looks_like_an_archive) {
  for (const char* name : {"x.capture", "x.csv", "x.tsv", "x.json.gz", "x.csv.gz", "x.zst"}) {
    const ScratchFolder folder;
    const auto wrong = folder.file(name, "{\"a\": 1}\n");
    try {
      (void)archives_of(folder);
      FAIL() << name;
    } catch (const DataError& error) {
      EXPECT_THAT(error.what(), HasSubstr(wrong + ":1: expected '2021-07-22T"));
    }
  }
}

TEST(ArchiveFolder, refuses_a_file_that_is_there_plain_and_compressed) {
  const ScratchFolder folder;
  (void)folder.file("a.csv", change_header + image(1));
  (void)folder.file("a.csv.gz", change_header + image(1));
  EXPECT_THROW((void)archives_of(folder), UsageError);
}

TEST(ArchiveFolder, without_an_archive_is_an_error) {
  const ScratchFolder folder;
  try {
    (void)archives_of(folder);
    FAIL();
  } catch (const IoError& error) {
    EXPECT_THAT(error.what(), HasSubstr("no capture or archive"));
  }
}

TEST(ArchiveFolder, files_by_name_stay_in_the_order_given_and_unread) {
  const ScratchFolder folder;
  const std::vector<std::string> paths{folder.file("b.csv", "no archive"), "-",
                                       folder.file("a.csv", "")};
  EXPECT_EQ(expand_inputs(paths, FileKind::archive), paths);
}

}  // namespace
}  // namespace obkit::store
