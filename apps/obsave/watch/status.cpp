#include "obsave/watch/status.hpp"

#include <algorithm>
#include <cstddef>
#include <span>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "obkit/core/number.hpp"

#include "obsave/watch/health_server.hpp"
#include "obsave/watch/live_view.hpp"
#include "obsave/watch/metrics.hpp"

namespace obkit::obsave {
namespace {

/// A busy book is never silent so long, and a quiet one is asked for anew by then.
constexpr double stale_seconds = 90;
constexpr std::chrono::seconds between_lines{60};
/// The loop that records looks around every second.
constexpr std::chrono::seconds hung{15};

/// Of one that has not all connections.
std::string connection_trouble(const Status& status) {
  if (status.standing == 0) return "not connected";
  return fmt::format("{} of {} connections stand", status.standing, status.wanted);
}

}  // namespace

std::string problem_of(const Status& status, double stale_seconds) {
  if (!status.trouble.empty()) return "cannot write: " + status.trouble;
  if (!status.is_connected) return connection_trouble(status);
  if (status.tally.books == 0) return "no book yet";
  if (!status.seconds_since_frame || *status.seconds_since_frame > stale_seconds)
    return fmt::format("no frame for {:.0f} s", status.seconds_since_frame.value_or(0));
  return {};
}

std::string status_text(const Status& status) {
  std::string text = counted(status.tally.books, "book") + " of " +
                     counted(status.tally.frames, "frame") + ", " +
                     counted(status.tally.gaps, "gap");
  const std::uint64_t reconnects =
      status.connections - std::min<std::uint64_t>(status.connections, status.wanted);
  if (reconnects > 0) text += ", " + counted(reconnects, "reconnect");
  if (status.successions > 0) text += ", " + counted(status.successions, "succession");
  if (status.tally.losses > 0) text += ", " + counted(status.tally.losses, "lost book");
  if (status.output.lost > 0) text += ", " + counted(status.output.lost, "book") + " not written";
  if (status.trades) text += ", " + counted(status.trades->trades, "trade");
  if (status.tally.unbelieved > 0)
    text += ", " + counted(status.tally.unbelieved, "time") + " far from the clock";
  if (status.lag_seconds)
    text += fmt::format(", {:.0f} ms behind the exchange", *status.lag_seconds * 1000);
  if (status.seconds_since_frame && *status.seconds_since_frame >= 5)
    text += fmt::format(", nothing for {:.0f} s", *status.seconds_since_frame);
  if (!status.is_connected) text += ", " + connection_trouble(status);
  return text;
}

std::string text_of(const std::vector<Recorder::Loss>& bookless) {
  std::string text = "no book of " + bookless.front().symbol + ": " + bookless.front().reason;
  if (bookless.size() > 1) text += "; nor of " + counted(bookless.size() - 1, "further symbol");
  return text;
}

void tell_bookless(const std::vector<Recorder::Loss>& bookless) {
  constexpr std::size_t told = 3;
  for (const auto& [symbol, reason] : std::span{bookless}.first(std::min(told, bookless.size())))
    spdlog::warn("no book of {}: {}", symbol, reason);
  if (bookless.size() > told)
    spdlog::warn("no book of {} either", counted(bookless.size() - told, "further symbol"));
}

bool LogLimit::admits(Clock::time_point now) {
  constexpr std::uint64_t most = 10;
  sum_up(now);
  if (said_ == 0) begin_ = now;
  ++(said_ < most ? said_ : unsaid_);
  return unsaid_ == 0;
}

void LogLimit::sum_up(Clock::time_point now) {
  constexpr std::chrono::seconds period{60};
  if (said_ == 0 || now - begin_ < period) return;
  said_ = 0;
  tell_rest();
}

void LogLimit::tell_rest() {
  if (const std::uint64_t count = std::exchange(unsaid_, 0); count > 0)
    spdlog::warn("{} more {} within a minute", count, kind_);
}

StatusMonitor::StatusMonitor(const Options& options) {
  if (options.metrics.empty()) return;
  metrics_ = std::make_unique<Metrics>(options.venue->name);
  view_ = std::make_unique<LiveView>(std::string{options.venue->name});
  server_ = std::make_unique<HealthServer>(
      options.metrics, HealthServer::Answers{.metrics = [this] { return metrics_->text(); },
                                             .problem = [this] { return problem(); },
                                             .page = live_page(options.venue->name),
                                             .view = view_.get()});
  spdlog::info("metrics at port {}", server_->port());
}

StatusMonitor::~StatusMonitor() = default;

void StatusMonitor::begin() { service::tell_ready(); }

void StatusMonitor::on_book(std::chrono::nanoseconds delay) {
  if (metrics_) metrics_->observe_delay(delay);
}

bool StatusMonitor::wants_levels() const { return view_ && view_->is_watched(); }

void StatusMonitor::on_status(const Status& status) {
  const auto now = Clock::now();
  const std::string text = status_text(status);
  service::tell_alive(text);
  if (metrics_) metrics_->update(status);
  const std::string problem = problem_of(status, stale_seconds);
  if (view_) view_->update(status, problem, std::chrono::system_clock::now());
  {
    const std::lock_guard lock{mutex_};
    problem_ = problem;
    last_status_ = now;
  }
  if (line_.is_active()) return line_.show(text);
  if (now - last_line_ < between_lines) return;
  last_line_ = now;
  spdlog::info("{}", text);
}

std::string StatusMonitor::problem() const {
  const std::lock_guard lock{mutex_};
  return Clock::now() - last_status_ > hung ? "the recorder hangs" : problem_;
}

}  // namespace obkit::obsave
