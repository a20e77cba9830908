// Captures that the simulated exchange writes without a server.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "obkit/exchange/protocol.hpp"
#include "obkit/exchange/record.hpp"
#include "obkit/exchange/source.hpp"

#include "memory_output.hpp"
#include "obsave/options.hpp"
#include "obsave/recorder.hpp"
#include "obsave/replay.hpp"
#include "support/ladder_crc.hpp"
#include "support/memory_sink.hpp"
#include "support/scratch_folder.hpp"

namespace obkit::obsave {
namespace {

class WrittenCapture : public testing::TestWithParam<exchange::Venue> {
 protected:
  void write(const std::string& path) {
    // Of Bybit's three markets, symbols alone tell inverse contracts.
    const bool is_inverse = GetParam() == exchange::Venue::bybit_inverse;
    exchange::SyntheticOptions market{
        .symbols = {is_inverse ? "BTCUSD" : protocol_.sample_symbols()[0]},
        .start = parse_iso("2026-01-01T00:00:00Z").value()};
    exchange::Exchange exchange{exchange::make_synthetic_source(market), GetParam()};
    exchange.observe([this](const exchange::Truth& truth) {
      if (truth.receivers > 0) note(true_, truth.book.ladder_crc());
    });
    std::string text;
    bool is_closed = false;
    MemorySink sink{text, is_closed};
    exchange::write_capture(exchange,
                            {protocol_.subscribe_request(exchange.source().channels()[0])},
                            std::chrono::minutes{2}, sink);
    sink.close();
    std::ofstream{path} << text;
  }
  /// The states of a book: those in which it is another than before.
  static void note(std::vector<std::uint32_t>& states, std::uint32_t crc) {
    if (states.empty() || states.back() != crc) states.push_back(crc);
  }

  const exchange::Protocol& protocol_ = exchange::protocol(GetParam());
  std::vector<std::uint32_t> true_;
};

TEST_P(WrittenCapture, has_the_true_books_and_their_venue) {
  const ScratchFolder scratch;
  write(scratch / "X.capture");
  Options options;
  options.out = scratch / "books";
  options.replay = {scratch / "X.capture"};
  options.every = Every::message;
  const std::size_t window = protocol_.batches().levels;
  options.depth = window == 0 ? 100 : std::min<std::size_t>(100, 2 * window);
  complete(options);
  MemoryOutput output;
  Recorder recorder{options.recorder(), output};
  std::string venue;
  replay(options, recorder, std::atomic<bool>{false},
         [&](const std::string& symbol, std::string_view name) {
           EXPECT_EQ(symbol, "");
           venue = name;
         });
  std::vector<std::uint32_t> written;
  for (const MemoryOutput::Written& one : output.written) {
    EXPECT_FALSE(one.book.gap);
    note(written, ladder_crc(one.book));
  }
  EXPECT_EQ(written, true_);
  EXPECT_GT(written.size(), 100U);
  EXPECT_EQ(venue, to_string(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(Simulated, WrittenCapture, testing::ValuesIn(exchange::venues()),
                         [](const auto& venue) {
                           std::string name{to_string(venue.param)};
                           for (char& c : name)
                             if (c == '-') c = '_';
                           return name;
                         });

}  // namespace
}  // namespace obkit::obsave
