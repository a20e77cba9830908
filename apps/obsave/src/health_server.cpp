#include "obkit/obsave/health_server.hpp"

#include <chrono>
#include <csignal>
#include <string_view>
#include <thread>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include "obkit/core/error.hpp"

namespace obkit::obsave {
namespace {

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
