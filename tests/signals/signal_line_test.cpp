#include "obkit/signals/signal_line.hpp"

#include <gtest/gtest.h>

namespace obkit::signals {
namespace {

constexpr DateTime time{20190823, 101112345};
constexpr Verdict buy{.score = 0.4142, .signal = Signal::buy};
constexpr Verdict sell{.score = -0.5, .signal = Signal::sell};
constexpr Verdict wait{.score = 0, .signal = Signal::wait};

template <class Append>
std::string text(Append append) {
  std::string out;
  for (const Verdict& verdict : {buy, sell, wait}) append(out, time, verdict);
  return out;
}

TEST(SignalLine, json) {
  EXPECT_EQ(text(append_json_line),
            "{\"date\":20190823,\"time\":101112345,\"signal\":\"BUY\",\"score\":0.4142}\n"
            "{\"date\":20190823,\"time\":101112345,\"signal\":\"SELL\",\"score\":-0.5}\n"
            "{\"date\":20190823,\"time\":101112345,\"signal\":\"WAIT\",\"score\":0}\n");
}

TEST(SignalLine, csv) {
  EXPECT_EQ(csv_header() + text(append_csv_line),
            "date,time,signal,score\n"
            "20190823,101112345,BUY,0.4142\n"
            "20190823,101112345,SELL,-0.5\n"
            "20190823,101112345,WAIT,0\n");
}

TEST(SignalLine, text_for_people) {
  EXPECT_EQ(text(append_text_line),
            "2019-08-23T10:11:12.345Z BUY 0.414\n"
            "2019-08-23T10:11:12.345Z SELL -0.500\n"
            "2019-08-23T10:11:12.345Z WAIT 0.000\n");
}

}  // namespace
}  // namespace obkit::signals
