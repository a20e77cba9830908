// A program of its own: it replaces operator new, to count.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <new>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "obkit/exchange/exchange.hpp"
#include "obkit/exchange/protocol.hpp"
#include "obkit/exchange/record.hpp"
#include "obkit/exchange/server.hpp"
#include "obkit/exchange/source.hpp"
#include "obkit/feed/venue.hpp"
#include "obkit/net/session.hpp"
#include "obkit/store/archive_reader.hpp"
#include "obkit/store/day_file_writer.hpp"

#include "obsave/live/live.hpp"
#include "obsave/output.hpp"
#include "obsave/recorder.hpp"
#include "small_book.hpp"
#include "support/memory_sink.hpp"
#include "support/scratch_folder.hpp"
#include "support/test_name.hpp"

namespace {

thread_local std::uint64_t allocations = 0;  // so that those of a server do not count
std::atomic<std::int64_t> living = 0;        // of all threads

}  // namespace

[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  ++living;
  if (void* const memory = std::malloc(size > 0 ? size : 1)) return memory;
  throw std::bad_alloc{};
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  if (memory != nullptr) --living;
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
  operator delete(memory);
}

namespace obkit::obsave {
namespace {

constexpr int levels = 200;

std::string row(bool bid, int rank, bool has_size, int turn) {
  const int price = bid ? 30000 - rank : 30001 + rank;
  std::string text = R"({"symbol":"XBTUSD-perpetual-of-a-long-name","id":)" +
                     std::to_string(8800000000 - price) + R"(,"side":")" + (bid ? "Buy" : "Sell");
  text += '"';
  if (has_size) text += ",\"size\":" + std::to_string(1 + turn * 7919 % 100000);
  text += R"(,"price":)" + std::to_string(price);
  return text + R"(,"timestamp":"2022-03-04T00:00:)" + std::to_string(10 + turn / 1000 % 50) + "." +
         std::to_string(100 + turn / 10 % 900) + R"(Z","pool":"Primary"})";
}

std::string message(const char* action, const std::string& rows) {
  return R"({"table":"orderBookL2","action":")" + std::string{action} + R"(","data":[)" + rows +
         "]}";
}

/// An image, then changes of the best levels: sizes, and levels that go and come back.
std::vector<std::string> messages(int count) {
  std::string image;
  for (int i = 0; i < 2 * levels; ++i)
    image += (i > 0 ? "," : "") + row(i % 2 == 0, i / 2, true, 0);
  std::vector<std::string> texts{message("partial", image)};
  for (int turn = 0; turn < count; ++turn) {
    const int rank = turn / 3 * 5 % 40;
    const bool bid = turn / 3 % 2 == 0;
    const char* const action = turn % 3 == 0 ? "update" : turn % 3 == 1 ? "delete" : "insert";
    texts.push_back(message(action, row(bid, rank, turn % 3 != 1, turn) + "," +
                                        row(!bid, rank / 2, turn % 3 != 1, turn)));
  }
  return texts;
}

store::DayFileOptions day_file_options(const std::string& folder) {
  return {.folder = folder,
          .symbol = {},
          .flush = store::Flush::blocks,
          .overlap = store::Overlap::clamp,
          .compress = store::Compress::no,
          .manifest = store::RecordingOrigin{
              .venue = "bitmex", .pool = "Primary", .endpoint_host = "", .tool = "test"}};
}

TEST(Allocations, are_counted) {
  const std::uint64_t before = allocations;
  const auto number = std::make_unique<int>(1);
  const std::vector<std::string> texts(2, std::string(100, 'x'));
  EXPECT_EQ(*number + static_cast<int>(texts.size()), 3);
  EXPECT_GE(allocations - before, 4U);
}

TEST(Allocations, are_none_per_frame_from_capture_to_day_file) {
  constexpr int frames = 6000;
  const ScratchFolder scratch;
  {
    std::ofstream file{scratch / "X.capture"};
    for (const std::string& text : messages(frames))
      file << "2022-03-04T00:00:10.123456789Z " << text << '\n';
  }
  FolderOutput output{day_file_options(scratch / "books")};
  Recorder recorder{{.symbols = {}, .depth = 100, .every = Every::change, .pool = "Primary"},
                    output};
  const auto protocol = feed::find_venue("bitmex")->make_protocol({});
  store::ArchiveReader reader{{scratch / "X.capture"}};
  std::uint64_t before = 0;
  for (int i = 0; i <= frames; ++i) {
    if (i == frames / 2) before = allocations;
    const auto event = reader.next();
    ASSERT_TRUE(event);
    static_cast<void>(
        recorder.on_frame(protocol->decode(event->text), event->text.size(), *event->received));
  }
  EXPECT_EQ(allocations - before, 0U);
  EXPECT_GT(recorder.tally().books, static_cast<std::uint64_t>(frames) * 9 / 10);
  EXPECT_EQ(recorder.tally().losses + recorder.tally().malformed + recorder.tally().dropped, 0U);
  output.close();
}

/// What the simulated exchange sends of one symbol, as lines of a capture.
class AllocationsAt : public testing::TestWithParam<exchange::Venue> {
 protected:
  void write(const std::string& path, std::chrono::seconds duration) const {
    exchange::SyntheticOptions market;
    market.symbols = {protocol_.sample_symbols()[0]};
    exchange::Exchange exchange{exchange::make_synthetic_source(market), GetParam()};
    std::string text;
    bool is_closed = false;
    MemorySink sink{text, is_closed};
    std::vector<std::string> requests{protocol_.subscribe_request(exchange.source().channels()[0])};
    if (has_best_level()) requests.push_back(best_level_request(market.symbols[0]));
    exchange::write_capture(exchange, requests, duration, sink);
    sink.close();
    std::ofstream{path} << text;
  }
  /// Whether a channel of the best level is a witness of the book.
  [[nodiscard]] bool has_best_level() const {
    return GetParam() == exchange::Venue::okx || GetParam() == exchange::Venue::bybit_linear;
  }
  [[nodiscard]] std::string best_level_request(const std::string& symbol) const {
    const std::string argument = GetParam() == exchange::Venue::okx
                                     ? R"({"channel":"bbo-tbt","instId":")" + symbol + R"("})"
                                     : R"("orderbook.1.)" + symbol + '"';
    return R"({"op":"subscribe","args":[)" + argument + "]}";
  }
  [[nodiscard]] bool has_checksum() const { return GetParam() == exchange::Venue::kraken; }
  /// What is recorded at most.
  [[nodiscard]] std::size_t depth() const {
    const std::size_t window = protocol_.batches().levels;
    return window == 0 ? 100 : std::min<std::size_t>(100, 2 * window);
  }

  const exchange::Protocol& protocol_ = exchange::protocol(GetParam());
};

TEST_P(AllocationsAt, are_none_per_frame_in_the_long_run) {
  const ScratchFolder scratch;
  write(scratch / "X.capture", std::chrono::minutes{20});
  FolderOutput output{day_file_options(scratch / "books")};
  Recorder recorder{{.symbols = {}, .depth = depth(), .every = Every::change, .pool = ""}, output};
  const auto protocol = feed::find_venue(to_string(GetParam()))->make_protocol({});
  static_cast<void>(protocol->open());
  store::ArchiveReader reader{{scratch / "X.capture"}};
  constexpr std::uint64_t warm = 2000;
  std::uint64_t frames = 0, before = 0, taken = 0;
  while (const auto event = reader.next()) {
    if (frames++ == warm) before = allocations;
    static_cast<void>(recorder.on_frame(feed::decode_captured(*protocol, event->text),
                                        event->text.size(), *event->received));
    taken = allocations - before;  // the end of the capture takes some
  }
  EXPECT_EQ(taken, 0U);
  EXPECT_GT(frames, 2 * warm);
  EXPECT_GT(recorder.tally().books, warm);
  EXPECT_EQ(recorder.tally().losses + recorder.tally().malformed, 0U);
  EXPECT_EQ(recorder.tally().checks > warm / 10, has_best_level() || has_checksum());
  EXPECT_EQ(recorder.tally().agreed, recorder.tally().checks);
  output.close();
}

INSTANTIATE_TEST_SUITE_P(Simulated, AllocationsAt,
                         testing::Values(exchange::Venue::deribit, exchange::Venue::bybit_linear,
                                         exchange::Venue::binance_spot,
                                         exchange::Venue::binance_usdm, exchange::Venue::okx,
                                         exchange::Venue::kraken, exchange::Venue::kraken_futures,
                                         exchange::Venue::coinbase),
                         [](const auto& venue) {
                           return test_name(std::string{to_string(venue.param)});
                         });

TEST(Allocations, are_none_per_frame_of_a_live_connection) {
  const ScratchFolder scratch;
  const auto texts = messages(3000);
  Options options;
  options.venue = feed::find_venue("bitmex");
  options.url = "wss://localhost/realtime";
  options.symbols = {"XBTUSD-perpetual-of-a-long-name"};
  FolderOutput output{day_file_options(scratch / "books")};
  Recorder recorder{options.recorder(), output};
  const auto make_protocol = [&] {
    return options.venue->make_protocol({.symbols = options.symbols, .pool = ""});
  };
  std::uint64_t books = 0;
  Live live{options,
            {.make_protocol = make_protocol,
             .recorder = recorder,
             .output = output,
             .on_book = [&](std::chrono::nanoseconds) { ++books; }}};
  static_cast<void>(live.on_open());
  std::uint64_t before = 0;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (i == texts.size() / 2) before = allocations;
    const net::Next next = live.on_frame(texts[i], Timestamp{std::chrono::seconds{1646352000}});
    ASSERT_EQ(next.step, net::Next::Step::read_on);
  }
  EXPECT_EQ(allocations - before, 0U);
  EXPECT_GT(books, texts.size() * 9 / 10);
  output.close();
}

/// Hands all to a recording, and counts what a session takes for frames.
class Counter final : public net::SessionObserver {
 public:
  Counter(Live& live, std::uint64_t frames) : live_{live}, frames_{frames} {}

  std::vector<feed::Request> on_open() override { return live_.on_open(); }
  net::Next on_frame(std::string_view text, Timestamp received) override {
    net::Next next = live_.on_frame(text, received);
    if (++seen_ == frames_ / 2) before_ = allocations;
    if (seen_ < frames_) return next;
    taken = allocations - before_;
    return {.step = net::Next::Step::stop};
  }
  net::Next on_answer(const feed::HttpAnswer& answer, Timestamp received) override {
    return live_.on_answer(answer, received);
  }
  net::Next::Step on_disconnect(const net::Disconnect& loss, std::chrono::milliseconds) override {
    ADD_FAILURE() << loss.text;
    return net::Next::Step::stop;
  }
  /// Which is none for a frame: how many there are is the machine's speed.
  net::Next on_tick(const net::Tick& tick) override {
    const std::uint64_t before = allocations;
    net::Next next = live_.on_tick(tick);
    before_ += allocations - before;
    return next;
  }

  std::uint64_t taken = 0;  ///< in the second half

 private:
  Live& live_;
  std::uint64_t frames_, seen_ = 0, before_ = 0;
};

/// OpenSSL has an allocator of its own, and takes one small piece a record, from malloc().
TEST(Allocations, are_none_per_frame_from_a_tls_websocket) {
  const ScratchFolder scratch;
  exchange::ServerOptions server_options;
  server_options.speed = std::nullopt;
  exchange::Server server{exchange::make_synthetic_source({}), server_options, {}};
  server.start();
  Options options;
  options.venue = feed::find_venue("bitmex");
  options.out = "-";
  options.ca_file = scratch / "ca.pem";
  std::ofstream{options.ca_file} << server.authority();
  options.url = server.url();
  complete(options);
  FolderOutput output{day_file_options(scratch / "books")};
  Recorder recorder{options.recorder(), output};
  const auto make_protocol = [&] {
    return options.venue->make_protocol({options.symbols, options.pool});
  };
  Live live{options, {.make_protocol = make_protocol, .recorder = recorder, .output = output}};
  Counter counter{live, 6000};
  net::Session{session_options(options), std::mt19937{1}}.run(counter, {});
  EXPECT_EQ(counter.taken, 0U);
  EXPECT_GT(recorder.tally().books, 5000U);
  output.close();
}

/// With threads of a pool, or with those of the writer.
class Syncs : public testing::TestWithParam<bool> {};

TEST_P(Syncs, of_a_day_file_keep_no_memory) {
  const ScratchFolder scratch;
  const auto pool = GetParam() ? std::make_shared<store::WriterPool>(16) : nullptr;
  store::DayFileWriter writer{{.folder = scratch / "books",
                               .symbol = "X",
                               .manifest = store::RecordingOrigin{"deribit", "", "", "test"},
                               .pool = pool}};
  int time = 0;
  const auto sync = [&](int times) {
    for (int i = 0; i < times; ++i) {
      const OrderBook book = book_at(++time);
      writer.write(book);
      writer.sync();
    }
  };
  sync(10);
  const std::int64_t before = living;
  sync(100);
  EXPECT_LT(living - before, 50) << "blocks of memory, less than one a sync";
  writer.close();
}

INSTANTIATE_TEST_SUITE_P(, Syncs, testing::Bool(),
                         [](const auto& how) { return how.param ? "of_a_pool" : "of_its_own"; });

}  // namespace
}  // namespace obkit::obsave
