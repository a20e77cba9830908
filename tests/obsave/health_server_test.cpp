#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/core/error.hpp"

#include "http_client.hpp"
#include "obsave/metrics.hpp"

namespace obkit::obsave {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

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

}  // namespace
}  // namespace obkit::obsave
