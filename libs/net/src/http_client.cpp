#include "http_client.hpp"

#include <algorithm>
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
  HttpConnection(const HttpOptions& options, const Executor& executor)
      : options_{options}, connector_{*options.server, options.proxy, executor} {}
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
  const HttpOptions& options_;
  Connector connector_;
};

template <class Stream>
class HttpConnectionOver final : public HttpConnection {
 public:
  template <class... Arguments>
  HttpConnectionOver(const HttpOptions& options, asio::io_context& io, Arguments&... arguments)
      : HttpConnection{options, io.get_executor()}, stream_{io, arguments...} {}

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
    if (error == http::error::body_limit)
      co_return Disconnect{.kind = Disconnect::Kind::protocol,
                           .text = "an answer of " + options_.server->authority() +
                                   " has more than " + bytes_text(options_.body_max)};
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
  bool is_final = false;
};

/// How long nothing may be asked; nothing where a server does not say so.
std::optional<std::chrono::seconds> wanted_pause(int status, std::string_view retry_after,
                                                 std::chrono::milliseconds longest) {
  constexpr int banned = 418, too_many = 429;
  constexpr std::chrono::minutes unless_told{1};
  auto pause = parse_retry_after(retry_after);
  if (!pause && (status == banned || status == too_many)) pause = unless_told;
  if (pause) pause = std::min(*pause, std::chrono::ceil<std::chrono::seconds>(longest));
  return pause;
}

Ended read_answer(const HttpOptions& options, const Page& page,
                  http::response<http::string_body> answer) {
  constexpr int ok = 200;
  Ended ended{.status = static_cast<int>(answer.result_int())};
  const auto after = answer[http::field::retry_after];
  ended.retry_after =
      wanted_pause(ended.status, {after.data(), after.size()}, options.longest_retry_after);
  if (ended.status != ok) {
    const auto reason = answer.reason();
    ended.problem = options.server->authority() + std::string{page.target()} + ": HTTP " +
                    std::to_string(ended.status) + " " + std::string{reason.data(), reason.size()};
    ended.problem += meaning_of_status(ended.status);
    if (ended.retry_after)
      ended.problem +=
          "; nothing is asked for " + std::to_string(ended.retry_after->count()) + " s";
  }
  ended.body = std::move(answer.body());
  return ended;
}

}  // namespace

HttpOptions http_options(const SessionOptions& options) {
  HttpOptions http{.user_agent = options.user_agent,
                   .patience = options.http_patience,
                   .longest_retry_after = options.longest_retry_after,
                   .body_max = options.read_message_max};
  if (!options.http_url.empty()) http.server = parse_endpoint(options.http_url, Scheme::http);
  http.proxy = parse_proxy(options.proxy);
  return http;
}

std::vector<std::string> hidden_by(const std::optional<Proxy>& proxy) {
  if (!proxy) return {};
  const std::string& whole = proxy->user_and_password;
  return {whole, whole.substr(std::min(whole.find(':'), whole.size() - 1) + 1)};
}

class HttpClient::Implementation {
 public:
  Implementation(asio::io_context& io, asio::ssl::context& tls, HttpOptions options,
                 GetTurns& turns)
      : io_{io},
        tls_{tls},
        options_{std::move(options)},
        turns_{turns},
        alarm_{io.get_executor()},
        turn_{io} {}

  void on_answer(OnAnswer on_answer) { on_answer_ = std::move(on_answer); }

  void get(feed::HttpGet page) {
    if (std::find(waiting_.begin(), waiting_.end(), page) == waiting_.end())
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
    turn_.cancel();
    if (connection_) connection_->close();
  }

 private:
  Awaitable<void> serve() {
    co_await asio::post(io_, quiet);  // not within get()
    while (!waiting_.empty()) {
      if (Timer::clock_type::now() < turns_.free_at) {
        turn_.expires_at(turns_.free_at);
        co_await turn_.async_wait(quiet);
        continue;  // it may have been cancelled
      }
      const feed::HttpGet page = std::move(waiting_.front());
      waiting_.pop_front();
      is_wanted_ = true;
      turns_.free_at = Timer::clock_type::now() + page.pause;
      const Ended ended = co_await fetch(page.target);
      if (ended.retry_after)
        turns_.free_at = std::max(turns_.free_at, Timer::clock_type::now() + *ended.retry_after);
      if (!is_wanted_) connection_.reset();
      if (is_wanted_)
        on_answer_({.target = page.target,
                    .status = ended.status,
                    .body = ended.body,
                    .problem = ended.problem,
                    .retry_after = ended.retry_after,
                    .is_final = ended.is_final});
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
      co_return Ended{.problem = failure->text,
                      .is_final = failure->kind == Disconnect::Kind::certificate};
    }
    if (!parser.keep_alive()) connection_.reset();
    co_return read_answer(options_, page, parser.release());
  }

  Awaitable<std::optional<Disconnect>> ask(const Page& page, Parser& parser) {
    if (!connection_) {
      if (options_.server->secure)
        connection_ = std::make_unique<HttpConnectionOver<TlsStream>>(options_, io_, tls_);
      else
        connection_ = std::make_unique<HttpConnectionOver<TcpStream>>(options_, io_);
      if (auto failure = co_await connection_->open()) co_return failure;
    }
    co_return co_await connection_->ask(page, parser);
  }

  asio::io_context& io_;
  asio::ssl::context& tls_;
  const HttpOptions options_;
  GetTurns& turns_;
  OnAnswer on_answer_;
  Alarm alarm_;
  Timer turn_;
  std::deque<feed::HttpGet> waiting_;
  std::unique_ptr<HttpConnection> connection_;
  bool is_serving_ = false;
  bool is_wanted_ = false;  ///< the answer of the GET that goes on
};

HttpClient::HttpClient(asio::io_context& io, asio::ssl::context& tls, HttpOptions options,
                       GetTurns& turns)
    : implementation_{std::make_unique<Implementation>(io, tls, std::move(options), turns)} {}
HttpClient::~HttpClient() = default;

void HttpClient::on_answer(OnAnswer on_answer) { implementation_->on_answer(std::move(on_answer)); }
void HttpClient::get(feed::HttpGet page) { implementation_->get(std::move(page)); }
void HttpClient::cancel() { implementation_->cancel(); }

}  // namespace obkit::net
