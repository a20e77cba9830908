#include "obsave/metrics.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <string_view>
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
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include "obkit/core/error.hpp"

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

constexpr auto quiet = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::seconds patience{10};
/// Nobody who watches a recorder sends more.
constexpr std::uint32_t longest_head = 16 * 1024;

struct Address {
  std::string host, port;
};

/// HOST:PORT, or [ADDRESS]:PORT.
Address parse(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  const auto refuse = [&] {
    throw UsageError{"--metrics: expected HOST:PORT, found '" + text + "'"};
  };
  if (colon == std::string::npos || colon == 0) refuse();
  Address address{.host = text.substr(0, colon), .port = text.substr(colon + 1)};
  if (address.host.starts_with('[') && address.host.ends_with(']'))
    address.host = address.host.substr(1, address.host.size() - 2);
  constexpr std::size_t most_digits = 5;
  if (address.port.empty() || address.port.size() > most_digits ||
      address.port.find_first_not_of("0123456789") != std::string::npos ||
      std::stoi(address.port) > 65535)
    refuse();
  return address;
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
    for (const auto& [kind, count] : status.disconnects)
      raise(losses_.Add({{"reason", kind}}), count);
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
    const Address address = parse(text);
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
        asio::co_spawn(io_, serve(beast::tcp_stream{std::move(socket)}), asio::detached);
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
  std::thread thread_;
};

HealthServer::HealthServer(const std::string& address, Answers answers)
    : implementation_{std::make_unique<Implementation>(address, std::move(answers))} {}
HealthServer::~HealthServer() = default;

std::uint16_t HealthServer::port() const { return implementation_->port(); }

}  // namespace obkit::obsave
