#include "obsave/watch/health_server.hpp"

#include <chrono>
#include <csignal>
#include <cstddef>
#include <exception>
#include <string_view>
#include <thread>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include "obkit/core/error.hpp"
#include "obkit/core/host_port.hpp"

#include "obsave/watch/live_view.hpp"

namespace obkit::obsave {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using namespace asio::experimental::awaitable_operators;  // ||

constexpr auto quiet = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::seconds patience{10};
/// Descriptors are for day-files: these connections are enough for all who watch.
constexpr std::size_t most_connections = 32;
/// Of these, so that Prometheus always finds room.
constexpr std::size_t most_readers = 8;
constexpr std::chrono::seconds between_events{1};
constexpr const char* event_type = "text/event-stream";
/// Nobody who watches a recorder sends more.
constexpr std::uint32_t longest_head = 16 * 1024;

HostPort parse_address(const std::string& text) {
  auto address = parse_host_port(text);
  if (!address || address->port.empty())
    throw UsageError{"--metrics: expected HOST:PORT, found '" + text + "'"};
  return *std::move(address);
}

}  // namespace

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
  /// One more, as long as it lives.
  class Counted {
   public:
    explicit Counted(std::size_t& count) : count_{count} { ++count_; }
    Counted(Counted&&) = delete;
    Counted& operator=(Counted&&) = delete;
    ~Counted() { --count_; }

   private:
    std::size_t& count_;
  };

  void listen(const std::string& text) {
    const HostPort address = parse_address(text);
    host_ = address.host;
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
      if (wants_events(parser.get())) co_return co_await send_events(stream, parser.get());
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

  [[nodiscard]] static bool is_of_page(std::string_view target) {
    return target == "/" || target == "/events";
  }

  /// Another site's name that leads here says which site's page asks.
  [[nodiscard]] bool is_known_host(std::string_view host) const {
    const auto parsed = parse_host_port(host);
    const std::string name = parsed ? parsed->host : std::string{host};
    boost::system::error_code no_address;
    asio::ip::make_address(name, no_address);
    return !no_address || name == "localhost" || name == host_ ||
           (!name.empty() && name.find('.') == std::string::npos);
  }

  /// Nobody else's page may show, embed or read what is answered.
  template <class Response>
  static void guard(Response& response) {
    response.set(http::field::cache_control, "no-store");
    response.set("X-Content-Type-Options", "nosniff");
    response.set("X-Frame-Options", "DENY");
    response.set("Cross-Origin-Resource-Policy", "same-origin");
    response.set("Referrer-Policy", "no-referrer");
  }

  using Request = http::request<http::empty_body>;

  [[nodiscard]] bool wants_events(const Request& request) const {
    return request.method() == http::verb::get && request.target() == "/events" &&
           answers_.view != nullptr && readers_ < most_readers &&
           is_known_host(request[http::field::host]);
  }

  asio::awaitable<void> send_events(beast::tcp_stream& stream, const Request& request) {
    const Counted reader{readers_};
    const LiveView::Watcher watcher{*answers_.view};
    boost::system::error_code ignored;
    // A reader that is stuck is noticed before much waits for it.
    stream.socket().set_option(tcp::socket::send_buffer_size{64 * 1024}, ignored);
    http::response<http::empty_body> head{http::status::ok, request.version()};
    head.set(http::field::content_type, event_type);
    head.keep_alive(false);
    guard(head);
    http::response_serializer<http::empty_body> serializer{head};
    stream.expires_after(patience);
    const auto [failed, written] = co_await http::async_write_header(stream, serializer, quiet);
    if (!failed) co_await follow(stream);
  }

  /// Until the reader is gone, or does not read any more.
  asio::awaitable<void> follow(beast::tcp_stream& stream) {
    // What was seen when somebody watched before is old.
    std::uint64_t seen = answers_.view->event().number;
    for (asio::steady_timer pause{io_};;) {
      const LiveView::Event event = answers_.view->event();
      // A comment shows whether the reader is there still.
      std::string text = ":\n\n";
      if (event.number != seen) text = "data: " + *event.json + "\n\n";
      seen = event.number;
      stream.expires_after(patience);
      const auto [failed, written] = co_await asio::async_write(stream, asio::buffer(text), quiet);
      if (failed) co_return;
      pause.expires_after(between_events);
      // One that leaves, or goes on to talk, makes room at once.
      char byte = 0;
      const auto first = co_await (pause.async_wait(quiet) ||
                                   stream.socket().async_read_some(asio::buffer(&byte, 1), quiet));
      if (first.index() == 1) co_return;
    }
  }

  [[nodiscard]] http::response<http::string_body> answer(const Request& request) const {
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
    } else if (is_of_page(target) && !is_known_host(request[http::field::host])) {
      response.result(http::status::misdirected_request);
      response.body() = "ask by an address, or by the name that --metrics has\n";
    } else if (target == "/" && !answers_.page.empty()) {
      response.set(http::field::content_type, "text/html; charset=utf-8");
      response.body() = answers_.page;
    } else if (target == "/events" && answers_.view != nullptr) {  // but nobody may listen
      if (readers_ < most_readers)
        response.set(http::field::content_type, event_type);
      else
        response.result(http::status::service_unavailable);
    } else {
      response.result(http::status::not_found);
      response.body() =
          answers_.page.empty() ? "/metrics or /healthz\n" : "/, /metrics or /healthz\n";
    }
    guard(response);
    response.prepare_payload();
    if (request.method() == http::verb::head) response.body().clear();
    return response;
  }

  Answers answers_;
  std::string host_;  ///< of the address
  // Of the thread. They outlive what runs in it.
  std::size_t serving_ = 0;  ///< connections
  std::size_t readers_ = 0;  ///< of events, of these
  asio::io_context io_{1};
  tcp::acceptor acceptor_{io_};
  std::thread thread_;
};

HealthServer::HealthServer(const std::string& address, Answers answers)
    : implementation_{std::make_unique<Implementation>(address, std::move(answers))} {}
HealthServer::~HealthServer() = default;

std::uint16_t HealthServer::port() const { return implementation_->port(); }

}  // namespace obkit::obsave
