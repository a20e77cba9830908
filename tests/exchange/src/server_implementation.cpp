#include "server_implementation.hpp"

#include <algorithm>

#include "connection.hpp"

namespace obkit::exchange {
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
constexpr std::chrono::seconds goodbye_limit{1};
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
      gate_{io_, options_.port, [this](Gate::Socket socket) { welcome(std::move(socket)); }} {
  exchange_.observe(std::move(observer));
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
}

void Server::Implementation::keep_open(int socket) {
  silent_.emplace_back(io_).assign(tcp::v4(), socket);
  if (silent_.size() > most_silent) silent_.pop_front();
}

void Server::Implementation::welcome(Gate::Socket socket) {
  beast::error_code ignored;
  socket.set_option(tcp::no_delay{true}, ignored);
  const auto begin = [this](auto connection) {
    clients_.insert(connection);
    connection->start();
  };
  if (options_.transport == Transport::plain)
    begin(std::make_shared<Connection<PlainStream>>(PlainStream{std::move(socket)}, *this));
  else
    begin(std::make_shared<Connection<TlsStream>>(
        TlsStream{PlainStream{std::move(socket)}, next_tls()}, *this));
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
  }
  if (clock_.is_paced()) cut(hopeless_backlog);
  schedule_pump();
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
    gate_.close();
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

std::size_t Server::Implementation::inject(const Injection& injection) {
  const std::size_t hit = [&]() -> std::size_t {
    switch (reach_of(injection.fault)) {
      case Reach::connections:
        return inject_into_connections(injection);
      case Reach::subscriptions:
      case Reach::next_subscriptions:
        return inject_into_subscriptions(injection);
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
    return refusals_left_ = injection.count;
  }
  CertificateOptions options = options_.certificate;
  options.is_expired = injection.fault == Fault::expired_certificate;
  options.unknown_issuer = injection.fault == Fault::unknown_issuer;
  if (injection.fault == Fault::foreign_certificate) options.host = "elsewhere.example";
  flawed_tls_ = make_tls(issuer_.issue(options));
  return flawed_left_ = injection.count;
}

void Server::Implementation::restart(std::chrono::milliseconds time) {
  if (finishing_) return;
  gate_.shut();
  for (const auto& client : std::set{clients_}) client->end_now(Ending::cut);
  reopening_.expires_after(time);
  reopening_.async_wait([this](const beast::error_code& error) {
    if (!error && !finishing_) gate_.open();
  });
}

}  // namespace obkit::exchange
