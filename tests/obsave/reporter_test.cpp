#include <regex>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/core/error.hpp"

#include "http_client.hpp"
#include "log_watch.hpp"
#include "obsave/service.hpp"
#include "obsave/status.hpp"
#include "scratch_folder.hpp"
#include "service_manager.hpp"

namespace obkit::obsave {
namespace {

using namespace std::chrono_literals;
using testing::EndsWith;
using testing::HasSubstr;

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
  monitor.on_status(status_);
  monitor.on_book(50us);
  const std::string answer = get(port(), "/metrics");
  EXPECT_THAT(answer, HasSubstr("\nobsave_frames_total 42\n"));
  EXPECT_THAT(answer, HasSubstr("obsave_frame_to_file_seconds_count 1\n"));
  EXPECT_THAT(answer, HasSubstr("venue=\"deribit\""));
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
