#include "http_client.hpp"

#include <deque>
#include <exception>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/stream_traits.hpp>
#include <boost/beast/http.hpp>

namespace obkit::net {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;

using Page = http::request<http::empty_body>;
using Parser = http::response_parser<http::string_body>;

/// One connection to the server, whatever it is made of.
class HttpConnection {
 public:
  HttpConnection(const Endpoint& server, const Executor& executor) : connector_{server, executor} {}
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;
  virtual ~HttpConnection() = default;

  /// Why there is no connection; empty when it stands.
  virtual Awaitable<std::optional<Disconnect>> open() = 0;
  /// Why there is no answer; empty when there is one.
  virtual Awaitable<std::optional<Disconnect>> ask(const Page& page, Parser& parser) = 0;
  virtual void close() = 0;

  /// What goes on fails, as it took too long.
  void expire() {
    connector_.expire();
    close();
  }

 protected:
  Connector connector_;
};

template <class Stream>
class HttpConnectionOver final : public HttpConnection {
 public:
  template <class... Arguments>
  HttpConnectionOver(const Endpoint& server, asio::io_context& io, Arguments&... arguments)
      : HttpConnection{server, io.get_executor()}, stream_{io, arguments...} {}

  Awaitable<std::optional<Disconnect>> open() override {
    if (auto failure = co_await connector_.connect(tcp(), [] {})) co_return failure;
    if constexpr (std::is_same_v<Stream, TlsStream>) {
      if (auto failure = co_await connector_.secure(stream_)) co_return failure;
    }
    co_return std::nullopt;
  }

  Awaitable<std::optional<Disconnect>> ask(const Page& page, Parser& parser) override {
    const auto [unsent, written] = co_await http::async_write(stream_, page, quiet);
    if (unsent) co_return connector_.failure_of(Disconnect::Kind::cut, "cannot ask ", unsent);
    const auto [error, size] = co_await http::async_read(stream_, buffer_, parser, quiet);
    if (error) co_return connector_.failure_of(Disconnect::Kind::cut, "no answer of ", error);
    co_return std::nullopt;
  }

  void close() override {
    connector_.cancel();
    beast::error_code unknown;
    tcp().close(unknown);
  }

 private:
  TcpStream& tcp() { return beast::get_lowest_layer(stream_); }

  Stream stream_;
  beast::flat_buffer buffer_;
};

/// How a GET ended, with texts of its own.
struct Ended {
  int status = 0;
  std::string body = {}, problem = {};
  std::optional<std::chrono::seconds> retry_after = {};
};

Ended read_answer(const Endpoint& server, const Page& page,
                  http::response<http::string_body> answer) {
  constexpr int ok = 200;
  Ended ended{.status = static_cast<int>(answer.result_int())};
  const auto after = answer[http::field::retry_after];
  ended.retry_after = parse_retry_after({after.data(), after.size()});
  if (ended.status != ok) {
    const auto reason = answer.reason();
    ended.problem = server.authority() + std::string{page.target()} + ": HTTP " +
                    std::to_string(ended.status) + " " + std::string{reason.data(), reason.size()};
  }
  ended.body = std::move(answer.body());
  return ended;
}

}  // namespace

class HttpClient::Implementation {
 public:
  Implementation(asio::io_context& io, asio::ssl::context& tls, HttpOptions options)
      : io_{io}, tls_{tls}, options_{std::move(options)}, alarm_{io.get_executor()} {}

  void on_answer(OnAnswer on_answer) { on_answer_ = std::move(on_answer); }

  void get(feed::HttpGet page) {
    waiting_.push_back(std::move(page));
    if (std::exchange(is_serving_, true)) return;
    asio::co_spawn(io_, serve(), [](const std::exception_ptr& thrown) {
      if (thrown) std::rethrow_exception(thrown);
    });
  }

  void cancel() {
    waiting_.clear();
    is_wanted_ = false;
    alarm_.clear();
    if (connection_) connection_->close();
  }

 private:
  Awaitable<void> serve() {
    co_await asio::post(io_, quiet);  // not within get()
    while (!waiting_.empty()) {
      const feed::HttpGet page = std::move(waiting_.front());
      waiting_.pop_front();
      is_wanted_ = true;
      const Ended ended = co_await fetch(page.target);
      if (!is_wanted_) connection_.reset();
      if (is_wanted_)
        on_answer_({.key = page.key,
                    .status = ended.status,
                    .body = ended.body,
                    .problem = ended.problem,
                    .retry_after = ended.retry_after});
    }
    connection_.reset();
    is_serving_ = false;
  }

  Awaitable<Ended> fetch(const std::string& target) {
    if (!options_.server) co_return Ended{.problem = "no HTTP server is known"};
    Page page{http::verb::get, target, 11};
    page.set(http::field::host, options_.server->authority());
    page.set(http::field::user_agent, options_.user_agent);
    page.set(http::field::accept, "application/json");
    Parser parser;
    parser.body_limit(options_.body_max);
    alarm_.set(Timer::clock_type::now() + options_.patience, [this] {
      if (connection_) connection_->expire();
    });
    const bool is_kept = connection_ != nullptr;
    std::optional<Disconnect> failure = co_await ask(page, parser);
    alarm_.clear();
    if (failure) {
      connection_.reset();
      // A server may close a connection that it kept; then it was not asked.
      if (is_kept && is_wanted_ && !parser.got_some()) co_return co_await fetch(target);
      co_return Ended{.problem = failure->text};
    }
    if (!parser.keep_alive()) connection_.reset();
    co_return read_answer(*options_.server, page, parser.release());
  }

  Awaitable<std::optional<Disconnect>> ask(const Page& page, Parser& parser) {
    if (!connection_) {
      if (options_.server->secure)
        connection_ = std::make_unique<HttpConnectionOver<TlsStream>>(*options_.server, io_, tls_);
      else
        connection_ = std::make_unique<HttpConnectionOver<TcpStream>>(*options_.server, io_);
      if (auto failure = co_await connection_->open()) co_return failure;
    }
    co_return co_await connection_->ask(page, parser);
  }

  asio::io_context& io_;
  asio::ssl::context& tls_;
  const HttpOptions options_;
  OnAnswer on_answer_;
  Alarm alarm_;
  std::deque<feed::HttpGet> waiting_;
  std::unique_ptr<HttpConnection> connection_;
  bool is_serving_ = false;
  bool is_wanted_ = false;  ///< the answer of the GET that goes on
};

HttpClient::HttpClient(asio::io_context& io, asio::ssl::context& tls, HttpOptions options)
    : implementation_{std::make_unique<Implementation>(io, tls, std::move(options))} {}
HttpClient::~HttpClient() = default;

void HttpClient::on_answer(OnAnswer on_answer) { implementation_->on_answer(std::move(on_answer)); }
void HttpClient::get(feed::HttpGet page) { implementation_->get(std::move(page)); }
void HttpClient::cancel() { implementation_->cancel(); }

}  // namespace obkit::net
