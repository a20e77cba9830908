#include "obkit/exchange/server.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <future>
#include <set>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>

#include "obkit/core/error.hpp"

#include "connection.hpp"
#include "market_clock.hpp"

namespace obkit::exchange {
namespace {

using asio::ip::tcp;
using Clock = std::chrono::steady_clock;

/// At full speed the market waits while a client has more than this queued.
constexpr std::size_t longest_backlog = 1 << 20;
/// A client that falls behind this far in a market that does not wait is cut.
constexpr std::size_t hopeless_backlog = 256 << 20;
/// Events between two looks at the sockets.
constexpr int events_in_a_row = 64;
/// How long clients may take for what is queued, and for a goodbye after stop().
constexpr std::chrono::seconds last_frames_limit{30};
constexpr std::chrono::seconds goodbye_limit{1};

asio::ssl::context make_tls(const Identity& identity) {
  asio::ssl::context tls{asio::ssl::context::tls_server};
  SSL_CTX_set_min_proto_version(tls.native_handle(), TLS1_2_VERSION);
  tls.use_certificate_chain(asio::buffer(identity.certificate));
  tls.use_private_key(asio::buffer(identity.key), asio::ssl::context::pem);
  return tls;
}

}  // namespace

class Server::Implementation final : public Host {
 public:
  Implementation(std::unique_ptr<Source> source, ServerOptions options,
                 std::function<void(const Truth&)> observer)
      : options_{std::move(options)},
        identity_{make_identity(options_.certificate)},
        tls_{make_tls(identity_)},
        exchange_{std::move(source), options_.early_deltas} {
    exchange_.observe(std::move(observer));
    try {
      listen(v4_, {asio::ip::address_v4::loopback(), options_.port});
    } catch (const boost::system::system_error& error) {
      throw NetworkError{"port " + std::to_string(options_.port) + ": " + error.code().message()};
    }
    port_ = v4_.local_endpoint().port();
    try {
      listen(v6_, {asio::ip::address_v6::loopback(), port_});
    } catch (const boost::system::system_error&) {
      v6_.close();  // a machine without IPv6, or the port is another's there
    }
  }

  ~Implementation() override {
    if (!thread_.joinable()) return;
    asio::post(io_, [this] { io_.stop(); });
    halted_ = true;
    thread_.join();
  }

  void start() {
    thread_ = std::thread{[this] {
      if (options_.market_start == MarketStart::at_once)
        asio::post(io_, [this] { start_market(); });
      while (!halted_) run();
    }};
  }

  void wait() { ended_future_.get(); }

  void stop() {
    asio::post(io_, [this] { finish(goodbye_limit); });
  }

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] const Identity& identity() const { return identity_; }

  /// The value of `question` in the server's thread.
  template <class Question>
  auto ask(Question question) {
    if (!thread_.joinable()) return question();
    std::packaged_task<decltype(question())()> task{std::move(question)};
    auto answer = task.get_future();
    asio::post(io_, std::move(task));
    return answer.get();
  }

  void end_websockets(Ending ending) {
    ask([this, ending] {
      for (const auto& client : std::set{clients_})
        if (client->is_websocket()) client->end_now(ending);
    });
  }

  void ping_clients() {
    ask([this] {
      for (const auto& client : clients_)
        if (client->is_websocket()) client->ping();
    });
  }

  void refuse_upgrades(unsigned status, std::uint64_t count) {
    ask([=, this] {
      refusal_status_ = status;
      refusals_left_ = count;
    });
  }

  [[nodiscard]] Exchange& exchange() override { return exchange_; }
  [[nodiscard]] const ServerOptions& options() const override { return options_; }
  [[nodiscard]] ServerStatistics& counts() override { return counts_; }

  [[nodiscard]] Timestamp market_now() const override {
    return clock_.now(Clock::now(), exchange_.now());
  }

  [[nodiscard]] unsigned refusal() override {
    if (refusals_left_ == 0) return 0;
    --refusals_left_;
    return refusal_status_;
  }

  void subscribed() override {
    if (!clock_.has_begun())
      start_market();
    else
      schedule_pump();
  }

  void drained() override {
    if (!clock_.is_paced()) schedule_pump();
  }

  void gone(Client& client) override {
    exchange_.leave(client);
    std::erase_if(clients_, [&](const auto& one) { return one.get() == &client; });
    if (finishing_) end_if_alone();
  }

  void keep_open(int socket) override { silent_.emplace_back(io_).assign(tcp::v4(), socket); }

 private:
  void listen(tcp::acceptor& acceptor, const tcp::endpoint& endpoint) {
    acceptor.open(endpoint.protocol());
    acceptor.set_option(tcp::acceptor::reuse_address{true});
    acceptor.bind(endpoint);
    acceptor.listen();
    accept(acceptor);
  }

  void accept(tcp::acceptor& acceptor) {
    acceptor.async_accept([this, &acceptor](const beast::error_code& error, tcp::socket socket) {
      if (!acceptor.is_open()) return;
      if (!error) welcome(std::move(socket));
      accept(acceptor);
    });
  }

  void welcome(tcp::socket socket) {
    beast::error_code ignored;
    socket.set_option(tcp::no_delay{true}, ignored);
    const auto begin = [this](auto connection) {
      clients_.insert(connection);
      connection->start();
    };
    if (options_.transport == Transport::plain)
      begin(std::make_shared<Connection<PlainStream>>(PlainStream{std::move(socket)}, *this));
    else
      begin(std::make_shared<Connection<TlsStream>>(TlsStream{std::move(socket), tls_}, *this));
  }

  void run() {
    try {
      io_.run();
    } catch (...) {
      end(std::current_exception());
      finish(goodbye_limit);
    }
  }

  void start_market() {
    clock_.begin(Clock::now());
    schedule_pump();
  }

  void schedule_pump() {
    if (pump_scheduled_ || !clock_.has_begun()) return;
    pump_scheduled_ = true;
    asio::post(io_, [this] {
      pump_scheduled_ = false;
      pump();
    });
  }

  /// Publishes what is due, a few events at a time, and sees to it that it is called again.
  void pump() {
    for (int i = 0; i < events_in_a_row; ++i) {
      const Event* event = exchange_.upcoming();
      if (finishing_) return;
      if (event == nullptr || is_over(event->time)) return finish(last_frames_limit);
      if (!clock_.is_paced() && must_wait()) return;  // a subscription or an empty queue wakes it
      if (clock_.is_paced() && clock_.due(event->time) > Clock::now())
        return sleep_until(clock_.due(event->time));
      const bool disconnect = event->disconnect;
      exchange_.publish();
      if (disconnect) cut(0);
    }
    if (clock_.is_paced()) cut(hopeless_backlog);
    schedule_pump();
  }

  [[nodiscard]] bool is_over(Timestamp time) const {
    return options_.duration && time - exchange_.source().start() >= *options_.duration;
  }

  [[nodiscard]] bool must_wait() const {
    const auto is_behind = [](const auto& one) { return one->backlog() > longest_backlog; };
    return !exchange_.is_followed() || std::any_of(clients_.begin(), clients_.end(), is_behind);
  }

  void sleep_until(Clock::time_point time) {
    if (timer_.expiry() == time && sleeping_) return;
    sleeping_ = true;
    timer_.expires_at(time);
    timer_.async_wait([this](const beast::error_code& error) {
      if (error) return;
      sleeping_ = false;
      pump();
    });
  }

  /// Cuts websocket connections with at least this backlog.
  void cut(std::size_t backlog) {
    for (const auto& client : std::set{clients_})
      if (client->is_websocket() && client->backlog() >= backlog) client->end(Ending::cut);
  }

  /// No more events and connections; those that are there get what is queued and a goodbye.
  void finish(std::chrono::seconds limit) {
    if (!finishing_) {
      finishing_ = true;
      v4_.close();
      v6_.close();
      for (const auto& client : std::set{clients_}) client->end(Ending::close);
    }
    timer_.expires_after(limit);
    timer_.async_wait([this](const beast::error_code& error) {
      if (error) return;
      for (const auto& client : std::set{clients_}) client->end_now(Ending::cut);
    });
    end_if_alone();
  }

  void end_if_alone() {
    if (clients_.empty()) end(nullptr);
  }

  void end(const std::exception_ptr& error) {
    if (ended_already_) return;
    ended_already_ = true;
    if (error)
      ended_.set_exception(error);
    else
      ended_.set_value();
  }

  ServerOptions options_;
  Identity identity_;
  asio::ssl::context tls_;
  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> guard_{io_.get_executor()};
  tcp::acceptor v4_{io_}, v6_{io_};
  std::uint16_t port_ = 0;
  asio::steady_timer timer_{io_};
  Exchange exchange_;
  MarketClock clock_{exchange_.source().start(), options_.speed};
  ServerStatistics counts_;
  std::set<std::shared_ptr<Client>> clients_;
  std::vector<tcp::socket> silent_;
  unsigned refusal_status_ = 0;
  std::uint64_t refusals_left_ = 0;
  bool pump_scheduled_ = false, sleeping_ = false, finishing_ = false;
  bool ended_already_ = false;
  std::promise<void> ended_;
  std::shared_future<void> ended_future_{ended_.get_future()};
  std::atomic<bool> halted_ = false;
  std::thread thread_;
};

Server::Server(std::unique_ptr<Source> source, ServerOptions options,
               std::function<void(const Truth&)> observer)
    : implementation_{std::make_unique<Implementation>(std::move(source), std::move(options),
                                                       std::move(observer))} {}
Server::~Server() = default;

void Server::start() { implementation_->start(); }
void Server::wait() { implementation_->wait(); }
void Server::stop() { implementation_->stop(); }
std::uint16_t Server::port() const { return implementation_->port(); }

std::string Server::url() const {
  const bool plain = implementation_->options().transport == Transport::plain;
  return (plain ? "ws://localhost:" : "wss://localhost:") + std::to_string(port()) + "/realtime";
}

std::string Server::rest_url() const {
  const bool plain = implementation_->options().transport == Transport::plain;
  return (plain ? "http://localhost:" : "https://localhost:") + std::to_string(port()) + "/api/v1";
}

const std::string& Server::authority() const { return implementation_->identity().authority; }

std::pair<TrueBook, std::uint64_t> Server::true_book(std::size_t channel) {
  return implementation_->ask([this, channel] {
    const Exchange& exchange = implementation_->exchange();
    return std::pair{exchange.book(channel), exchange.frame_number(channel)};
  });
}

ServerStatistics Server::statistics() {
  return implementation_->ask([this] { return implementation_->counts(); });
}

void Server::drop_connections() { implementation_->end_websockets(Ending::cut); }
void Server::mute_connections() { implementation_->end_websockets(Ending::mute); }
void Server::ping_clients() { implementation_->ping_clients(); }
void Server::refuse_upgrades(unsigned status, std::uint64_t count) {
  implementation_->refuse_upgrades(status, count);
}

}  // namespace obkit::exchange
