// Frames of a capture to lines of a day-file, as one would write it first (book_peer.hpp).
//
//     replay_peer nlohmann|simdjson CAPTURE > lines
#include <cstdio>
#include <fstream>
#include <iostream>
#include <string>
#include <string_view>
#include <utility>

#include "obkit/core/error.hpp"
#include "obkit/core/time.hpp"

#include "book_peer.hpp"

namespace {

template <class Read, class Write>
void replay(std::istream& capture, peer::Recorder<Read, Write> recorder) {
  constexpr std::size_t block = std::size_t{256} * 1024;
  std::string out;
  for (std::string text; std::getline(capture, text);) {
    const std::size_t space = text.find(' ');
    const auto received = obkit::parse_iso(std::string_view{text}.substr(0, space));
    if (!received) throw obkit::UsageError{"expected a time before each frame"};
    const std::int64_t since_1970 = received->time_since_epoch().count();
    recorder.frame(since_1970, std::string_view{text}.substr(space + 1), out);
    if (out.size() < block) continue;
    std::fwrite(out.data(), 1, out.size(), stdout);
    out.clear();
  }
  std::fwrite(out.data(), 1, out.size(), stdout);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view way = argc == 3 ? argv[1] : "";
  if (way != "nlohmann" && way != "simdjson") {
    std::cerr << "replay_peer nlohmann|simdjson CAPTURE\n";
    return 64;
  }
  std::ifstream capture{argv[2]};
  if (way == "nlohmann")
    replay(capture, peer::Recorder{peer::read_by_nlohmann, peer::write_by_fmt});
  else
    replay(capture, peer::Recorder{peer::ReaderBySimdjson{}, peer::write_by_hand});
  return std::fflush(stdout) == 0 ? 0 : 74;
}
