// A capture is a recording's own archive: replayed, it gives the day-files anew.
#include <array>
#include <atomic>
#include <filesystem>
#include <map>
#include <string>

#include <gtest/gtest.h>

#include "obkit/store/input.hpp"

#include "live_recording.hpp"
#include "obsave/captures.hpp"
#include "obsave/run.hpp"

namespace obkit::obsave {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using exchange::Fault;
using exchange::Venue;

struct How {
  Venue venue;
  Every every;
  store::Compress compress;
};

class CaptureReplay : public LiveRecording, public testing::WithParamInterface<How> {
 protected:
  CaptureReplay() {
    options_.every = GetParam().every;
    options_.interval = 100ms;
    options_.sync = 20ms;
    stop_after_frames_ = 500;
    server_options_.speed = 200;
    record_two_symbols();
    speak(GetParam().venue);
  }

  store::DayFileOptions day_files(const std::string& folder, store::Overlap overlap) {
    return {.folder = scratch_ / folder,
            .symbol = {},
            .overlap = overlap,
            .compress = GetParam().compress};
  }

  /// One run of the recorder, as its process does it.
  void record_to_folder() {
    Captures captures{{.folder = scratch_ / "captures", .symbol = {}}, options_.symbols};
    FolderOutput folder{day_files("live", store::Overlap::clamp)};
    captures_ = &captures;
    target_ = &folder;
    record();
    recorder_->finish();
    folder.close();
    captures.close();
  }

  void replay_captures() {
    Options again;
    again.out = scratch_ / "again";
    again.replay = {scratch_ / "captures"};
    again.every = options_.every;
    again.interval = options_.interval;
    complete(again);
    FolderOutput folder{day_files("again", store::Overlap::refuse)};
    Recorder recorder{again.recorder(), folder};
    const std::atomic<bool> stop = false;
    replay(again, recorder, stop);
    folder.close();
  }

  static std::string text_of(const std::string& file) {
    const auto source = store::open_input(file);
    std::string text;
    std::array<char, 65536> block{};
    while (const std::size_t size = source->read(block)) text.append(block.data(), size);
    return text;
  }

  /// Day-files and what is in them, decompressed.
  [[nodiscard]] std::map<std::string, std::string> texts(const std::string& folder) const {
    std::map<std::string, std::string> texts;
    for (const auto& entry : fs::directory_iterator{scratch_.path() / folder}) {
      const std::string name = entry.path().filename().string();
      if (name.ends_with(".txt") || name.ends_with(".txt.zst"))
        texts[name] = text_of(entry.path().string());
    }
    return texts;
  }
};

TEST_P(CaptureReplay, gives_the_same_day_files_to_the_byte) {
  const std::string symbol = options_.symbols.front();
  plan({.fault = Fault::unknown_delete, .symbol = symbol}, 60);
  plan({.fault = Fault::cut}, 150);
  plan({.fault = Fault::garbage_text}, 400);
  plan({.fault = Fault::duplicate_partial, .symbol = symbol}, 600);
  serve();
  record_to_folder();
  record_to_folder();  // the recorder was restarted
  replay_captures();
  const auto live = texts("live"), again = texts("again");
  ASSERT_EQ(live.size(), again.size());
  for (const auto& [name, text] : live) {
    ASSERT_TRUE(again.contains(name)) << name;
    EXPECT_FALSE(text.empty());
    EXPECT_TRUE(text == again.at(name)) << name << " differs";
  }
}

std::string name_of(const testing::TestParamInfo<How>& one) {
  constexpr std::array words{"change", "message", "event", "interval"};
  return std::string{to_string(one.param.venue)} + "_" +
         words.at(static_cast<std::size_t>(one.param.every)) +
         (one.param.compress == store::Compress::yes ? "_compressed" : "");
}

constexpr auto plain = store::Compress::no;
INSTANTIATE_TEST_SUITE_P(Live, CaptureReplay,
                         testing::Values(How{Venue::bitmex, Every::change, plain},
                                         How{Venue::bitmex, Every::message, plain},
                                         How{Venue::bitmex, Every::event, plain},
                                         How{Venue::bitmex, Every::interval, plain},
                                         How{Venue::bitmex, Every::message, store::Compress::yes},
                                         How{Venue::deribit, Every::change, plain},
                                         How{Venue::deribit, Every::message, plain},
                                         How{Venue::deribit, Every::event, plain},
                                         How{Venue::deribit, Every::interval, plain}),
                         name_of);

}  // namespace
}  // namespace obkit::obsave
