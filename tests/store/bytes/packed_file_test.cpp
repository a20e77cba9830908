// Archives that are the only file of a zip or a tar.

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zip.h>

#include "obkit/core/error.hpp"
#include "obkit/store/input.hpp"

#include "../archives/archive_text.hpp"

namespace obkit::store {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

struct Member {
  std::string name, text;
};

class PackedFile : public testing::Test {
 protected:
  [[nodiscard]] std::string path(const std::string& name) const { return folder_ / name; }

  std::string zip(const std::string& name, const std::vector<Member>& members,
                  zip_int32_t method = ZIP_CM_DEFLATE) {
    int code = 0;
    zip_t* const archive = ::zip_open(path(name).c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code);
    EXPECT_NE(archive, nullptr);
    for (const Member& member : members) {
      if (member.name.ends_with('/')) {
        EXPECT_GE(::zip_dir_add(archive, member.name.c_str(), 0), 0);
        continue;
      }
      zip_source_t* const source =
          ::zip_source_buffer(archive, member.text.data(), member.text.size(), 0);
      const auto index = ::zip_file_add(archive, member.name.c_str(), source, 0);
      EXPECT_GE(index, 0);
      EXPECT_EQ(::zip_set_file_compression(archive, static_cast<zip_uint64_t>(index), method, 0),
                0);
    }
    EXPECT_EQ(::zip_close(archive), 0);
    return path(name);
  }

  /// Of files in the folder, by the program of the system.
  std::string tar(const std::string& name, const std::vector<Member>& members,
                  const std::string& options = "") {
    std::string names;
    for (const Member& member : members) {
      fs::create_directories(fs::path{path(member.name)}.parent_path());
      std::ofstream{path(member.name)} << member.text;
      names += " " + member.name;
    }
    const std::string command =
        "tar -C " + folder_.path() + " -cf " + path(name) + " " + options + names;
    EXPECT_EQ(std::system(command.c_str()), 0);
    return path(name);
  }

  static std::string read(const std::string& path) { return all_of(*open_archive_input(path)); }
  static std::string problem_of(const std::string& path) {
    try {
      return "nothing: " + read(path);
    } catch (const DataError& error) {
      return error.what();
    }
  }
  void cut(const std::string& path, std::uintmax_t bytes) {
    fs::resize_file(path, fs::file_size(path) - bytes);
  }

  ScratchFolder folder_;
};

/// More than is read without a thread.
std::string three_megabytes() {
  std::string text;
  for (int i = 0; text.size() < (std::size_t{3} << 20U); ++i) text += std::to_string(i) + "\n";
  return text;
}

TEST_F(PackedFile, the_only_file_of_a_zip_is_read_whether_compressed_or_not) {
  const std::string text = three_megabytes();
  EXPECT_EQ(read(zip("a.zip", {{"a.data", text}})), text);
  EXPECT_EQ(read(zip("b.zip", {{"b.data", text}}, ZIP_CM_STORE)), text);
}

TEST_F(PackedFile, folders_and_what_macos_adds_do_not_count) {
  EXPECT_EQ(read(zip("a.zip", {{"x/", ""}, {"__MACOSX/x/._a", "?"}, {"x/a", "books"}})), "books");
  EXPECT_EQ(read(tar("a.tar", {{"x/._a", "?"}, {"x/a", "books"}})), "books");
}

TEST_F(PackedFile, the_file_of_a_zip_may_be_compressed_itself) {
  const std::string whole = cut_gzip("text\n");  // cut, yet its text is there
  try {
    static_cast<void>(read(zip("a.zip", {{"a.csv.gz", whole}})));
    FAIL();
  } catch (const EarlyEnd&) {
    SUCCEED();
  }
}

TEST_F(PackedFile, two_files_are_refused_by_their_names) {
  const std::string problem =
      ": expected one file in it, found a and b: unpack it and name those "
      "to read";
  const std::string zipped = zip("a.zip", {{"a", "1"}, {"b", "2"}});
  EXPECT_EQ(problem_of(zipped), zipped + problem);
  const std::string tarred = tar("a.tar", {{"a", "1"}, {"b", "2"}});
  EXPECT_EQ(problem_of(tarred), tarred + problem);
  const std::string empty = zip("e.zip", {{"x/", ""}});
  EXPECT_EQ(problem_of(empty), empty + ": expected a file in it, found none");
}

TEST_F(PackedFile, a_torn_zip_says_so) {
  const std::string archive = zip("a.zip", {{"a", three_megabytes()}});
  cut(archive, 30);
  EXPECT_EQ(problem_of(archive), archive + ": the zip archive ends early");
}

TEST_F(PackedFile, a_damaged_zip_names_its_file) {
  const std::string archive = zip("a.zip", {{"a.data", three_megabytes()}});
  std::fstream file{archive, std::ios::in | std::ios::out | std::ios::binary};
  file.seekp(5000);
  file.write("damage", 6);
  file.close();
  EXPECT_THAT(problem_of(archive), HasSubstr(archive + ": a.data: it cannot be read: "));
}

TEST_F(PackedFile, a_zip_bomb_is_refused_before_it_is_read) {
  constexpr std::size_t large = (std::size_t{1} << 30) + 1;
  EXPECT_THAT(problem_of(zip("a.zip", {{"bomb", std::string(large, '\n')}})),
              HasSubstr(": bomb claims 1073741825 bytes of "));
}

TEST_F(PackedFile, the_only_file_of_a_tar_is_read_plain_or_compressed) {
  const std::string text = three_megabytes();
  EXPECT_EQ(read(tar("a.tar", {{"x/a.data", text}})), text);
  EXPECT_EQ(read(tar("b.tar.gz", {{"x/a.data", text}}, "-z")), text);
  EXPECT_EQ(read(tar("c.tar", {{"x/a.data", text}}, "--format=posix")), text);
  EXPECT_EQ(read(tar("d.tar", {{"x/a.data", text}}, "--format=v7")), text);
}

TEST_F(PackedFile, a_tar_cut_anywhere_ends_early) {
  const std::string text = "0123456789\n";
  const std::string archive = tar("a.tar", {{"a", text}});
  std::ifstream file{archive, std::ios::binary};
  const std::string bytes{std::istreambuf_iterator<char>{file}, {}};
  for (const std::size_t left : {513U, 517U, 600U, 1023U})
    EXPECT_THROW(static_cast<void>(read(folder_.file("cut", bytes.substr(0, left)))), EarlyEnd)
        << left;
  EXPECT_EQ(read(folder_.file("cut", bytes.substr(0, 1024))), text)
      << "only the blocks of zeros are missing";
}

TEST_F(PackedFile, a_damaged_header_in_a_tar_is_found) {
  const std::string archive = tar("a.tar", {{"a", std::string(600, 'x')}});
  std::fstream file{archive, std::ios::in | std::ios::out | std::ios::binary};
  file.seekp(1536);
  file.put('?');
  file.close();
  EXPECT_EQ(problem_of(archive), archive + ": damaged tar archive: expected the header of a file");
}

TEST_F(PackedFile, what_is_neither_is_given_as_it_is) {
  const std::string text(700, 'x');
  EXPECT_EQ(read(folder_.file("a", text)), text);
  EXPECT_EQ(read(folder_.file("b", "")), "");
  EXPECT_EQ(read(folder_.file("c.zip", "{}")), "{}");
}

TEST_F(PackedFile, is_an_archive_of_a_folder) {
  const auto zipped = zip("a.zip", {{"a", "1600000002\t{}\n"}});
  const auto tarred = tar("b.tar.gz", {{"x/b", "1600000001\t{}\n"}}, "-z");
  fs::remove_all(path("x"));
  const std::vector<std::string> folder{folder_.path()};
  EXPECT_THAT(expand_inputs(folder, FileKind::archive), ElementsAre(tarred, zipped));
}

}  // namespace
}  // namespace obkit::store
