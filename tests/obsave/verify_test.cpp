#include <filesystem>
#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/core/error.hpp"

#include "log_watch.hpp"
#include "memory_sink.hpp"
#include "obsave/output.hpp"
#include "obsave/run.hpp"
#include "scratch_folder.hpp"
#include "small_book.hpp"

namespace obkit::obsave {
namespace {

namespace fs = std::filesystem;
using testing::EndsWith;
using testing::HasSubstr;

class VerifyTest : public testing::Test {
 protected:
  VerifyTest() {
    FolderOutput out{
        {.folder = folder_,
         .symbol = {},
         .manifest = store::RecordingOrigin{
             .venue = "bitmex", .pool = "Primary", .endpoint_host = "localhost", .tool = "test"}}};
    out.write("X", book_at(0), {});
    out.write("X", book_at(43'200'000, true), "a cut");  // 04:32 that is missing of the day
    out.write("X", book_at(235'959'999), {});
    out.write("Y", book_at(120'000'000), {});
    out.close();
  }
  /// What is printed; the error is kept.
  std::string report() {
    std::string text;
    bool closed = false;
    MemorySink sink{text, closed};
    try {
      verify({folder_}, sink);
    } catch (const DataError& error) {
      error_ = error.what();
    }
    EXPECT_TRUE(closed);
    return text;
  }

  ScratchFolder scratch_;
  LogWatch log_;
  std::string folder_ = scratch_ / "books";
  std::string x_ = folder_ + "/X_20210722.txt";
  std::string error_;
};

TEST_F(VerifyTest, a_line_a_day_says_that_all_is_well) {
  EXPECT_EQ(report(),
            "date      symbol                    books   gaps covered %  crossed  state\n"
            "20210722  X                             3      1    81.111        0  ok\n"
            "20210722  Y                             1      0     0.000        0  ok\n"
            "2 day-files, 0 wrong\n");
  EXPECT_EQ(error_, "");
}

TEST_F(VerifyTest, a_bit_that_flipped_is_found_and_named) {
  std::fstream file{x_, std::ios::in | std::ios::out};
  file.seekp(70);
  const int before = file.peek();
  file.put(static_cast<char>(before ^ 1));
  file.close();
  const std::string text = report();
  EXPECT_THAT(text, HasSubstr("  WRONG\n    wrong: "));
  EXPECT_THAT(text, HasSubstr("SHA-256"));
  EXPECT_THAT(text, EndsWith("2 day-files, 1 wrong\n"));
  EXPECT_EQ(error_, x_ + ": 1 day-file of 2 wrong, see above");
}

TEST_F(VerifyTest, a_day_file_that_is_missing_is_wrong) {
  fs::remove(x_);
  EXPECT_THAT(report(), HasSubstr("wrong: the day-file of this manifest is missing\n"));
  EXPECT_NE(error_, "");
}

TEST_F(VerifyTest, a_manifest_that_is_missing_is_worth_a_note) {
  fs::remove(folder_ + "/Y_20210722.manifest.json");
  EXPECT_THAT(report(), HasSubstr("  ok\n    note: it has no manifest\n"));
  EXPECT_EQ(error_, "");
}

TEST_F(VerifyTest, a_torn_end_is_wrong_where_the_file_was_closed) {
  fs::resize_file(x_, fs::file_size(x_) - 5);
  EXPECT_THAT(report(), HasSubstr("WRONG"));
}

TEST_F(VerifyTest, where_there_is_nothing_there_is_nothing_to_verify) {
  std::string text;
  bool closed = false;
  MemorySink sink{text, closed};
  fs::create_directory(scratch_ / "empty");
  EXPECT_THROW(verify({scratch_ / "empty"}, sink), IoError);
  EXPECT_THROW(verify({scratch_ / "missing"}, sink), IoError);
  EXPECT_EQ(text, "");
}

}  // namespace
}  // namespace obkit::obsave
