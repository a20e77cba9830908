#include "obsave/watch/metrics.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <mutex>
#include <sstream>
#include <string_view>
#include <sys/resource.h>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <fmt/format.h>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>
#include <unistd.h>

#include "obkit/core/error.hpp"
#include "obkit/core/host_port.hpp"
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

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;

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

constexpr auto quiet = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::seconds patience{10};
/// Descriptors are for day-files: these connections are enough for all who watch.
constexpr std::size_t most_connections = 32;
/// Nobody who watches a recorder sends more.
constexpr std::uint32_t longest_head = 16 * 1024;

HostPort parse_address(const std::string& text) {
  auto address = parse_host_port(text);
  if (!address || address->port.empty())
    throw UsageError{"--metrics: expected HOST:PORT, found '" + text + "'"};
  return *std::move(address);
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
    writable_.Add(labels).Set(status.can_be_written ? 1 : 0);
    show(since_book_, labels, status.seconds_since_book);
    show(lag_, labels, status.lag_seconds);
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
  prometheus::Gauge& connected_ = gauge("obsave_connected", "1 while there is a connection");
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
  prometheus::Family<prometheus::Gauge>& writable_ =
      gauges("obsave_output_ok", "0 while books, manifest or capture cannot be written");
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

class HealthServer::Implementation {
 public:
  Implementation(const std::string& address, Answers answers) : answers_{std::move(answers)} {
    listen(address);
    asio::co_spawn(io_, accept(), asio::detached);
    start_thread();
  }
  Implementation(const Implementation&) = delete;
  Implementation& operator=(const Implementation&) = delete;
  ~Implementation() {
    io_.stop();
    thread_.join();
  }

  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

 private:
  void listen(const std::string& text) {
    const HostPort address = parse_address(text);
    boost::system::error_code error;
    const auto found =
        tcp::resolver{io_}.resolve(address.host, address.port, tcp::resolver::passive, error);
    if (!error) {
      const tcp::endpoint endpoint = *found.begin();
      acceptor_.open(endpoint.protocol(), error);
      if (!error) acceptor_.set_option(tcp::acceptor::reuse_address{true}, error);
      if (!error) acceptor_.bind(endpoint, error);
      if (!error) acceptor_.listen(tcp::acceptor::max_listen_connections, error);
    }
    if (error) throw IoError{IoError::During::create, "--metrics " + text, error.message()};
  }

  /// It takes no signals: they are for the recorder, which ends properly.
  void start_thread() {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    thread_ = std::thread{[this] { io_.run(); }};
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }

  asio::awaitable<void> accept() {
    for (asio::steady_timer pause{io_};;) {
      auto [error, socket] = co_await acceptor_.async_accept(quiet);
      if (!error) {
        if (serving_ == most_connections) continue;  // closes it
        ++serving_;
        asio::co_spawn(io_, serve(beast::tcp_stream{std::move(socket)}),
                       [this](const std::exception_ptr&) { --serving_; });
        continue;
      }
      pause.expires_after(std::chrono::seconds{1});  // no file descriptor is free: soon one may be
      co_await pause.async_wait(quiet);
    }
  }

  asio::awaitable<void> serve(beast::tcp_stream stream) {
    beast::flat_buffer buffer;
    for (bool more = true; more;) {
      http::request_parser<http::empty_body> parser;
      parser.header_limit(longest_head);
      stream.expires_after(patience);
      const auto [broken, read] = co_await http::async_read_header(stream, buffer, parser, quiet);
      if (broken) co_return;
      auto response = answer(parser.get());
      // Nobody is waited for who goes on to send a body.
      response.keep_alive(parser.get().keep_alive() && parser.is_done());
      more = response.keep_alive();
      const auto [failed, written] = co_await http::async_write(stream, response, quiet);
      if (failed) co_return;
    }
    boost::system::error_code ignored;
    stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
  }

  [[nodiscard]] http::response<http::string_body> answer(
      const http::request<http::empty_body>& request) const {
    http::response<http::string_body> response{http::status::ok, request.version()};
    response.set(http::field::content_type, "text/plain; version=0.0.4; charset=utf-8");
    const auto target = request.target();
    const bool is_read =
        request.method() == http::verb::get || request.method() == http::verb::head;
    if (!is_read) {
      response.result(http::status::method_not_allowed);
      response.set(http::field::allow, "GET, HEAD");
    } else if (target == "/metrics") {
      response.body() = answers_.metrics();
    } else if (target == "/healthz") {
      const std::string problem = answers_.problem();
      if (!problem.empty()) response.result(http::status::service_unavailable);
      response.body() = (problem.empty() ? "ok" : problem) + "\n";
    } else {
      response.result(http::status::not_found);
      response.body() = "/metrics or /healthz\n";
    }
    response.prepare_payload();
    if (request.method() == http::verb::head) response.body().clear();
    return response;
  }

  Answers answers_;
  asio::io_context io_{1};
  tcp::acceptor acceptor_{io_};
  std::size_t serving_ = 0;  ///< connections; of the thread
  std::thread thread_;
};

HealthServer::HealthServer(const std::string& address, Answers answers)
    : implementation_{std::make_unique<Implementation>(address, std::move(answers))} {}
HealthServer::~HealthServer() = default;

std::uint16_t HealthServer::port() const { return implementation_->port(); }

}  // namespace obkit::obsave
