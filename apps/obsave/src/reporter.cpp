#include "obkit/obsave/reporter.hpp"

#include <spdlog/spdlog.h>

#include "obkit/obsave/service.hpp"

namespace obkit::obsave {
namespace {

/// A busy book is never silent so long, and a quiet one is asked for anew by then.
constexpr double stale_seconds = 90;
constexpr std::chrono::seconds between_lines{60};
/// The loop that records looks around every second.
constexpr std::chrono::seconds hung{15};

}  // namespace

Reporter::Reporter(const Settings& settings) {
  if (settings.metrics.empty()) return;
  metrics_.emplace(settings.venue->name);
  server_.emplace(settings.metrics,
                  HealthServer::Answers{.metrics = [this] { return metrics_->text(); },
                                        .problem = [this] { return problem(); }});
  spdlog::info("metrics at port {}", server_->port());
}

void Reporter::begin() { service::tell_ready(); }

void Reporter::on_book(std::chrono::nanoseconds delay) {
  if (metrics_) metrics_->observe_delay(delay);
}

void Reporter::on_status(const Status& status) {
  const auto now = Clock::now();
  const std::string text = status_text(status);
  service::tell_alive(text);
  if (metrics_) metrics_->update(status);
  {
    const std::lock_guard lock{mutex_};
    problem_ = problem_of(status, stale_seconds);
    last_status_ = now;
  }
  if (line_.is_active()) return line_.show(text);
  if (now - last_line_ < between_lines) return;
  last_line_ = now;
  spdlog::info("{}", text);
}

std::string Reporter::problem() const {
  const std::lock_guard lock{mutex_};
  return Clock::now() - last_status_ > hung ? "the recorder hangs" : problem_;
}

}  // namespace obkit::obsave
