#include <algorithm>
#include <future>
#include <random>

#include "naive_book.hpp"
#include "served.hpp"

namespace obkit::exchange {
namespace {

using namespace std::chrono_literals;

/// Reads until the connection ends or what comes cannot be; returns how many frames were good.
int follow_once(TestClient& client, Venue venue) {
  NaiveBook book;
  NaiveLadder ladder;
  int frames = 0;
  try {
    if (client.upgrade(std::string{protocol(venue).path()}) != 101) return 0;
    client.send(protocol(venue).subscribe_request({"XBTUSD", "Primary"}));
    for (bool has_book = false;;) {
      const std::string frame = client.read();
      has_book = has_book || frame.find(venue == Venue::bitmex ? "\"partial\"" : "\"snapshot\"") !=
                                 std::string::npos;
      const bool is_book =
          frame.find(venue == Venue::bitmex ? "\"orderBookL2\"" : "\"book.") < frame.size() &&
          frame.find("\"data\"") < frame.size();
      if (!has_book || !is_book) continue;
      venue == Venue::bitmex ? book.read(frame) : ladder.read(frame);
      ++frames;
    }
  } catch (const std::exception&) {
    return frames;
  }
}

/// Faults that a client which blocks gets over; every 20 book frames one.
std::vector<PlannedFault> storm(Venue venue, std::size_t count) {
  std::vector<Fault> faults = faults_of(venue);
  std::erase_if(faults, [](Fault one) {
    return one == Fault::half_open || one == Fault::stall || one == Fault::silence;
  });
  std::mt19937 random{7};
  std::vector<PlannedFault> plan;
  for (std::size_t i = 0; i < count; ++i)
    plan.push_back(
        {20 * (i + 1), {.fault = faults[random() % faults.size()], .time = 2ms, .size = 100'000}});
  return plan;
}

class Storm : public Served, public testing::WithParamInterface<Venue> {};

TEST_P(Storm, the_server_serves_to_the_end_through_faults_drawn_from_a_seed) {
  constexpr std::size_t faults = 150;
  ServerOptions options = at_full_speed(900s);
  options.venue = GetParam();
  options.plan = storm(GetParam(), faults);
  serve(std::move(options));
  const auto over = std::async(std::launch::async, [this] { server->wait(); });
  int good_frames = 0;
  while (over.wait_for(0s) != std::future_status::ready) {
    try {
      good_frames += follow_once(*connect(), GetParam());
    } catch (const boost::system::system_error&) {  // refused, or a certificate that is not good
    }
  }
  EXPECT_GT(server->statistics().faults, faults / 2);
  EXPECT_GT(server->statistics().connections, 1U);
  EXPECT_GT(good_frames, 2'000);
}

INSTANTIATE_TEST_SUITE_P(All, Storm, testing::Values(Venue::bitmex, Venue::deribit),
                         [](const auto& venue) { return std::string{to_string(venue.param)}; });

}  // namespace
}  // namespace obkit::exchange
