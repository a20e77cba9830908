#include "obkit/store/input_hashes.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

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
  EXPECT_EQ(hashes.of("another"), std::nullopt);
}

TEST(InputHashes, are_not_told_of_what_was_read_in_part) {
  const ScratchFolder folder;
  const std::string path = folder.file("X_20190823.txt", book_line(1) + book_line(2));
  InputHashes hashes;
  {
    BookStream books{hashes.follow(std::make_unique<Files>(std::vector{path})), BadLine::skip};
    ASSERT_TRUE(books.next());
  }
  EXPECT_EQ(hashes.of(path), std::nullopt);
}

}  // namespace
}  // namespace obkit::store
