#include "obkit/store/book_format.hpp"

#include <set>
#include <string_view>

#include <gtest/gtest.h>

namespace obkit::store {
namespace {

TEST(BookFormat, no_two_share_a_name_or_an_extension) {
  std::set<std::string_view> names, extensions;
  for (const BookFormat& format : book_formats()) {
    EXPECT_TRUE(names.insert(format.name).second) << format.name;
    EXPECT_TRUE(extensions.insert(format.extension).second) << format.extension;
    EXPECT_NE(format.make_lines(), nullptr) << format.name;
  }
}

TEST(BookFormat, the_extension_of_a_file_tells_it) {
  EXPECT_EQ(format_of("books/X_20190823.txt").name, "json");
  EXPECT_EQ(format_of("books/X_20190823.txt.zst").name, "json");
  EXPECT_EQ(&format_of("standard input"), &book_formats().front());
}

TEST(BookFormat, manifests_are_named_after_what_is_left_of_a_name) {
  EXPECT_EQ(without_extension("a/X_20190823.txt"), "a/X_20190823");
  EXPECT_EQ(without_extension("a/X_20190823.txt.zst"), "a/X_20190823");
  EXPECT_EQ(without_extension("a/X.zst"), "a/X");
  EXPECT_EQ(without_extension("a/X"), "a/X");
}

}  // namespace
}  // namespace obkit::store
