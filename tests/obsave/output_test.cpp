#include "obsave/output.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <climits>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <sys/resource.h>
#include <vector>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "obkit/core/error.hpp"
#include "obkit/store/day_file_reader.hpp"
#include "obkit/store/manifest.hpp"
#include "obkit/store/verify.hpp"

#include "log_watch.hpp"
#include "small_book.hpp"
#include "support/memory_sink.hpp"
#include "support/scratch_folder.hpp"

namespace obkit::obsave {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class StreamOutputTest : public testing::Test {
 protected:
  StreamOutput output(std::size_t most_waiting, NameSymbol name_symbol) {
    return {std::make_unique<MemorySink>(text_, closed_), most_waiting, name_symbol};
  }
  std::string text_;
  bool closed_ = false;
};

TEST_F(StreamOutputTest, a_line_can_be_read_at_once) {
  auto out = output(0, NameSymbol::never);
  out.write("X", book_at(7), {});
  EXPECT_EQ(text_, "{\"date\":20210722,\"time\":7,\"prices\":[1,2],\"volumes\":[3,4]}\n");
}

TEST_F(StreamOutputTest, lines_of_several_symbols_bear_them) {
  auto out = output(1000, NameSymbol::always);
  out.write("X", book_at(7, true), {});
  EXPECT_EQ(text_, "");
  out.close();
  EXPECT_EQ(text_,
            "{\"date\":20210722,\"time\":7,\"prices\":[1,2],\"volumes\":[3,4],\"gap\":true,"
            "\"symbol\":\"X\"}\n");
  EXPECT_TRUE(closed_);
  EXPECT_EQ(out.counts().gaps, 1U);
}

TEST_F(StreamOutputTest, a_loss_at_the_end_counts_as_a_gap_until_a_book_comes) {
  auto out = output(0, NameSymbol::never);
  out.write("X", book_at(7), {});
  out.lose_end("X", Timestamp{}, "cut");
  EXPECT_EQ(out.counts().gaps, 1U);
  EXPECT_EQ(out.symbol_counts().at("X").gaps, 1U);
  out.write("X", book_at(8, true), "cut");
  EXPECT_EQ(out.counts().gaps, 1U) << "the book bears it";
}

TEST_F(StreamOutputTest, lines_bear_a_symbol_from_the_second_one_on_where_nobody_named_any) {
  auto out = output(0, NameSymbol::with_second);
  out.write("X", book_at(7), {});
  EXPECT_THAT(text_, Not(testing::HasSubstr("symbol")));
  out.write("Y", book_at(7), {});
  EXPECT_TRUE(text_.ends_with(",\"symbol\":\"Y\"}\n"));
  out.write("X", book_at(8), {});
  EXPECT_TRUE(text_.ends_with(",\"symbol\":\"X\"}\n"));
}

TEST_F(StreamOutputTest, whatever_an_archive_calls_a_symbol_the_line_is_json) {
  auto out = output(0, NameSymbol::always);
  out.write("A\"B\\C\n", book_at(7), {});
  EXPECT_TRUE(text_.ends_with(R"(,"symbol":"A\"B\\C\u000a"})"
                              "\n"))
      << text_;
}

TEST_F(StreamOutputTest, times_of_each_symbol_never_go_back) {
  auto out = output(0, NameSymbol::never);
  out.write("X", book_at(7), {});
  out.write("Y", book_at(5), {});
  out.write("X", book_at(6), {});
  EXPECT_EQ(out.counts().clamped, 1U);
  EXPECT_TRUE(
      text_.ends_with("{\"date\":20210722,\"time\":7,\"prices\":[1,2],\"volumes\":[3,4]}\n"));
}

TEST_F(StreamOutputTest, lines_that_wait_leave_together) {
  auto out = output(1000, NameSymbol::never);
  out.write("X", book_at(7), {});
  EXPECT_TRUE(out.has_waiting_lines());
  out.write("X", book_at(8), {});
  EXPECT_EQ(text_, "");
  out.flush();
  EXPECT_EQ(std::count(text_.begin(), text_.end(), '\n'), 2);
  EXPECT_FALSE(out.has_waiting_lines());
  for (int time = 9; time < 30; ++time) out.write("X", book_at(time), {});
  EXPECT_GT(text_.size(), 1000U) << "so many do not wait for the flush";
}

/// Standard output is a pipe that keeps the bounds of what is written to it.
class StandardPipe {
 public:
  StandardPipe() : before_{::dup(STDOUT_FILENO)} {
    EXPECT_EQ(::pipe2(ends_.data(), O_DIRECT), 0);
    ::dup2(ends_[1], STDOUT_FILENO);
  }
  StandardPipe(const StandardPipe&) = delete;
  StandardPipe& operator=(const StandardPipe&) = delete;
  ~StandardPipe() {
    ::dup2(before_, STDOUT_FILENO);
    for (const int one : {before_, ends_[0], ends_[1]}) ::close(one);
  }
  [[nodiscard]] std::string next() const {
    std::string bytes(PIPE_BUF, '\0');
    bytes.resize(static_cast<std::size_t>(::read(ends_[0], bytes.data(), bytes.size())));
    return bytes;
  }

 private:
  int before_;
  std::array<int, 2> ends_{};
};

TEST(StandardOutput, a_pipe_gets_whole_lines_where_they_fit) {
  const std::string line(1500, 'x'), giant(5000, 'y');
  std::vector<std::string> pieces;
  {
    const StandardPipe pipe;
    const std::atomic<bool> stop = false;
    open_standard_output(stop)->write(line + "\n" + line + "\n" + line + "\n" + giant + "\n");
    for (int i = 0; i < 4; ++i) pieces.push_back(pipe.next());
  }
  EXPECT_EQ(pieces[0], line + "\n" + line + "\n");
  EXPECT_EQ(pieces[1], line + "\n");
  EXPECT_EQ(pieces[2] + pieces[3], giant + "\n");
}

/// No file of the process grows beyond `bytes`.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : before_{limit()}, signal_{std::signal(SIGXFSZ, SIG_IGN)} {
    const rlimit smaller{.rlim_cur = bytes, .rlim_max = before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &smaller);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, signal_);
  }

 private:
  static rlimit limit() {
    rlimit now{};
    ::getrlimit(RLIMIT_FSIZE, &now);
    return now;
  }
  rlimit before_;
  void (*signal_)(int);
};

class PatientOutputTest : public testing::Test {
 protected:
  store::DayFileOptions options() {
    return {
        .folder = folder_,
        .symbol = {},
        .lock_holder = "this test",
        .manifest = store::RecordingOrigin{
            .venue = "bitmex", .pool = "Primary", .endpoint_host = "localhost", .tool = "test"}};
  }
  /// The folder is gone, and cannot be made again.
  void take_folder_away() {
    fs::rename(folder_, folder_ + ".away");
    std::ofstream{folder_} << "in the way";
  }
  void give_folder_back() {
    fs::remove(folder_);
    fs::rename(folder_ + ".away", folder_);
  }
  [[nodiscard]] store::Manifest manifest() const {
    return store::read_manifest(folder_ + "/X_20210722.manifest.json");
  }
  void expect_sound_files() {
    const std::vector<std::string> paths{folder_};
    for (const std::string& day : store::days_of(paths))
      EXPECT_THAT(store::verify_day(day).problems, IsEmpty());
  }

  ScratchFolder scratch_;
  std::string folder_ = scratch_ / "books";
  LogWatch log_;
};

TEST_F(PatientOutputTest, says_once_that_it_cannot_write_and_once_that_it_can_again) {
  FolderOutput folder{options()};
  PatientOutput out{folder};
  out.write("X", book_at(1), {});
  out.sync();
  EXPECT_EQ(out.trouble(), "");
  take_folder_away();
  out.check();
  EXPECT_THAT(out.trouble(), HasSubstr(folder_));
  const std::string said = log_.text();
  EXPECT_THAT(said, testing::StartsWith("error: cannot "));
  EXPECT_THAT(said, HasSubstr("; going on when it can be written again\n"));
  for (int time = 2; time < 10; ++time) {
    out.write("X", book_at(time), {});
    out.sync();
    out.check();
    if (time % 2 == 0) out.retry();
  }
  EXPECT_EQ(log_.text(), said) << "once is enough";
  EXPECT_EQ(out.counts().lost, 8U);

  give_folder_back();
  out.retry();
  out.write("X", book_at(10), {});
  EXPECT_EQ(out.trouble(), "");
  EXPECT_EQ(log_.text(), said + "warning: writing again: X\n");
  out.close();
  EXPECT_EQ(out.counts().books, 2U);
  EXPECT_EQ(out.counts().lost, 8U);
  EXPECT_EQ(out.counts().gaps, 1U);
  EXPECT_EQ(manifest().books, 2U);
  ASSERT_EQ(manifest().gaps.size(), 1U);
  EXPECT_EQ(manifest().gaps[0].from, (DateTime{20210722, 1}));
  EXPECT_EQ(manifest().gaps[0].to, (DateTime{20210722, 10}));
  EXPECT_THAT(manifest().gaps[0].reason, HasSubstr("cannot "));
  expect_sound_files();
}

TEST_F(PatientOutputTest, the_trouble_of_one_symbol_is_no_others) {
  fs::create_directories(folder_ + "/X_20210722.txt");
  FolderOutput folder{options()};
  PatientOutput out{folder};
  for (int time = 1; time < 5; ++time) {
    out.write("Y", book_at(time), {});
    out.write("X", book_at(time), {});
    out.sync();
    out.check();
    out.retry();
  }
  EXPECT_THAT(log_.text(), HasSubstr("X_20210722.txt: Is a directory; going on"));
  EXPECT_EQ(out.counts().books, 4U);
  EXPECT_EQ(out.counts().lost, 4U);
  EXPECT_EQ(out.symbol_counts().at("X").lost, 4U);
  EXPECT_EQ(out.symbol_counts().at("Y").lost, 0U);
  EXPECT_TRUE(out.is_in_trouble("X"));
  EXPECT_FALSE(out.is_in_trouble("Y"));
  EXPECT_THROW(out.close(), IoError) << "the trouble lasted";
  EXPECT_THAT(log_.text(), HasSubstr("error: X: 4 books could not be written, up to the end: "));
  EXPECT_THAT(log_.text(), Not(HasSubstr("error: Y: ")));
  const auto ours = store::read_manifest(folder_ + "/Y_20210722.manifest.json");
  EXPECT_EQ(ours.books, 4U);
  EXPECT_TRUE(ours.gaps.empty());
  EXPECT_TRUE(ours.closed);
}

TEST_F(PatientOutputTest, what_only_a_person_can_mend_ends_it_before_the_first_book) {
  fs::create_directories(folder_);
  fs::create_symlink(folder_ + "/gone/file", folder_ + "/X_20210722.txt");
  fs::create_directories(folder_ + "/Y_20210722.txt");
  FolderOutput folder{options()};
  for (const char* symbol : {"X", "Y"}) folder.prepare(symbol);
  PatientOutput out{folder};
  out.write("X", book_at(1), {});
  EXPECT_THROW(out.write("Y", book_at(1), {}), IoError) << "no symbol is left";
  EXPECT_THAT(log_.text(), Not(HasSubstr("Y_20210722.txt: Is a directory; going on")));
}

TEST_F(PatientOutputTest, a_manifest_bears_the_venue_that_was_told_before_the_first_book) {
  auto unknown = options();
  unknown.manifest->venue.clear();
  FolderOutput out{unknown};
  out.prepare("X");
  out.set_venue("", "okx");
  out.set_venue("Y", "kraken");
  for (const char* symbol : {"X", "Y", "Z"}) out.write(symbol, book_at(1), {});
  out.close();
  const auto venue_of = [&](const std::string& symbol) {
    return store::read_manifest(folder_ + "/" + symbol + "_20210722.manifest.json").origin.venue;
  };
  EXPECT_EQ(venue_of("X"), "okx");
  EXPECT_EQ(venue_of("Y"), "kraken");
  EXPECT_EQ(venue_of("Z"), "okx");
}

TEST_F(PatientOutputTest, a_manifest_that_cannot_be_replaced_costs_no_book) {
  fs::create_directories(folder_ + "/X_20210722.manifest.json");
  FolderOutput folder{options()};
  PatientOutput out{folder};
  for (int time = 1; time < 5; ++time) {
    out.write("X", book_at(time), {});
    out.sync();
  }
  EXPECT_THAT(log_.text(), HasSubstr("X_20210722.manifest.json: Is a directory; the books go on"));
  fs::remove(folder_ + "/X_20210722.manifest.json");
  out.close();
  EXPECT_EQ(manifest().books, 4U);
  EXPECT_TRUE(manifest().gaps.empty());
}

TEST_F(PatientOutputTest, two_symbols_do_not_share_a_file) {
  FolderOutput out{options()};
  out.write("A/B", book_at(1), {});
  for (const char* symbol : {"A_B", "", ".", "..", "A\nB", ".hidden"})
    EXPECT_THROW(out.write(symbol, book_at(1), {}), DataError) << symbol;
  EXPECT_THROW(out.write(std::string{"A\0B", 3}, book_at(1), {}), DataError);
  out.write("A-B", book_at(1), {});
  out.close();
}

TEST_F(PatientOutputTest, a_full_disk_harms_nothing_and_is_a_gap) {
  FolderOutput folder{options()};
  PatientOutput out{folder};
  constexpr std::uint64_t all = 200;
  std::uint64_t time = 0;
  std::uintmax_t full = 0;
  {
    const FileSizeLimit limit{4096};
    for (; time < all / 2; ++time) out.write("X", book_at(static_cast<int>(time)), {});
    full = fs::file_size(folder_ + "/X_20210722.txt");
  }
  EXPECT_LE(full, 4096U);
  EXPECT_GT(full, 4000U);
  EXPECT_THAT(out.trouble(), HasSubstr("File too large"));
  EXPECT_GT(out.counts().lost, 0U);
  out.retry();
  for (; time < all; ++time) out.write("X", book_at(static_cast<int>(time)), {});
  out.close();
  EXPECT_EQ(out.counts().books + out.counts().lost, all);
  EXPECT_EQ(out.counts().gaps, 1U);
  ASSERT_EQ(manifest().gaps.size(), 1U);
  EXPECT_THAT(manifest().gaps[0].reason, HasSubstr("File too large"));
  EXPECT_EQ(manifest().gaps[0].to, (DateTime{20210722, 100}));
  EXPECT_EQ(manifest().books, out.counts().books);
  expect_sound_files();
}

TEST_F(PatientOutputTest, a_gap_that_the_feed_had_meanwhile_is_one_gap) {
  FolderOutput folder{options()};
  PatientOutput out{folder};
  out.write("X", book_at(1), {});
  out.sync();
  take_folder_away();
  out.check();
  out.write("X", book_at(2, true), "a cut");
  give_folder_back();
  out.retry();
  out.write("X", book_at(3), {});
  out.close();
  ASSERT_EQ(manifest().gaps.size(), 1U);
  EXPECT_THAT(manifest().gaps[0].reason, HasSubstr("cannot "));
}

TEST_F(PatientOutputTest, at_the_end_a_failure_is_an_error) {
  FolderOutput folder{options()};
  PatientOutput out{folder};
  out.write("X", book_at(1), {});
  take_folder_away();
  EXPECT_THROW(out.close(), IoError);
}

TEST_F(PatientOutputTest, counts_frames_where_they_are_kept) {
  FolderOutput folder{options()};
  PatientOutput out{folder};
  for (int i = 0; i < 3; ++i) out.count("X", {.frames = 1});
  out.write("X", book_at(1), {});
  out.close();
  EXPECT_EQ(manifest().received.frames, 3U);
}

TEST_F(PatientOutputTest, a_folder_is_locked_before_there_is_a_book) {
  FolderOutput folder{options()};
  folder.prepare("X");
  FolderOutput second{options()};
  try {
    second.prepare("X");
    FAIL();
  } catch (const IoError& error) {
    EXPECT_EQ(error.during(), IoError::During::create);
    EXPECT_THAT(error.what(), HasSubstr("this test"));
  }
  EXPECT_NO_THROW(second.prepare("Y")) << "another symbol is another recorder's";
}

}  // namespace
}  // namespace obkit::obsave
