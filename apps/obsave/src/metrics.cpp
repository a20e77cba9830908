#include "obkit/obsave/metrics.hpp"

#include <algorithm>
#include <vector>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace obkit::obsave {
namespace {

/// A counter that is told the whole sum each time.
void raise(prometheus::Counter& counter, std::uint64_t sum) {
  counter.Increment(static_cast<double>(sum) - counter.Value());
}

prometheus::Histogram::BucketBoundaries delay_bounds() {
  std::vector<double> bounds;
  for (const double parts : {1e6, 1e5, 1e4, 1e3, 1e2, 1e1, 1e0})  // so each is rounded once
    for (const double step : {1.0, 2.0, 5.0}) bounds.push_back(step / parts);
  return bounds;
}

}  // namespace

class Metrics::Implementation {
 public:
  explicit Implementation(std::string_view venue) {
    prometheus::BuildGauge()
        .Name("obsave_build_info")
        .Help("Always 1; the version and the venue are labels")
        .Register(registry_)
        .Add({{"version", OBKIT_VERSION}, {"venue", std::string{venue}}})
        .Set(1);
  }

  void update(const Status& status) {
    const Tally& tally = status.tally;
    raise(frames_, tally.frames);
    raise(bytes_, tally.bytes);
    raise(books_, tally.books);
    raise(gaps_, tally.gaps);
    raise(resyncs_, tally.losses);
    raise(malformed_, tally.malformed);
    raise(thin_, tally.thin);
    raise(dropped_, tally.dropped);
    raise(unwritten_, status.output.lost);
    raise(clamped_, status.output.clamped);
    raise(connections_, status.connections);
    for (const auto& [kind, count] : status.losses) raise(losses_.Add({{"reason", kind}}), count);
    connected_.Set(status.is_connected ? 1 : 0);
    writable_.Set(status.trouble.empty() ? 1 : 0);
    unread_.Set(static_cast<double>(status.unread_bytes));
    set(since_frame_, status.seconds_since_frame);
    set(since_book_, status.seconds_since_book);
    set(lag_, status.lag_seconds);
    set(disk_free_, status.disk_free_bytes);
  }

  void observe_delay(std::chrono::nanoseconds delay) {
    const double seconds = std::chrono::duration<double>{delay}.count();
    delay_.Observe(seconds);
    longest_delay_.Set(std::max(longest_delay_.Value(), seconds));
  }

  [[nodiscard]] std::string text() const {
    return prometheus::TextSerializer{}.Serialize(registry_.Collect());
  }

 private:
  template <class Number>
  static void set(prometheus::Gauge& gauge, const std::optional<Number>& value) {
    if (value) gauge.Set(static_cast<double>(*value));
  }
  prometheus::Counter& counter(const char* name, const char* help) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry_).Add({});
  }
  prometheus::Gauge& gauge(const char* name, const char* help) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry_).Add({});
  }

  prometheus::Registry registry_;
  prometheus::Counter& frames_ = counter("obsave_frames_total", "Frames received");
  prometheus::Counter& bytes_ = counter("obsave_frame_bytes_total", "Bytes of these frames");
  prometheus::Counter& books_ = counter("obsave_books_total", "Books written");
  prometheus::Counter& gaps_ = counter("obsave_gaps_total", "Books with a gap before them");
  prometheus::Counter& resyncs_ =
      counter("obsave_resyncs_total", "Books that were lost and fetched anew");
  prometheus::Counter& malformed_ =
      counter("obsave_malformed_frames_total", "Frames that were not understood");
  prometheus::Counter& thin_ =
      counter("obsave_thin_books_total", "Books not written: too few levels on a side");
  prometheus::Counter& dropped_ =
      counter("obsave_dropped_changes_total", "Changes that came without an image before them");
  prometheus::Counter& unwritten_ =
      counter("obsave_unwritten_books_total", "Books lost because nothing could be written");
  prometheus::Counter& clamped_ =
      counter("obsave_clamped_times_total", "Times kept from going back");
  prometheus::Counter& connections_ = counter("obsave_connections_total", "Connections made");
  prometheus::Family<prometheus::Counter>& losses_ =
      prometheus::BuildCounter()
          .Name("obsave_reconnects_total")
          .Help("Connections lost or not made, by reason")
          .Register(registry_);
  prometheus::Gauge& connected_ = gauge("obsave_connected", "1 while there is a connection");
  prometheus::Gauge& writable_ = gauge("obsave_output_ok", "0 while nothing can be written");
  prometheus::Gauge& since_frame_ =
      gauge("obsave_seconds_since_last_frame", "Seconds since a frame came");
  prometheus::Gauge& since_book_ =
      gauge("obsave_seconds_since_last_book", "Seconds since a book was written");
  prometheus::Gauge& lag_ = gauge("obsave_exchange_to_receive_lag_seconds",
                                  "From the exchange's event time to the receipt of it");
  prometheus::Gauge& unread_ =
      gauge("obsave_receive_queue_bytes", "Received by the kernel, waiting to be read");
  prometheus::Gauge& disk_free_ = gauge("obsave_disk_free_bytes", "Free where the day-files lie");
  prometheus::Gauge& longest_delay_ = gauge("obsave_frame_to_file_seconds_max",
                                            "The longest from receipt to output since the start");
  prometheus::Histogram& delay_ = prometheus::BuildHistogram()
                                      .Name("obsave_frame_to_file_seconds")
                                      .Help("From the receipt of a frame to its book's output")
                                      .Register(registry_)
                                      .Add({}, delay_bounds());
};

Metrics::Metrics(std::string_view venue)
    : implementation_{std::make_unique<Implementation>(venue)} {}
Metrics::~Metrics() = default;

void Metrics::update(const Status& status) { implementation_->update(status); }
void Metrics::observe_delay(std::chrono::nanoseconds delay) {
  implementation_->observe_delay(delay);
}
std::string Metrics::text() const { return implementation_->text(); }

}  // namespace obkit::obsave
