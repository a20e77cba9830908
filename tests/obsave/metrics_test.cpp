#include "obsave/watch/metrics.hpp"

#include <chrono>
#include <regex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/core/error.hpp"
#include "obkit/core/version.hpp"

#include "http_client.hpp"
#include "log_watch.hpp"
#include "obsave/watch/health_server.hpp"
#include "obsave/watch/live_view.hpp"
#include "obsave/watch/status.hpp"
#include "service_manager.hpp"
#include "support/scratch_folder.hpp"

namespace obkit::obsave {
namespace {

using namespace std::chrono_literals;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

/// Every figure another one.
Tally odd_tally() {
  return {.frames = 31,
          .books = 35,
          .gaps = 36,
          .losses = 37,
          .thin = 38,
          .dropped = 41,
          .unbelieved = 42,
          .checks = 45,
          .agreed = 46};
}

Status odd_status() {
  return {.tally = {.frames = 1,
                    .bytes = 2,
                    .malformed = 3,
                    .images = 4,
                    .books = 5,
                    .gaps = 6,
                    .losses = 7,
                    .thin = 8,
                    .crossed = 9,
                    .old = 10,
                    .dropped = 11},
          .output = {.books = 12, .lost = 13, .gaps = 14, .clamped = 15, .files = 16},
          .is_connected = true,
          .connections = 17,
          .successions = 25,
          .disconnects = {{"cut", 18}, {"upgrade", 19}},
          .trouble = "",
          .seconds_since_frame = 20.5,
          .seconds_since_book = 21.5,
          .lag_seconds = 0.25,
          .symbols = {{"A/B",
                       {.tally = odd_tally(),
                        .output = {.lost = 23, .clamped = 44},
                        .trades = TradeCounts{.trades = 51, .lost = 52, .gaps = 53, .late = 54},
                        .trade_doubles = 55,
                        .can_be_written = false,
                        .seconds_since_book = 24.5,
                        .lag_seconds = 0.5}},
                      {"C", {}}},
          .unread_bytes = 22,
          .disk_free_bytes = 23};
}

TEST(MetricsTest, the_text_has_every_figure) {
  Metrics metrics{"deribit"};
  metrics.update(odd_status());
  const std::string text = metrics.text();
  for (const char* line : {"obsave_frames_total 1\n",
                           "obsave_frame_bytes_total 2\n",
                           "obsave_malformed_frames_total 3\n",
                           "obsave_books_total{symbol=\"A/B\"} 12\n",
                           "obsave_books_total{symbol=\"C\"} 0\n",
                           "obsave_gaps_total{symbol=\"A/B\"} 36\n",
                           "obsave_resyncs_total{symbol=\"A/B\"} 37\n",
                           "obsave_thin_books_total{symbol=\"A/B\"} 38\n",
                           "obsave_dropped_changes_total{symbol=\"A/B\"} 41\n",
                           "obsave_unbelieved_times_total{symbol=\"A/B\"} 42\n",
                           "obsave_checks_total{symbol=\"A/B\"} 45\n",
                           "obsave_checks_agreed_total{symbol=\"A/B\"} 46\n",
                           "obsave_unwritten_books_total{symbol=\"A/B\"} 23\n",
                           "obsave_clamped_times_total{symbol=\"A/B\"} 44\n",
                           "obsave_trades_total{symbol=\"A/B\"} 51\n",
                           "obsave_unwritten_trades_total{symbol=\"A/B\"} 52\n",
                           "obsave_trade_gaps_total{symbol=\"A/B\"} 53\n",
                           "obsave_late_trades_total{symbol=\"A/B\"} 54\n",
                           "obsave_double_trades_total{symbol=\"A/B\"} 55\n",
                           "obsave_connections_total 17\n",
                           "obsave_successions_total 25\n",
                           "obsave_reconnects_total{reason=\"cut\"} 18\n",
                           "obsave_reconnects_total{reason=\"upgrade\"} 19\n",
                           "obsave_connected 1\n",
                           "obsave_output_ok{symbol=\"A/B\"} 0\n",
                           "obsave_output_ok{symbol=\"C\"} 1\n",
                           "obsave_seconds_since_last_frame 20.5\n",
                           "obsave_seconds_since_last_book{symbol=\"A/B\"} 24.5\n",
                           "obsave_exchange_to_receive_lag_seconds{symbol=\"A/B\"} 0.5\n",
                           "obsave_receive_queue_bytes 22\n",
                           "obsave_disk_free_bytes 23\n"})
    EXPECT_THAT(text, HasSubstr(std::string{"\n"} + line));
  EXPECT_THAT(text, Not(HasSubstr("last_book{symbol=\"C\"}"))) << "there was none";
  EXPECT_THAT(text, Not(HasSubstr("trades_total{symbol=\"C\"}"))) << "nobody asked for them";
  EXPECT_THAT(text, HasSubstr("obsave_build_info{"));
  EXPECT_THAT(text, HasSubstr("venue=\"deribit\""));
  EXPECT_THAT(text, HasSubstr("version=\"" + std::string{version()} + "\""));
}

TEST(MetricsTest, every_figure_is_explained_and_of_a_type) {
  Metrics metrics{"bitmex"};
  metrics.update(odd_status());
  const std::string text = metrics.text();
  std::size_t helps = 0, types = 0;
  for (std::size_t at = 0; (at = text.find("# HELP obsave_", at)) != std::string::npos; ++at)
    ++helps;
  for (std::size_t at = 0; (at = text.find("# TYPE obsave_", at)) != std::string::npos; ++at)
    ++types;
  EXPECT_GE(helps, 20U);
  EXPECT_EQ(types, helps);
}

TEST(MetricsTest, counters_rise_to_the_sums_that_they_are_told) {
  Metrics metrics{"bitmex"};
  Status status = odd_status();
  metrics.update(status);
  status.tally.frames = 100;
  status.disconnects["cut"] = 30;
  metrics.update(status);
  metrics.update(status);
  EXPECT_THAT(metrics.text(), HasSubstr("\nobsave_frames_total 100\n"));
  EXPECT_THAT(metrics.text(), HasSubstr("obsave_reconnects_total{reason=\"cut\"} 30\n"));
}

TEST(MetricsTest, what_is_not_known_any_more_is_gone) {
  Metrics metrics{"bitmex"};
  Status status = odd_status();
  metrics.update(status);
  status.symbols["A/B"].lag_seconds.reset();
  metrics.update(status);
  EXPECT_THAT(metrics.text(), Not(HasSubstr("lag_seconds{symbol=\"A/B\"}")));
}

TEST(MetricsTest, the_process_is_described) {
  const std::string text = Metrics{"bitmex"}.text();
  for (const char* name : {"cpu_seconds_total", "resident_memory_bytes", "virtual_memory_bytes",
                           "open_fds", "max_fds", "start_time_seconds"}) {
    std::smatch found;
    const std::regex line{std::string{"\n# HELP process_"} + name + " .*\n# TYPE process_" + name +
                          " (counter|gauge)\nprocess_" + name + " ([0-9.e+]+)\n"};
    ASSERT_TRUE(std::regex_search(text, found, line)) << name;
    EXPECT_GT(std::stod(found[2]), 0) << name;
  }
}

TEST(MetricsTest, all_figures_are_of_one_moment) {
  Metrics metrics{"bitmex"};
  Status status = odd_status();
  metrics.observe_delay(15us);
  metrics.update(status);
  metrics.observe_delay(15us);
  EXPECT_THAT(metrics.text(), HasSubstr("obsave_frame_to_file_seconds_count 1\n"))
      << "the second is of the next moment";
}

TEST(MetricsTest, what_is_wrong_shows) {
  Metrics metrics{"bitmex"};
  Status status = odd_status();
  status.is_connected = false;
  status.symbols["C"].can_be_written = false;
  metrics.update(status);
  EXPECT_THAT(metrics.text(), HasSubstr("\nobsave_connected 0\n"));
  EXPECT_THAT(metrics.text(), HasSubstr("\nobsave_output_ok{symbol=\"C\"} 0\n"));
}

TEST(MetricsTest, delays_are_counted_by_size_and_the_longest_is_kept) {
  Metrics metrics{"bitmex"};
  for (const auto delay : {15us, 125000us, 40us}) metrics.observe_delay(delay);
  metrics.update({});
  const std::string text = metrics.text();
  EXPECT_THAT(text, HasSubstr("obsave_frame_to_file_seconds_count 3\n"));
  EXPECT_THAT(text, HasSubstr("obsave_frame_to_file_seconds_bucket{le=\"+Inf\"} 3\n"));
  for (const char* bound : {"1e-06", "1e-05", "2e-05", "5e-05", "0.001", "0.2", "5"})
    EXPECT_THAT(text, HasSubstr(std::string{"bucket{le=\""} + bound + "\"} "));
  EXPECT_THAT(text, HasSubstr("\nobsave_frame_to_file_seconds_max 0.125\n"));
}

class HealthServerTest : public testing::Test {
 protected:
  std::string problem_;
  HealthServer server_{"127.0.0.1:0",
                       {.metrics = [] { return std::string{"frames 7\n"}; },
                        .problem = [this] { return problem_; }}};
  const std::uint16_t port_ = server_.port();
};

TEST_F(HealthServerTest, serves_the_metrics_as_prometheus_wants_them) {
  const std::string answer = get(port_, "/metrics");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\nframes 7\n"));
}

TEST_F(HealthServerTest, says_whether_all_is_well_and_why_not) {
  EXPECT_THAT(get(port_, "/healthz"), AllOf(StartsWith("HTTP/1.1 200 "), EndsWith("\r\n\r\nok\n")));
  problem_ = "not connected";
  EXPECT_THAT(get(port_, "/healthz"),
              AllOf(StartsWith("HTTP/1.1 503 "), EndsWith("\r\n\r\nnot connected\n")));
}

TEST_F(HealthServerTest, has_nothing_else) {
  EXPECT_THAT(get(port_, "/"),
              AllOf(StartsWith("HTTP/1.1 404 "), EndsWith("/metrics or /healthz\n")));
  EXPECT_THAT(get(port_, "/metrics/.."), StartsWith("HTTP/1.1 404 "));
}

TEST_F(HealthServerTest, only_reading_is_allowed) {
  for (const char* method : {"POST", "PUT", "DELETE"}) {
    EXPECT_THAT(answers(port_, request(method, "/metrics")),
                AllOf(StartsWith("HTTP/1.1 405 "), HasSubstr("Allow: GET, HEAD\r\n")))
        << method;
  }
}

TEST_F(HealthServerTest, a_request_with_a_body_is_answered_too) {
  EXPECT_THAT(
      answers(port_, "POST /metrics HTTP/1.1\r\nHost: here\r\nContent-Length: 4\r\n\r\nbody"),
      StartsWith("HTTP/1.1 405 "));
}

TEST_F(HealthServerTest, a_head_is_an_answer_without_its_body) {
  const std::string answer = answers(port_, request("HEAD", "/metrics"));
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr("Content-Length: 9\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\n"));
}

TEST_F(HealthServerTest, a_connection_serves_several_requests) {
  const std::string both =
      answers(port_, "GET /metrics HTTP/1.1\r\nHost: here\r\n\r\n" + request("GET", "/healthz"));
  EXPECT_THAT(both, HasSubstr("frames 7\nHTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(both, EndsWith("ok\n"));
}

TEST_F(HealthServerTest, what_is_no_http_ends_its_connection_only) {
  EXPECT_EQ(answers(port_, "garbage\r\n\r\n"), "");
  EXPECT_EQ(answers(port_, "GET / HTTP/1.1\r\nCookie: " + std::string(20'000, 'x')), "");
  EXPECT_THAT(get(port_, "/healthz"), EndsWith("ok\n"));
}

TEST_F(HealthServerTest, a_client_that_hangs_keeps_no_other_waiting) {
  const boost::asio::ip::tcp::iostream idle{"127.0.0.1", std::to_string(port_)};
  EXPECT_THAT(get(port_, "/healthz"), EndsWith("ok\n"));
}

TEST_F(HealthServerTest, serves_so_many_connections_and_closes_those_beyond) {
  using boost::asio::ip::tcp;
  boost::asio::io_context io;
  std::vector<tcp::socket> idle;
  for (int i = 0; i < 33; ++i) {
    idle.emplace_back(io).connect({boost::asio::ip::address_v4::loopback(), port_});
  }
  char byte = 0;
  boost::system::error_code end;
  idle.back().read_some(boost::asio::buffer(&byte, 1), end);
  EXPECT_TRUE(end) << "of the last one";
  idle.erase(idle.begin());
  for (std::string answer; !answer.starts_with("HTTP/1.1 200");) answer = get(port_, "/healthz");
}

TEST_F(HealthServerTest, the_version_of_the_client_is_kept) {
  const std::string answer = answers(port_, "GET /healthz HTTP/1.0\r\n\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.0 200 OK\r\n"));
  EXPECT_THAT(answer, Not(HasSubstr("keep-alive")));
}

TEST_F(HealthServerTest, a_port_that_is_taken_is_named) {
  const std::string address = "127.0.0.1:" + std::to_string(port_);
  try {
    const HealthServer second{address, {}};
    FAIL();
  } catch (const IoError& error) {
    EXPECT_EQ(error.during(), IoError::During::create);
    EXPECT_EQ(error.what(), "cannot create --metrics " + address + ": Address already in use");
  }
}

TEST(HealthServer, a_reader_that_is_stuck_is_dropped_after_ten_seconds) {
  LiveView view{"deribit"};
  const HealthServer server{
      "127.0.0.1:0",
      {.metrics = [] { return std::string{"frames 7\n"}; }, .problem = {}, .view = &view}};
  using boost::asio::ip::tcp;
  boost::asio::io_context io;
  tcp::socket stuck{io, tcp::v4()};
  stuck.set_option(tcp::socket::receive_buffer_size{4096});
  stuck.connect({boost::asio::ip::address_v4::loopback(), server.port()});
  boost::asio::write(
      stuck,
      boost::asio::buffer(std::string_view{"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n"}));
  while (!view.is_watched()) std::this_thread::yield();

  // An event for which the buffers of both ends have no room.
  Status status;
  for (int i = 0; i < 100; ++i) status.symbols[std::to_string(i) + std::string(100'000, 'x')] = {};
  view.update(status, "", Timestamp{1s});
  const auto begin = std::chrono::steady_clock::now();
  while (view.is_watched()) {
    EXPECT_THAT(get(server.port(), "/metrics"), EndsWith("frames 7\n")) << "others are served";
    std::this_thread::sleep_for(100ms);
  }
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 10s) << "a slow reader is waited for";
}

TEST(HealthServerAddress, is_a_host_and_a_port) {
  for (const char* address : {"", "9100", ":9100", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536",
                              "127.0.0.1:-1", "127.0.0.1:123456"}) {
    try {
      const HealthServer server{address, {}};
      FAIL() << address;
    } catch (const UsageError& error) {
      EXPECT_EQ(error.what(),
                "--metrics: expected HOST:PORT, found '" + std::string{address} + "'");
    }
  }
}

TEST(HealthServerAddress, a_host_that_is_not_ours_is_refused) {
  EXPECT_THROW((HealthServer{"192.0.2.1:0", {}}), IoError);
}

TEST(HealthServerAddress, may_be_of_ip_6) {
  try {
    EXPECT_GT((HealthServer{"[::1]:0", {}}.port()), 0);
  } catch (const IoError& error) {
    GTEST_SKIP() << "there is no IPv6: " << error.what();
  }
}

class ReporterTest : public testing::Test {
 protected:
  ReporterTest() {
    options_.out = "-";
    options_.metrics = "127.0.0.1:0";
    complete(options_);
    status_.is_connected = true;
    status_.tally.books = 3;
    status_.seconds_since_frame = 0;
  }
  /// The port that was logged.
  [[nodiscard]] std::uint16_t port() const {
    std::smatch found;
    const std::string text = log_.text();
    EXPECT_TRUE(std::regex_search(text, found, std::regex{"info: metrics at port ([0-9]+)\n"}));
    return static_cast<std::uint16_t>(std::stoi(found[1]));
  }

  LogWatch log_;
  ScratchFolder scratch_;
  Options options_;
  Status status_;
};

TEST_F(ReporterTest, is_not_healthy_before_it_knows) {
  StatusMonitor monitor{options_};
  EXPECT_THAT(get(port(), "/healthz"), AllOf(HasSubstr(" 503 "), EndsWith("starting\n")));
  monitor.begin();
  monitor.on_status(status_);
  EXPECT_THAT(get(port(), "/healthz"), AllOf(HasSubstr(" 200 "), EndsWith("ok\n")));
  status_.is_connected = false;
  monitor.on_status(status_);
  EXPECT_THAT(get(port(), "/healthz"), AllOf(HasSubstr(" 503 "), EndsWith("not connected\n")));
}

TEST_F(ReporterTest, serves_what_it_was_told) {
  StatusMonitor monitor{options_};
  status_.tally.frames = 42;
  monitor.on_book(50us);
  monitor.on_status(status_);
  const std::string answer = get(port(), "/metrics");
  EXPECT_THAT(answer, HasSubstr("\nobsave_frames_total 42\n"));
  EXPECT_THAT(answer, HasSubstr("obsave_frame_to_file_seconds_count 1\n"));
  EXPECT_THAT(answer, HasSubstr("venue=\"deribit\""));
}

TEST_F(ReporterTest, serves_a_page_that_is_its_own) {
  const StatusMonitor monitor{options_};
  const std::string answer = get(port(), "/");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr("Content-Type: text/html; charset=utf-8\r\n"));
  EXPECT_THAT(answer, HasSubstr("default-src 'none'"));
  EXPECT_THAT(answer, HasSubstr("Recording deribit"));
  EXPECT_THAT(answers(port(), "GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"),
              StartsWith("HTTP/1.1 421 "));
}

TEST_F(ReporterTest, events_have_what_it_was_told_while_somebody_reads) {
  StatusMonitor monitor{options_};
  EXPECT_FALSE(monitor.wants_levels());
  boost::asio::ip::tcp::iostream reader{"127.0.0.1", std::to_string(port())};
  reader << "GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n" << std::flush;
  std::string line;
  for (bool is_told = false; std::getline(reader, line) && !line.starts_with("data: ");) {
    if (line.starts_with("Content-Type:")) {
      EXPECT_EQ(line, "Content-Type: text/event-stream\r");
    }
    if (line != ":" || is_told) continue;
    EXPECT_TRUE(monitor.wants_levels());
    status_.tally.frames = 42;
    monitor.on_status(status_);
    is_told = true;
  }
  EXPECT_THAT(line, HasSubstr("\"frames\":42"));
  reader.close();
  while (monitor.wants_levels()) std::this_thread::yield();
}

TEST_F(ReporterTest, serves_nothing_when_nobody_asked) {
  options_.metrics.clear();
  StatusMonitor monitor{options_};
  monitor.begin();
  monitor.on_book(50us);
  monitor.on_status(status_);
  EXPECT_EQ(log_.text(), "") << "a line a minute";
}

TEST_F(ReporterTest, tells_the_service_manager_readiness_and_life) {
  const ServiceManager manager{scratch_ / "notify"};
  options_.metrics.clear();
  StatusMonitor monitor{options_};
  EXPECT_EQ(manager.next(), "");
  monitor.begin();
  EXPECT_EQ(manager.next(), "READY=1");
  monitor.on_status(status_);
  EXPECT_EQ(manager.next(), "WATCHDOG=1\nSTATUS=3 books of 0 frames, 0 gaps");
  service::tell_stopping();
  EXPECT_EQ(manager.next(), "STOPPING=1");
  EXPECT_EQ(manager.next(), "");
}

TEST(Service, without_a_manager_nobody_is_told) {
  service::tell_ready();
  service::tell_alive("3 books");
  service::tell_stopping();
}

TEST_F(ReporterTest, an_address_that_cannot_be_had_is_an_error_at_once) {
  options_.metrics = "nowhere";
  EXPECT_THROW(StatusMonitor{options_}, UsageError);
}

}  // namespace
}  // namespace obkit::obsave
