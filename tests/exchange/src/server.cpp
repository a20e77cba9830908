#include "obkit/exchange/server.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <deque>
#include <exception>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <thread>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/error.hpp>

#include "obkit/core/time.hpp"

#include "connection.hpp"
#include "listener.hpp"

namespace obkit::exchange {

namespace asio = boost::asio;
namespace beast = boost::beast;

/// How the market's time runs along the wall's: from `start` at begin(), `speed` times as fast;
/// without a speed, events are due at once.
class MarketClock {
 public:
  using Wall = std::chrono::steady_clock::time_point;

  MarketClock(Timestamp start, std::optional<double> speed) : start_{start}, speed_{speed} {}

  void begin(Wall now) { begun_ = now; }
  [[nodiscard]] bool has_begun() const { return begun_.has_value(); }
  [[nodiscard]] bool is_paced() const { return speed_.has_value(); }

  /// When the wall's clock shows this market time. Pre: has_begun() and is_paced().
  [[nodiscard]] Wall due(Timestamp time) const {
    const std::chrono::duration<double, std::nano> market = time - start_;
    return *begun_ + std::chrono::duration_cast<Wall::duration>(market / *speed_);
  }

  /// The market's time; `last` (of the last event) where the clock does not tell.
  [[nodiscard]] Timestamp now(Wall wall, Timestamp last) const {
    if (!begun_ || !speed_) return last;
    const std::chrono::duration<double, std::nano> elapsed = wall - *begun_;
    return start_ + std::chrono::duration_cast<std::chrono::nanoseconds>(elapsed * *speed_);
  }

 private:
  Timestamp start_;
  std::optional<double> speed_;
  std::optional<Wall> begun_;
};

/// The server's inside; but for what is public and no override, only its own thread calls it.
class Server::Implementation final : public Host {
 public:
  Implementation(std::unique_ptr<Source> source, ServerOptions options,
                 std::function<void(const Truth&)> observer);
  ~Implementation() override;

  void start();
  void wait() { ended_future_.get(); }
  void stop();

  [[nodiscard]] std::uint16_t port() const { return listener_.port(); }
  [[nodiscard]] const std::string& authority() const { return authority_; }
  [[nodiscard]] std::size_t client_count() const { return clients_.size(); }

  /// The value of `question` in the server's thread.
  template <class Question>
  auto ask(Question question) {
    if (!thread_.joinable()) return question();
    std::packaged_task<decltype(question())()> task{std::move(question)};
    auto answer = task.get_future();
    asio::post(io_, std::move(task));
    return answer.get();
  }

  /// Pre: in the server's thread.
  std::size_t inject(const Injection& injection);

  [[nodiscard]] Exchange& exchange() override { return exchange_; }
  [[nodiscard]] const ServerOptions& options() const override { return options_; }
  [[nodiscard]] ServerStatistics& counts() override { return counts_; }
  [[nodiscard]] Timestamp market_now() const override;
  [[nodiscard]] std::optional<Refusal> refusal() override;
  [[nodiscard]] std::optional<Injection> fault_of_answer() override;
  [[nodiscard]] RestAnswer& earlier_answer(const std::string& target) override {
    return earlier_answers_[target];
  }
  void subscribed() override;
  void drained() override;
  void gone(Client& client) override;
  void keep_open(int socket) override;

 private:
  using Clock = std::chrono::steady_clock;

  void run();
  void welcome(Listener::Socket socket);
  [[nodiscard]] asio::ssl::context& next_tls();

  void start_market();
  void schedule_pump();
  void pump();
  void sleep_until(Clock::time_point time);
  void happen_as_planned();
  [[nodiscard]] bool is_over(Timestamp time) const;
  [[nodiscard]] bool has_unsent() const;
  [[nodiscard]] bool must_wait() const;
  void cut(std::size_t backlog);

  std::size_t inject_into_connections(const Injection& injection);
  std::size_t inject_into_subscriptions(const Injection& injection);
  std::size_t inject_into_next_connections(const Injection& injection);
  void restart(std::chrono::milliseconds time);

  void finish(std::chrono::seconds limit);
  void end_if_alone();
  void end(const std::exception_ptr& error);

  ServerOptions options_;
  Issuer issuer_;
  std::string authority_;
  asio::ssl::context tls_;
  std::optional<asio::ssl::context> flawed_tls_;  ///< of the next connections
  std::uint64_t flawed_left_ = 0;
  Exchange exchange_;
  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> guard_{io_.get_executor()};
  Listener listener_;
  asio::steady_timer timer_{io_}, reopening_{io_};
  MarketClock clock_{exchange_.source().start(), options_.speed};
  ServerStatistics counts_;
  std::set<std::shared_ptr<Client>> clients_;
  std::deque<Listener::Socket> silent_;
  std::optional<Refusal> refusal_;
  std::uint64_t refusals_left_ = 0;
  std::optional<Injection> answer_fault_;  ///< of so many GETs as it says
  std::map<std::string, RestAnswer> earlier_answers_;
  std::size_t planned_ = 0;  ///< faults of the plan that happened
  bool pump_scheduled_ = false, sleeping_ = false, finishing_ = false;
  bool ended_already_ = false;
  std::promise<void> ended_;
  std::shared_future<void> ended_future_{ended_.get_future()};
  std::atomic<bool> halted_ = false;
  std::thread thread_;
};

namespace {

using asio::ip::tcp;

/// At full speed the market waits while a client has more than this queued.
constexpr std::size_t longest_backlog = 1 << 20;
/// A client that falls behind this far in a market that does not wait is cut.
constexpr std::size_t hopeless_backlog = 256 << 20;
/// Events between two looks at the sockets.
constexpr int events_in_a_row = 64;
/// How long clients may take for what is queued, and for a goodbye after stop().
constexpr std::chrono::seconds last_frames_limit{30};
constexpr std::chrono::seconds goodbye_limit{5};
/// Sockets that are kept open for clients that were left in silence.
constexpr std::size_t most_silent = 64;

asio::ssl::context make_tls(const Identity& identity) {
  asio::ssl::context tls{asio::ssl::context::tls_server};
  SSL_CTX_set_min_proto_version(tls.native_handle(), TLS1_2_VERSION);
  tls.use_certificate_chain(asio::buffer(identity.certificate));
  tls.use_private_key(asio::buffer(identity.key), asio::ssl::context::pem);
  return tls;
}

}  // namespace

Server::Implementation::Implementation(std::unique_ptr<Source> source, ServerOptions options,
                                       std::function<void(const Truth&)> observer)
    : options_{std::move(options)},
      authority_{options_.transport == Transport::tls ? issuer_.authority() : ""},
      tls_{make_tls(issuer_.issue(options_.certificate))},
      exchange_{std::move(source), options_.venue, options_.early_deltas},
      listener_{io_, options_.port,
                [this](Listener::Socket socket) { welcome(std::move(socket)); }} {
  exchange_.observe(std::move(observer));
  exchange_.observe_trades(options_.on_trade);
}

Server::Implementation::~Implementation() {
  if (!thread_.joinable()) return;
  asio::post(io_, [this] { io_.stop(); });
  halted_ = true;
  thread_.join();
}

void Server::Implementation::start() {
  thread_ = std::thread{[this] {
    if (options_.market_start == MarketStart::at_once) asio::post(io_, [this] { start_market(); });
    while (!halted_) run();
  }};
}

void Server::Implementation::stop() {
  asio::post(io_, [this] { finish(goodbye_limit); });
}

void Server::Implementation::run() {
  try {
    io_.run();
  } catch (...) {
    end(std::current_exception());
    finish(goodbye_limit);
  }
}

Timestamp Server::Implementation::market_now() const {
  return clock_.now(Clock::now(), exchange_.now());
}

void Server::Implementation::subscribed() {
  if (!clock_.has_begun())
    start_market();
  else
    schedule_pump();
}

void Server::Implementation::drained() {
  if (!clock_.is_paced()) schedule_pump();
}

void Server::Implementation::gone(Client& client) {
  exchange_.leave(client);
  std::erase_if(clients_, [&](const auto& one) { return one.get() == &client; });
  if (finishing_) end_if_alone();
  drained();  // nobody waits for it any more
}

void Server::Implementation::keep_open(int socket) {
  silent_.emplace_back(io_).assign(tcp::v4(), socket);
  if (silent_.size() > most_silent) silent_.pop_front();
}

void Server::Implementation::welcome(Listener::Socket socket) {
  beast::error_code ignored;
  socket.set_option(tcp::no_delay{true}, ignored);
  auto* const tls = options_.transport == Transport::plain ? nullptr : &next_tls();
  const auto connection = make_connection(std::move(socket), tls, *this);
  clients_.insert(connection);
  connection->start();
}

asio::ssl::context& Server::Implementation::next_tls() {
  if (flawed_left_ == 0) return tls_;
  --flawed_left_;
  return *flawed_tls_;
}

void Server::Implementation::start_market() {
  clock_.begin(Clock::now());
  schedule_pump();
}

void Server::Implementation::schedule_pump() {
  if (pump_scheduled_ || !clock_.has_begun()) return;
  pump_scheduled_ = true;
  asio::post(io_, [this] {
    pump_scheduled_ = false;
    pump();
  });
}

/// Publishes what is due, a few events at a time, and sees to it that it is called again.
void Server::Implementation::pump() {
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
    happen_as_planned();
    if (clock_.is_paced() && has_unsent()) break;  // one text leaves a turn
  }
  if (clock_.is_paced()) cut(hopeless_backlog);
  schedule_pump();
}

bool Server::Implementation::has_unsent() const {
  return std::any_of(clients_.begin(), clients_.end(),
                     [](const auto& one) { return one->backlog() > 0; });
}

bool Server::Implementation::is_over(Timestamp time) const {
  return options_.duration && time - exchange_.source().start() >= *options_.duration;
}

bool Server::Implementation::must_wait() const {
  const auto is_behind = [](const auto& one) { return one->backlog() > longest_backlog; };
  return !exchange_.is_followed() || std::any_of(clients_.begin(), clients_.end(), is_behind);
}

void Server::Implementation::sleep_until(Clock::time_point time) {
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
void Server::Implementation::cut(std::size_t backlog) {
  for (const auto& client : std::set{clients_})
    if (client->index() && client->backlog() >= backlog) client->end(Ending::cut);
}

/// No more events and connections; those that are there get what is queued and a goodbye.
void Server::Implementation::finish(std::chrono::seconds limit) {
  if (!finishing_) {
    finishing_ = true;
    listener_.close();
    for (const auto& client : std::set{clients_}) client->end(Ending::close);
  }
  timer_.expires_after(limit);
  timer_.async_wait([this](const beast::error_code& error) {
    if (error) return;
    for (const auto& client : std::set{clients_}) client->end_now(Ending::cut);
  });
  end_if_alone();
}

void Server::Implementation::end_if_alone() {
  if (clients_.empty()) end(nullptr);
}

void Server::Implementation::end(const std::exception_ptr& error) {
  if (ended_already_) return;
  ended_already_ = true;
  if (error)
    ended_.set_exception(error);
  else
    ended_.set_value();
}

std::optional<Refusal> Server::Implementation::refusal() {
  if (refusals_left_ == 0) return std::nullopt;
  --refusals_left_;
  return refusal_;
}

std::optional<Injection> Server::Implementation::fault_of_answer() {
  if (!answer_fault_ || answer_fault_->count == 0) return std::nullopt;
  --answer_fault_->count;
  return answer_fault_;
}

std::size_t Server::Implementation::inject(const Injection& injection) {
  const std::size_t hit = [&]() -> std::size_t {
    switch (reach_of(injection.fault)) {
      case Reach::connections:
        return inject_into_connections(injection);
      case Reach::subscriptions:
      case Reach::next_subscriptions:
        return inject_into_subscriptions(injection);
      case Reach::next_answers:
        answer_fault_ = injection;
        return injection.count;
      case Reach::next_connections:
        return inject_into_next_connections(injection);
      case Reach::server:
        break;
    }
    restart(injection.time);
    return 1;
  }();
  counts_.faults += hit;
  return hit;
}

void Server::Implementation::happen_as_planned() {
  const auto& plan = options_.plan;
  while (planned_ < plan.size() && plan[planned_].after <= counts_.book_frames)
    inject(plan[planned_++].injection);
}

std::size_t Server::Implementation::inject_into_connections(const Injection& injection) {
  std::size_t hit = 0;
  for (const auto& client : std::set{clients_}) {
    if (!client->index() || client->index() != injection.connection.value_or(*client->index()))
      continue;
    client->inject(injection);
    ++hit;
  }
  return hit;
}

std::size_t Server::Implementation::inject_into_subscriptions(const Injection& injection) {
  if (!injection.connection) return exchange_.inject(injection);
  const auto found = std::find_if(clients_.begin(), clients_.end(), [&](const auto& one) {
    return one->index() == injection.connection;
  });
  return found == clients_.end() ? 0 : exchange_.inject(injection, found->get());
}

std::size_t Server::Implementation::inject_into_next_connections(const Injection& injection) {
  if (injection.fault == Fault::refuse_upgrade) {
    refusal_ = make_refusal(injection.status, injection.retry_after);
    if (!injection.reason.empty()) refusal_->reason = injection.reason;
    return refusals_left_ = injection.count;
  }
  CertificateOptions options = options_.certificate;
  options.is_expired = injection.fault == Fault::expired_certificate;
  options.unknown_issuer = injection.fault == Fault::unknown_issuer;
  if (injection.fault == Fault::foreign_certificate) options.host = "elsewhere.example";
  options.is_nameless = injection.fault == Fault::nameless_certificate;
  flawed_tls_ = make_tls(issuer_.issue(options));
  return flawed_left_ = injection.count;
}

void Server::Implementation::restart(std::chrono::milliseconds time) {
  if (finishing_) return;
  listener_.shut();
  for (const auto& client : std::set{clients_}) client->end_now(Ending::cut);
  reopening_.expires_after(time);
  reopening_.async_wait([this](const beast::error_code& error) {
    if (!error && !finishing_) listener_.open();
  });
}

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
  std::string out = (plain ? "ws://localhost:" : "wss://localhost:") + std::to_string(port());
  return out.append(protocol(implementation_->options().venue).path());
}

std::string Server::rest_url() const {
  const bool plain = implementation_->options().transport == Transport::plain;
  return (plain ? "http://localhost:" : "https://localhost:") + std::to_string(port()) + "/api/v1";
}

const std::string& Server::authority() const { return implementation_->authority(); }

std::pair<TrueBook, std::uint64_t> Server::true_book(std::size_t channel) {
  return implementation_->ask([this, channel] {
    const Exchange& exchange = implementation_->exchange();
    return std::pair{exchange.book(channel), exchange.frame_number(channel)};
  });
}

ServerStatistics Server::statistics() {
  return implementation_->ask([this] {
    ServerStatistics now = implementation_->counts();
    now.open = implementation_->client_count();
    return now;
  });
}

std::size_t Server::inject(const Injection& injection) {
  return implementation_->ask([&] { return implementation_->inject(injection); });
}

void Server::drop_connections() { inject({.fault = Fault::cut}); }
void Server::mute_connections() { inject({.fault = Fault::half_open}); }
void Server::ping_clients() { inject({.fault = Fault::ping}); }
void Server::refuse_upgrades(unsigned status, std::uint64_t count) {
  inject({.fault = Fault::refuse_upgrade, .count = count, .status = status});
}

}  // namespace obkit::exchange
