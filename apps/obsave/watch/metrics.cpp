#include "obsave/watch/metrics.hpp"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <mutex>
#include <sstream>
#include <string_view>
#include <sys/resource.h>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>
#include <unistd.h>

#include "obkit/core/number.hpp"
#include "obkit/core/version.hpp"

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

/// Number `n` of the fields in a file of /proc/self, from 1; those of `stat` begin behind the name.
double proc_field(const char* file, int n) {
  std::ifstream in{std::string{"/proc/self/"} + file};
  std::string text{std::istreambuf_iterator<char>{in}, {}};
  if (const std::size_t name = text.rfind(')'); name != std::string::npos)
    text.replace(0, name + 1, "0 0");
  std::istringstream fields{text};
  for (std::string field; fields >> field;)
    if (--n == 0) return parse_number(field).value_or(0);
  return 0;
}

double open_descriptors() {
  std::error_code unknown;
  std::filesystem::directory_iterator each{"/proc/self/fd", unknown};
  double count = -1;  // the one that lists them
  for (; !unknown && each != std::filesystem::directory_iterator{}; each.increment(unknown))
    ++count;
  return count;
}

/// Seconds since 1970.
double start_time() {
  constexpr int since_boot_ticks = 22;
  timespec up{};
  ::clock_gettime(CLOCK_BOOTTIME, &up);
  const double age =
      static_cast<double>(up.tv_sec) -
      proc_field("stat", since_boot_ticks) / static_cast<double>(::sysconf(_SC_CLK_TCK));
  return static_cast<double>(::time(nullptr)) - age;
}

/// What Prometheus' own client libraries tell of any process, in its text format.
std::string process_text() {
  std::string text;
  const auto tell = [&](const char* name, const char* type, const char* help, double value) {
    text += fmt::format("# HELP {0} {2}\n# TYPE {0} {1}\n{0} {3}\n", name, type, help, value);
  };
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  const auto page = static_cast<double>(::sysconf(_SC_PAGESIZE));
  rlimit most{};
  ::getrlimit(RLIMIT_NOFILE, &most);
  tell("process_cpu_seconds_total", "counter", "Processor time, of user and system",
       seconds(used.ru_utime) + seconds(used.ru_stime));
  tell("process_resident_memory_bytes", "gauge", "Resident memory", proc_field("statm", 2) * page);
  tell("process_virtual_memory_bytes", "gauge", "Virtual memory", proc_field("statm", 1) * page);
  tell("process_open_fds", "gauge", "Open file descriptors", open_descriptors());
  tell("process_max_fds", "gauge", "File descriptors that may be open",
       static_cast<double>(most.rlim_cur));
  tell("process_start_time_seconds", "gauge", "Start of the process, seconds since 1970",
       start_time());
  return text;
}

}  // namespace

class Metrics::Implementation {
 public:
  explicit Implementation(std::string_view venue) {
    prometheus::BuildGauge()
        .Name("obsave_build_info")
        .Help("Always 1; the version and the venue are labels")
        .Register(registry_)
        .Add({{"version", std::string{version()}}, {"venue", std::string{venue}}})
        .Set(1);
  }

  void update(const Status& status) {
    const std::unique_lock lock{mutex_, std::try_to_lock};
    if (!lock) return;  // they are being read: until the next time
    const Tally& tally = status.tally;
    raise(frames_, tally.frames);
    raise(bytes_, tally.bytes);
    raise(malformed_, tally.malformed);
    raise(connections_, status.connections);
    raise(successions_, status.successions);
    for (const auto& [kind, count] : status.disconnects)
      raise(losses_.Add({{"reason", kind}}), count);
    connected_.Set(status.is_connected ? 1 : 0);
    wanted_.Set(static_cast<double>(status.wanted));
    standing_.Set(static_cast<double>(status.standing));
    unread_.Set(static_cast<double>(status.unread_bytes));
    if (status.seconds_since_frame) since_frame_.Set(*status.seconds_since_frame);
    if (status.disk_free_bytes) disk_free_.Set(static_cast<double>(*status.disk_free_bytes));
    for (const auto& [symbol, one] : status.symbols) update(symbol, one);
    settle_delays();
  }

  void observe_delay(std::chrono::nanoseconds delay) {
    const double seconds = std::chrono::duration<double>{delay}.count();
    const auto bucket = std::lower_bound(delay_bounds_.begin(), delay_bounds_.end(), seconds);
    ++delays_[static_cast<std::size_t>(bucket - delay_bounds_.begin())];
    delay_sum_ += seconds;
    longest_ = std::max(longest_, seconds);
  }

  [[nodiscard]] std::string text() const {
    const std::lock_guard lock{mutex_};
    return prometheus::TextSerializer{}.Serialize(registry_.Collect()) + process_text();
  }

 private:
  void update(const std::string& symbol, const SymbolStatus& status) {
    const prometheus::Labels labels{{"symbol", symbol}};
    const Tally& tally = status.tally;
    raise(books_.Add(labels), tally.books - std::min(tally.books, status.output.lost));
    raise(gaps_.Add(labels), tally.gaps);
    raise(resyncs_.Add(labels), tally.losses);
    raise(thin_.Add(labels), tally.thin);
    raise(dropped_.Add(labels), tally.dropped);
    raise(unbelieved_.Add(labels), tally.unbelieved);
    raise(checks_.Add(labels), tally.checks);
    raise(agreed_.Add(labels), tally.agreed);
    raise(unwritten_.Add(labels), status.output.lost);
    raise(clamped_.Add(labels), status.output.clamped);
    if (status.trades) update_trades(labels, *status.trades, status.trade_doubles);
    writable_.Add(labels).Set(status.can_be_written ? 1 : 0);
    show(since_book_, labels, status.seconds_since_book);
    show(lag_, labels, status.lag_seconds);
  }

  void update_trades(const prometheus::Labels& labels, const TradeCounts& trades,
                     std::uint64_t doubles) {
    raise(trades_.Add(labels), trades.trades);
    raise(trade_gaps_.Add(labels), trades.gaps);
    raise(trade_doubles_.Add(labels), doubles);
    raise(late_trades_.Add(labels), trades.late);
    raise(unwritten_trades_.Add(labels), trades.lost);
  }

  /// The histogram is of the same moment as the counters.
  void settle_delays() {
    delay_.ObserveMultiple(delays_, delay_sum_);
    delays_.assign(delays_.size(), 0);
    delay_sum_ = 0;
    longest_delay_.Set(longest_);
  }

  /// What is not known is not there.
  static void show(prometheus::Family<prometheus::Gauge>& family, const prometheus::Labels& labels,
                   const std::optional<double>& value) {
    if (value)
      family.Add(labels).Set(*value);
    else if (family.Has(labels))
      family.Remove(&family.Add(labels));
  }
  prometheus::Family<prometheus::Counter>& counters(const char* name, const char* help) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry_);
  }
  prometheus::Counter& counter(const char* name, const char* help) {
    return counters(name, help).Add({});
  }
  prometheus::Family<prometheus::Gauge>& gauges(const char* name, const char* help) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry_);
  }
  prometheus::Gauge& gauge(const char* name, const char* help) {
    return gauges(name, help).Add({});
  }

  mutable std::mutex mutex_;  ///< of the registry's moment
  prometheus::Registry registry_;
  prometheus::Counter& frames_ = counter("obsave_frames_total", "Frames received");
  prometheus::Counter& bytes_ = counter("obsave_frame_bytes_total", "Bytes of these frames");
  prometheus::Counter& malformed_ =
      counter("obsave_malformed_frames_total", "Frames that were not understood");
  prometheus::Counter& connections_ = counter("obsave_connections_total", "Connections made");
  prometheus::Counter& successions_ =
      counter("obsave_successions_total",
              "Connections that followed another without a gap, before its end");
  prometheus::Family<prometheus::Counter>& losses_ =
      counters("obsave_reconnects_total", "Connections lost or not made, by reason");
  prometheus::Gauge& connected_ = gauge("obsave_connected", "1 while all connections stand");
  prometheus::Gauge& wanted_ =
      gauge("obsave_connections_wanted", "Connections that the symbols need at a time");
  prometheus::Gauge& standing_ = gauge("obsave_connections", "Connections that stand");
  prometheus::Gauge& since_frame_ =
      gauge("obsave_seconds_since_last_frame", "Seconds since a frame came");
  prometheus::Gauge& unread_ =
      gauge("obsave_receive_queue_bytes", "Received by the kernel, waiting to be read");
  prometheus::Gauge& disk_free_ = gauge("obsave_disk_free_bytes", "Free where the day-files lie");

  using Counters = prometheus::Family<prometheus::Counter>;
  Counters& books_ = counters("obsave_books_total", "Books written");
  Counters& gaps_ = counters("obsave_gaps_total", "Books with a gap before them");
  Counters& resyncs_ = counters("obsave_resyncs_total", "Books that were fetched anew");
  Counters& thin_ =
      counters("obsave_thin_books_total", "Books not written: too few levels on a side");
  Counters& dropped_ =
      counters("obsave_dropped_changes_total", "Changes that came without an image before them");
  Counters& unbelieved_ = counters("obsave_unbelieved_times_total",
                                   "Event times too far from the clock to be believed");
  Counters& checks_ = counters("obsave_checks_total",
                               "Books held against a checksum or a snapshot of the exchange");
  Counters& agreed_ = counters("obsave_checks_agreed_total", "Of these, books that were the same");
  Counters& unwritten_ =
      counters("obsave_unwritten_books_total", "Books lost because they could not be written");
  Counters& clamped_ = counters("obsave_clamped_times_total", "Times kept from going back");
  Counters& trades_ = counters("obsave_trades_total", "Trades of the exchange written");
  Counters& trade_gaps_ =
      counters("obsave_trade_gaps_total", "Trades before which others may be missing");
  Counters& trade_doubles_ =
      counters("obsave_double_trades_total", "Trades left out: they had come already");
  Counters& late_trades_ =
      counters("obsave_late_trades_total", "Trades that came when later ones were written");
  Counters& unwritten_trades_ =
      counters("obsave_unwritten_trades_total", "Trades lost because they could not be written");
  prometheus::Family<prometheus::Gauge>& writable_ =
      gauges("obsave_output_ok", "0 while books, trades, manifest or capture cannot be written");
  prometheus::Family<prometheus::Gauge>& since_book_ =
      gauges("obsave_seconds_since_last_book", "Seconds since a book was written");
  prometheus::Family<prometheus::Gauge>& lag_ =
      gauges("obsave_exchange_to_receive_lag_seconds",
             "From the exchange's event time to the receipt of it; none for markets of the past");

  const prometheus::Histogram::BucketBoundaries delay_bounds_ = delay_bounds();
  std::vector<double> delays_ = std::vector<double>(delay_bounds_.size() + 1);  ///< not settled yet
  double delay_sum_ = 0, longest_ = 0;
  prometheus::Gauge& longest_delay_ = gauge("obsave_frame_to_file_seconds_max",
                                            "The longest from receipt to output since the start");
  prometheus::Histogram& delay_ = prometheus::BuildHistogram()
                                      .Name("obsave_frame_to_file_seconds")
                                      .Help("From the receipt of a frame to its book's output")
                                      .Register(registry_)
                                      .Add({}, delay_bounds_);
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
