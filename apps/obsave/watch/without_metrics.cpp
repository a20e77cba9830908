// Instead of metrics.cpp, where obkit is built without OBKIT_METRICS.
#include "obkit/core/error.hpp"

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

}  // namespace obkit::obsave
