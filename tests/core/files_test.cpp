#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "obkit/core/descriptor.hpp"
#include "obkit/core/error.hpp"
#include "obkit/core/part_file.hpp"

namespace obkit {
namespace {

namespace fs = std::filesystem;

class Files : public testing::Test {
 protected:
  Files() { fs::create_directories(folder); }
  ~Files() override { fs::remove_all(folder); }

  [[nodiscard]] std::string path(const char* name) const { return folder / name; }
  [[nodiscard]] std::string text_of(const char* name) const {
    std::ifstream file{path(name)};
    return {std::istreambuf_iterator<char>{file}, {}};
  }
  [[nodiscard]] std::size_t count() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator{folder}, {}));
  }

  fs::path folder = fs::temp_directory_path() / ("obkit_files." + std::to_string(::getpid()));
};

bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

using DescriptorTest = Files;
using PartFileTest = Files;

TEST_F(DescriptorTest, closes_what_it_owns) {
  int fd = -1;
  {
    const Descriptor file{::open(path("file").c_str(), O_WRONLY | O_CREAT, 0600)};
    fd = file.get();
    EXPECT_TRUE(file.is_open());
    EXPECT_TRUE(is_open(fd));
  }
  EXPECT_FALSE(is_open(fd));
}

TEST_F(DescriptorTest, has_one_owner_after_a_move) {
  Descriptor first = open_nameless_file(folder);
  const int fd = first.get();
  Descriptor second{std::move(first)};
  EXPECT_FALSE(first.is_open());  // NOLINT(bugprone-use-after-move): that is the point
  Descriptor third = open_nameless_file(folder);
  const int replaced = third.get();
  third = std::move(second);
  EXPECT_EQ(third.get(), fd);
  EXPECT_FALSE(is_open(replaced));
  EXPECT_TRUE(is_open(fd));
  Descriptor& same = third;
  third = std::move(same);
  EXPECT_TRUE(is_open(fd)) << "moved to itself";
}

TEST_F(DescriptorTest, gives_away_and_says_why_a_close_failed) {
  Descriptor file = open_nameless_file(folder);
  const int fd = file.release();
  EXPECT_FALSE(file.is_open());
  EXPECT_EQ(file.close(), 0) << "it holds none";
  Descriptor again{fd};
  ASSERT_EQ(::close(fd), 0);
  EXPECT_EQ(again.close(), EBADF);
  EXPECT_FALSE(again.is_open());
}

TEST_F(DescriptorTest, a_nameless_file_leaves_nothing_in_its_folder) {
  const Descriptor file = open_nameless_file(folder);
  ASSERT_TRUE(file.is_open());
  EXPECT_EQ(count(), 0U);
  write_all(file.get(), "0123456789", "it");
  std::array<char, 4> front{}, end{};
  EXPECT_EQ(read_at(file.get(), 2, front, "it"), 4U);
  EXPECT_EQ(std::string(front.data(), 4), "2345");
  EXPECT_EQ(read_at(file.get(), 8, end, "it"), 2U) << "the file ends";
  EXPECT_EQ(std::string(end.data(), 2), "89");
  write_at(file.get(), 9, std::string_view{"ab"}, "it");
  EXPECT_EQ(read_at(file.get(), 8, front, "it"), 3U);
  EXPECT_EQ(std::string(front.data(), 3), "8ab");
}

TEST_F(DescriptorTest, no_folder_gives_none_and_errno) {
  errno = 0;
  const Descriptor file = open_nameless_file(path("absent"));
  EXPECT_EQ(errno, ENOENT);
  EXPECT_FALSE(file.is_open());
}

TEST_F(DescriptorTest, errors_of_reading_and_writing_have_the_name) {
  const Descriptor full{::open("/dev/full", O_WRONLY)};
  std::array<char, 1> byte{};
  try {
    write_all(full.get(), "x", "a file");
    FAIL();
  } catch (const IoError& error) {
    EXPECT_STREQ(error.what(), "cannot write a file: No space left on device");
  }
  EXPECT_THROW((void)read_at(full.get(), 0, byte, "a file"), IoError);
}

TEST_F(PartFileTest, replaces_what_has_its_first_name_and_follows_no_link) {
  std::ofstream{path("other")} << "kept";
  fs::create_symlink(path("other"), path("new.part"));
  PartFile file{path("new")};
  file.write("whole");
  file.finish();
  EXPECT_EQ(text_of("new"), "whole");
  EXPECT_EQ(text_of("other"), "kept");
  EXPECT_FALSE(fs::is_symlink(path("new")));
}

TEST_F(PartFileTest, has_its_name_when_it_is_finished) {
  {
    PartFile file{path("a")};
    file.write("text");
    EXPECT_TRUE(fs::exists(path("a.part")));
    EXPECT_FALSE(fs::exists(path("a")));
    file.sync();
    file.finish();
  }
  EXPECT_EQ(text_of("a"), "text");
  EXPECT_EQ(count(), 1U);
}

TEST_F(PartFileTest, is_hidden_on_request) {
  PartFile file{path("a"), PartFile::Name::hidden};
  EXPECT_TRUE(fs::exists(path(".a.part")));
  file.finish();
  EXPECT_TRUE(fs::exists(path("a")));
}

TEST_F(PartFileTest, unfinished_leaves_the_old_file) {
  std::ofstream{path("a")} << "old";
  PartFile{path("a")}.write("new");
  EXPECT_EQ(text_of("a"), "old");
  EXPECT_EQ(count(), 1U);
}

TEST_F(PartFileTest, replaces_or_refuses_a_file_that_is_there) {
  std::ofstream{path("a")} << "old";
  {
    PartFile refused{path("a")};
    refused.write("new");
    EXPECT_THROW(refused.finish(Existing::refuse), IoError);
  }
  EXPECT_EQ(text_of("a"), "old");
  PartFile file{path("a")};
  file.write("new");
  file.finish(Existing::overwrite);
  EXPECT_EQ(text_of("a"), "new");
  EXPECT_EQ(count(), 1U);
}

TEST_F(PartFileTest, takes_a_free_name_without_replacing) {
  {
    PartFile file{path("a")};
    file.write("new");
    file.finish(Existing::refuse);
  }
  EXPECT_EQ(text_of("a"), "new");
  EXPECT_EQ(count(), 1U);
}

TEST_F(PartFileTest, a_relative_path_stays_in_its_folder) {
  const fs::path before = fs::current_path();
  fs::current_path(folder);
  {
    PartFile file{"a", PartFile::Name::hidden};
    EXPECT_TRUE(fs::exists(path(".a.part")));
    file.finish();
  }
  fs::current_path(before);
  EXPECT_TRUE(fs::exists(path("a")));
}

TEST_F(PartFileTest, a_folder_that_is_missing_is_named) {
  try {
    const PartFile file{path("no/file")};
    FAIL();
  } catch (const IoError& error) {
    EXPECT_EQ(error.what(), "cannot create " + path("no/file") + ": No such file or directory");
  }
}

}  // namespace
}  // namespace obkit
