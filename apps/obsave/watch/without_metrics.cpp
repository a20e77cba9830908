// Instead of metrics.cpp, health_server.cpp and live_view.cpp, where obkit is built without
// OBKIT_METRICS.
#include "obkit/core/error.hpp"

#include "obsave/watch/health_server.hpp"
#include "obsave/watch/live_view.hpp"
#include "obsave/watch/metrics.hpp"

namespace obkit::obsave {

class Metrics::Implementation {};
class HealthServer::Implementation {};

Metrics::Metrics(std::string_view /*venue*/) {
  throw UsageError{"--metrics: this build of obsave has no metrics"};
}
Metrics::~Metrics() = default;
void Metrics::update(const Status& /*status*/) {}
void Metrics::observe_delay(std::chrono::nanoseconds /*delay*/) {}
std::string Metrics::text() const { return {}; }

HealthServer::HealthServer(const std::string& /*address*/, Answers /*answers*/) {
  throw UsageError{"--metrics: this build of obsave has no metrics"};
}
HealthServer::~HealthServer() = default;
std::uint16_t HealthServer::port() const { return 0; }

LiveView::LiveView(std::string /*venue*/) {}
void LiveView::update(const Status& /*status*/, const std::string& /*problem*/, Timestamp /*now*/) {
}
LiveView::Event LiveView::event() { return {}; }
std::string live_page(std::string_view /*venue*/) { return {}; }

}  // namespace obkit::obsave
