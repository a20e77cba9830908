#include "obsave/image_watch.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/feed/venue.hpp"

namespace obkit::obsave {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

class ImageWatchTest : public testing::Test {
 protected:
  ImageWatchTest() {
    static_cast<void>(protocol_->open());
    images_.begin(symbols_, Time{});
    images_.on_frame(image_of("A"), Time{});
  }

  using Time = ImageWatch::Clock::time_point;

  const feed::Frame& image_of(const std::string& symbol) {
    text_ =
        R"({"table":"orderBookL2","action":"partial","data":[{"symbol":")" + symbol +
        R"(","id":1,"side":"Buy","size":1,"price":1,"timestamp":"2026-01-01T00:00:00.000Z"},)" +
        R"({"symbol":")" + symbol +
        R"(","id":2,"side":"Sell","size":1,"price":2,"timestamp":"2026-01-01T00:00:00.000Z"}]})";
    return protocol_->decode(text_);
  }
  /// The seconds, of those until `end`, in which something was asked for.
  std::vector<int> asked(std::chrono::seconds begin, std::chrono::seconds end) {
    std::vector<int> seconds;
    for (auto at = begin; at < end; at += 1s)
      if (!images_.due(Time{at}).send.empty()) seconds.push_back(static_cast<int>(at.count()));
    return seconds;
  }

  std::vector<std::string> symbols_{"A", "B"};
  std::unique_ptr<feed::Protocol> protocol_ =
      feed::find_venue("bitmex")->make_protocol({.symbols = symbols_, .pool = ""});
  ImageWatch images_{*protocol_, {.image = 10s, .first_retry = 1s, .longest_retry = 4s}};

 private:
  std::string text_;
};

TEST_F(ImageWatchTest, an_image_that_does_not_come_is_given_more_time_with_each_request) {
  // Asked for at 0, 11 and 34 s and given 10, 20 and 40 s; the pauses before it is asked for grow
  // too.
  EXPECT_THAT(asked(0s, 60s), ElementsAre(11, 34));
}

TEST_F(ImageWatchTest, an_image_that_came_makes_the_time_for_the_next_the_first_one_again) {
  EXPECT_THAT(asked(0s, 40s), ElementsAre(11, 34));
  images_.on_frame(image_of("B"), Time{40s});
  images_.lose("B", "it broke", Time{40s});
  EXPECT_THAT(asked(40s, 60s), ElementsAre(44, 59)) << "10 s and a pause of 4 s after 44";
}

}  // namespace
}  // namespace obkit::obsave
