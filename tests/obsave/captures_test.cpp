#include "obsave/captures.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/core/error.hpp"
#include "obkit/store/capture_reader.hpp"
#include "obkit/store/input.hpp"

#include "log_watch.hpp"
#include "support/scratch_folder.hpp"

namespace obkit::obsave {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class CapturesTest : public testing::Test {
 protected:
  /// What a frame of these symbols says; of none: it is about no book.
  void say(const std::string& text, const std::vector<std::string>& symbols = {}) {
    std::vector<BookUpdate> updates;
    for (const std::string& symbol : symbols) updates.push_back({.symbol = symbol});
    feed::Frame frame;
    frame.updates = updates;
    captures_.write(frame, text, now_);
    now_ += std::chrono::milliseconds{1};
  }
  /// The frames that were kept; a disconnect is empty.
  [[nodiscard]] std::vector<std::string> kept(const std::string& symbol) const {
    const std::string path = folder_ + "/" + symbol + "_20261123.capture.zst";
    store::CaptureReader reader{store::open_input(path), path};
    std::vector<std::string> lines;
    while (const auto line = reader.next()) lines.emplace_back(line->frame);
    return lines;
  }

  ScratchFolder scratch_;
  std::string folder_ = scratch_ / "captures";
  LogWatch log_;
  const std::vector<std::string> symbols_{"A", "B"};
  Timestamp now_ = parse_iso("2026-11-23T12:00:00Z").value();
  Captures captures_{{.folder = folder_, .symbol = {}, .lock_holder = "this test"}, symbols_};
};

TEST_F(CapturesTest, what_stands_for_a_frame_elsewhere_is_in_the_others) {
  const std::vector<BookUpdate> updates{{.symbol = "A"}};
  feed::Frame frame;
  frame.updates = updates;
  frame.elsewhere = "number 7";
  captures_.write(frame, "book of A", now_);
  captures_.close();
  EXPECT_THAT(kept("A"), ElementsAre("book of A"));
  EXPECT_THAT(kept("B"), ElementsAre("number 7"));
}

TEST_F(CapturesTest, each_symbol_has_its_frames_and_those_that_name_none) {
  say("hello");
  say("book of A", {"A"});
  say("books of B and A", {"B", "A"});
  say("book of C", {"C"});
  say("garbage");
  captures_.close();
  EXPECT_THAT(kept("A"), ElementsAre("hello", "book of A", "books of B and A", "garbage"));
  EXPECT_THAT(kept("B"), ElementsAre("hello", "books of B and A", "garbage"));
  EXPECT_THAT(captures_.wants_images(), IsEmpty());
}

TEST_F(CapturesTest, a_disconnect_is_in_all_of_them) {
  say("one");
  captures_.disconnect();
  captures_.disconnect();
  say("two", {"A"});
  captures_.close();
  EXPECT_THAT(kept("A"), ElementsAre("one", "", "two"));
  EXPECT_THAT(kept("B"), ElementsAre("one", ""));
}

TEST_F(CapturesTest, what_cannot_be_kept_is_said_once_and_asks_for_images_when_it_can) {
  say("one");
  captures_.sync();
  fs::rename(folder_, folder_ + ".away");
  std::ofstream{folder_} << "in the way";
  captures_.sync();
  const std::string said = log_.text();
  EXPECT_THAT(said, HasSubstr("; the capture goes on when it can be written again\n"));
  EXPECT_THAT(captures_.trouble(), HasSubstr(folder_));
  for (int i = 0; i < 4; ++i) {
    say("lost");
    captures_.sync();
    captures_.disconnect();
    captures_.retry();
  }
  EXPECT_EQ(log_.text(), said);
  EXPECT_THAT(captures_.wants_images(), IsEmpty()) << "not yet: they could not be kept";

  fs::remove(folder_);
  fs::rename(folder_ + ".away", folder_);
  captures_.retry();
  say("two");
  captures_.sync();
  EXPECT_EQ(captures_.trouble(), "");
  EXPECT_EQ(log_.text(), said +
                             "warning: the capture is written again: A\n"
                             "warning: the capture is written again: B\n");
  EXPECT_THAT(captures_.wants_images(), ElementsAre("A", "B"));
  EXPECT_THAT(captures_.wants_images(), IsEmpty()) << "they were asked for";
  captures_.close();
  EXPECT_THAT(kept("A"), ElementsAre("one", "", "two"));
  EXPECT_THAT(kept("B"), ElementsAre("one", "", "two"));
}

TEST_F(CapturesTest, one_that_cannot_be_written_costs_the_others_nothing) {
  fs::create_directories(folder_ + "/A_20261123.capture.zst");
  say("one", {"A"});
  say("two", {"B"});
  captures_.sync();
  say("three", {"B"});
  EXPECT_THAT(captures_.trouble(), HasSubstr("A_20261123.capture.zst: Is a directory"));
  captures_.close();
  EXPECT_THAT(kept("B"), ElementsAre("two", "three"));
}

TEST_F(CapturesTest, are_locked) {
  try {
    const Captures second{{.folder = folder_, .symbol = {}, .lock_holder = "another"}, symbols_};
    FAIL();
  } catch (const IoError& error) {
    EXPECT_THAT(error.what(), HasSubstr("this test"));
  }
}

}  // namespace
}  // namespace obkit::obsave
