#include "obkit/store/input_hashes.hpp"

#include <cstddef>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "obkit/core/error.hpp"
#include "obkit/store/book_stream.hpp"

#include "../test_input.hpp"

namespace obkit::store {
namespace {

class Files final : public InputSequence {
 public:
  explicit Files(std::vector<std::string> paths) : paths_{std::move(paths)} {}

  std::optional<Input> next() override {
    if (given_ == paths_.size()) return std::nullopt;
    const std::string& path = paths_[given_++];
    return Input{.path = path, .source = open_source(path), .ahead = ahead_for(path)};
  }

 private:
  std::vector<std::string> paths_;
  std::size_t given_ = 0;
};

TEST(InputHashes, are_those_of_the_files_as_they_are_on_the_disk) {
  const ScratchFolder folder;
  std::string large;
  for (int time = 0; time < 30'000; ++time) large += book_line(time);
  const std::vector<std::string> paths{
      folder.file("X_20190823.txt", book_line(1)), folder.file("X_20190824.txt", large),
      folder.file("X_20190825.txt.gz", cut_gzip(large)), folder.file("X_20190826.txt", "")};
  InputHashes hashes;
  BookStream books{hashes.follow(std::make_unique<Files>(paths)), BadLine::skip};
  int count = 0;
  while (books.next()) ++count;
  EXPECT_EQ(count, 60'001);
  for (const std::string& path : paths) EXPECT_EQ(hashes.of(path), sha256_of_file(path)) << path;
  EXPECT_EQ(hashes.of("-"), "");
}

/// Reads all of it.
void read(InputHashes& hashes, const std::string& path) {
  const auto source = hashes.open_input(path);
  std::vector<char> block(std::size_t{256} * 1024);
  while (source->read(block) > 0) continue;
}

TEST(InputHashes, are_those_of_what_was_read_though_the_file_changes_then) {
  const ScratchFolder folder;
  const std::string path = folder.file("X_20190823.txt", book_line(1));
  const std::string as_read = sha256_of_file(path);
  InputHashes hashes;
  read(hashes, path);
  std::ofstream{path, std::ios::app} << book_line(2);
  EXPECT_NE(sha256_of_file(path), as_read);
  EXPECT_EQ(hashes.of(path), as_read);
}

TEST(InputHashes, are_made_anew_of_what_was_read_in_part_or_not_at_all) {
  const ScratchFolder folder;
  const std::string path = folder.file("X_20190823.txt", book_line(1) + book_line(2));
  const std::string other = folder.file("X_20190824.txt", book_line(3));
  InputHashes hashes;
  {
    BookStream books{hashes.follow(std::make_unique<Files>(std::vector{path})), BadLine::skip};
    ASSERT_TRUE(books.next());
  }
  EXPECT_EQ(hashes.of(path), sha256_of_file(path));
  EXPECT_EQ(hashes.of(other), sha256_of_file(other));
  EXPECT_THROW(static_cast<void>(hashes.of(folder / "missing")), IoError);
}

TEST(InputHashes, are_of_several_files_that_are_read_side_by_side) {
  const ScratchFolder folder;
  std::vector<std::string> paths;
  for (int i = 0; i < 4; ++i)
    paths.push_back(folder.file("X_2019082" + std::to_string(i) + ".txt",
                                std::string(std::size_t{1'000'000}, static_cast<char>('a' + i))));
  InputHashes hashes;
  {
    std::vector<std::jthread> threads;
    for (const std::string& path : paths) threads.emplace_back([&] { read(hashes, path); });
  }
  for (const std::string& path : paths) EXPECT_EQ(hashes.of(path), sha256_of_file(path)) << path;
}

}  // namespace
}  // namespace obkit::store
