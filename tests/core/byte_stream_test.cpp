#include "obkit/core/byte_stream.hpp"

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "obkit/core/error.hpp"
#include "obkit/core/file_sink.hpp"

namespace obkit {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

class ByteStream : public testing::Test {
 protected:
  ByteStream() { fs::create_directories(folder); }
  ~ByteStream() override { fs::remove_all(folder); }

  [[nodiscard]] std::string path(const char* name) const { return folder / name; }

  fs::path folder = fs::temp_directory_path() / ("obkit_byte_stream." + std::to_string(::getpid()));
};

TEST_F(ByteStream, a_closed_sink_has_the_final_name_and_all_bytes) {
  const std::string bytes(1'000'000, 'x');
  auto sink = open_sink(path("out"), Existing::refuse);
  sink->write(bytes);
  EXPECT_FALSE(fs::exists(path("out")));
  sink->close();
  sink.reset();
  EXPECT_EQ(read_all(path("out"), 2'000'000), bytes);
  EXPECT_FALSE(fs::exists(path("out.part")));
}

TEST_F(ByteStream, a_sink_that_is_not_closed_leaves_nothing) {
  open_sink(path("out"), Existing::refuse)->write("half");
  EXPECT_TRUE(fs::is_empty(folder));
}

TEST_F(ByteStream, an_existing_file_is_refused_unless_it_may_be_overwritten) {
  std::ofstream{path("out")} << "old";
  EXPECT_THROW((void)open_sink(path("out"), Existing::refuse), IoError);
  auto sink = open_sink(path("out"), Existing::overwrite);
  sink->write("new");
  EXPECT_EQ(read_all(path("out"), 10), "old");
  sink->close();
  EXPECT_EQ(read_all(path("out"), 10), "new");
}

TEST_F(ByteStream, a_file_that_appears_meanwhile_survives) {
  auto sink = open_sink(path("out"), Existing::refuse);
  std::ofstream{path("out")} << "theirs";
  EXPECT_THROW(sink->close(), IoError);
  EXPECT_EQ(read_all(path("out"), 10), "theirs");
}

TEST_F(ByteStream, a_signal_handler_can_remove_unfinished_files) {
  auto sink = open_sink(path("out"), Existing::refuse);
  remove_unfinished_files();
  EXPECT_TRUE(fs::is_empty(folder));
}

TEST_F(ByteStream, what_a_file_has_is_replaced_until_it_is_closed) {
  const auto sink = open_sink(path("out"), Existing::refuse);
  auto* const file = dynamic_cast<FileSink*>(sink.get());
  ASSERT_NE(file, nullptr);
  file->write("......two......");
  file->overwrite(0, "one");
  file->write("three");
  file->overwrite(9, " and ");
  file->close();
  EXPECT_EQ(read_all(path("out"), 100), "one...two and .three");
  const auto device = open_sink("/dev/null", Existing::refuse);
  EXPECT_EQ(dynamic_cast<FileSink*>(device.get()), nullptr);
}

TEST_F(ByteStream, a_full_device_is_an_error_when_flushed) {
  const auto sink = open_sink("/dev/full", Existing::refuse);
  sink->write("x");
  EXPECT_THROW(sink->flush(), IoError);
}

TEST_F(ByteStream, errors_name_path_and_reason) {
  try {
    (void)open_source(path("absent"));
    FAIL();
  } catch (const IoError& error) {
    EXPECT_EQ(error.what(), "cannot open " + path("absent") + ": No such file or directory");
    EXPECT_EQ(error.error_number(), ENOENT);
  }
  EXPECT_THROW((void)open_source(folder), IoError);
  EXPECT_THROW((void)open_sink(path("no/such/folder"), Existing::refuse), IoError);
}

TEST_F(ByteStream, a_source_says_whether_reading_would_wait) {
  std::ofstream{path("file")} << "x";
  ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
  const int end = ::open(path("pipe").c_str(), O_RDWR);
  ASSERT_GE(end, 0);
  const auto file = open_source(path("file")), pipe = open_source(path("pipe"));
  std::string block(10, ' ');
  EXPECT_FALSE(file->would_wait(0ms));
  EXPECT_EQ(file->read(block), 1U);
  EXPECT_FALSE(file->would_wait(0ms)) << "at the end of a file too";
  EXPECT_TRUE(pipe->would_wait(0ms));
  ASSERT_EQ(::write(end, "yz", 2), 2);
  EXPECT_FALSE(pipe->would_wait(0ms));
  EXPECT_EQ(pipe->read(block), 2U);
  EXPECT_TRUE(pipe->would_wait(0ms));
  ::close(end);
  EXPECT_FALSE(pipe->would_wait(0ms)) << "nobody will write any more";
  EXPECT_EQ(pipe->read(block), 0U);
}

TEST_F(ByteStream, read_all_stops_at_its_limit) {
  std::ofstream{path("in")} << "12345";
  EXPECT_THROW((void)read_all(path("in"), 4), DataError);
  EXPECT_EQ(read_all(path("in"), 5), "12345");
}

TEST(Errors, a_data_error_names_file_line_and_column) {
  EXPECT_STREQ((DataError{{"a.txt", 7, 3}, "expected x"}.what()), "a.txt:7:3: expected x");
  EXPECT_STREQ((DataError{{"a.txt", 7}, "expected x"}.what()), "a.txt:7: expected x");
  EXPECT_STREQ((DataError{{"a.txt"}, "expected x"}.what()), "a.txt: expected x");
}

}  // namespace
}  // namespace obkit
