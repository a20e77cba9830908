#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/http.hpp>

#include "obkit/exchange/rest.hpp"

#include "query.hpp"
#include "sender.hpp"

namespace obkit::exchange {

namespace http = beast::http;

/// One accepted socket: TLS if any, HTTP requests, then perhaps a websocket. This is its incoming
/// half.
template <class Stream>
class Connection final : public Sender<Stream> {
  using Base = Sender<Stream>;
  using Base::host_;
  using Base::lowest;
  using Base::say;
  using Base::then;
  using Base::websocket_;

 public:
  Connection(Stream stream, Host& host)
      : Base{std::move(stream), host},
        conversation_{host.exchange().protocol().converse(
            host.exchange().source().channels(),
            {host.options().credentials, host.options().heartbeat_second})},
        beat_{websocket_.get_executor()} {}

  void start() {
    lowest().expires_after(handshake_limit);
    if constexpr (std::is_same_v<Stream, TlsStream>) {
      websocket_.next_layer().async_handshake(asio::ssl::stream_base::server,
                                              then([this] { read_request(); }));
    } else {
      read_request();
    }
  }

  void inject(const Injection& injection) override {
    if (injection.fault != Fault::too_many_requests && injection.fault != Fault::maintenance)
      return Base::inject(injection);
    apply(conversation_->complain(injection.fault, wall_now()));
  }

 private:
  static constexpr std::chrono::seconds handshake_limit{30};
  static constexpr std::chrono::seconds idle_limit{180};  // half of it: a ping asks for life

  void read_request() {
    request_ = {};
    lowest().expires_after(handshake_limit);
    http::async_read(websocket_.next_layer(), buffer_, request_, then([this] { on_request(); }));
  }

  void on_request() {
    const std::string text = request_.target();
    const Target target{text};
    if (websocket::is_upgrade(request_)) return on_upgrade(target);
    ++host_.counts().requests;
    if (target.path == host_.exchange().protocol().path())
      return answer(400, rest_error("Expected a websocket upgrade"));
    if (request_.method() != http::verb::get || host_.options().venue != Venue::bitmex)
      return answer(404, rest_error("Not Found"));
    const RestAnswer rest = answer_rest(host_.exchange(), text);
    answer(rest.status, rest.body);
  }

  void answer(unsigned status, std::string body) {
    answer(Refusal{.status = status, .body = std::move(body)});
  }

  void answer(Refusal what) {
    response_ = {static_cast<http::status>(what.status), request_.version()};
    response_.set(http::field::content_type, what.content_type);
    if (!what.server.empty()) response_.set(http::field::server, what.server);
    if (what.retry_after)
      response_.set(http::field::retry_after, std::to_string(what.retry_after->count()));
    response_.keep_alive(request_.keep_alive() && what.status < 400);
    response_.body() = std::move(what.body);
    response_.prepare_payload();
    http::async_write(websocket_.next_layer(), response_, then([this] {
                        if (response_.keep_alive()) return read_request();
                        say_goodbye();
                      }));
  }

  void say_goodbye() {
    if constexpr (std::is_same_v<Stream, TlsStream>) {
      websocket_.next_layer().async_shutdown(
          [self = this->shared_from_this(), this](beast::error_code) { host_.gone(*this); });
    } else {
      host_.gone(*this);
    }
  }

  void refuse(Refusal what) {
    ++host_.counts().refused;
    answer(std::move(what));
  }

  void on_upgrade(const Target& target) {
    if (auto refusal = host_.refusal()) return refuse(std::move(*refusal));
    if (target.path != host_.exchange().protocol().path())
      return refuse({.status = 404, .body = rest_error("Not Found")});
    const Claim claim{claimed(target, "api-key"), claimed(target, "api-expires"),
                      claimed(target, "api-signature")};
    const bool claims = !claim.key.empty() || !claim.signature.empty();
    const std::string why = claims ? refute(claim, host_.options().credentials, wall_now()) : "";
    if (!why.empty()) return refuse({.status = 401, .body = rest_error(why)});
    Opening opening{{}, target.value("subscribe"), {}};
    if (claims && host_.options().auth_ack == AuthAck::echo) opening.acknowledged = claim;
    accept(std::move(opening));
  }

  void accept(Opening opening) {
    lowest().expires_never();
    const bool pings = host_.options().keep_alive == KeepAlive::ping;
    websocket_.set_option(websocket::stream_base::timeout{
        handshake_limit, pings ? idle_limit : websocket::stream_base::none(), pings});
    websocket_.auto_fragment(false);  // BitMEX sends a partial of 1 MB as one frame
    websocket_.control_callback([this](websocket::frame_type kind, beast::string_view) {
      if (kind == websocket::frame_type::pong) ++host_.counts().pongs;
    });
    websocket_.async_accept(request_, then([this, opening = std::move(opening)]() mutable {
                              opening.market_now = host_.market_now();
                              this->begin();
                              apply(conversation_->open(opening));
                              read_message();
                            }));
  }

  [[nodiscard]] std::string claimed(const Target& target, const char* name) const {
    const auto header = request_.find(name);
    return header == request_.end() ? target.value(name) : std::string{header->value()};
  }

  static Timestamp wall_now() { return std::chrono::system_clock::now(); }

  void read_message() {
    websocket_.async_read(message_, then([this] {
                            const std::string text = beast::buffers_to_string(message_.data());
                            message_.clear();
                            apply(conversation_->receive(text, wall_now()));
                            read_message();
                          }));
  }

  void apply(const Outcome& outcome) {
    for (const std::string& reply : outcome.replies) say(reply);
    for (const Subscription& one : outcome.unsubscribed)
      host_.exchange().unsubscribe(*this, one.topic);
    for (const Subscription& one : outcome.subscribed) {
      host_.exchange().subscribe(*this, one);
      promise_partial(one.topic);
      host_.subscribed();
    }
    if (outcome.close) return this->end_with(*outcome.close);
    await_time();
  }

  /// A handler of a timer, which does not keep the connection alive.
  template <class Next>
  auto when_due(Next next) {
    return [weak = this->weak_from_this(), next](const beast::error_code& error) {
      const auto self = weak.lock();
      if (self && !error) next();
    };
  }

  void await_time() {
    const auto due = conversation_->due();
    if (!due) return;
    beat_.expires_after(std::max(*due - wall_now(), std::chrono::nanoseconds{0}));
    beat_.async_wait(when_due([this] { apply(conversation_->on_time(wall_now())); }));
  }

  void promise_partial(const std::string& topic) {
    const auto delay = host_.options().partial_delay;
    if (delay.count() == 0) return host_.exchange().send_partial(*this, topic);
    auto timer = std::make_shared<asio::steady_timer>(websocket_.get_executor(), delay);
    timer->async_wait(when_due([this, timer, topic] {
      host_.exchange().send_partial(*this, topic);
      host_.subscribed();
    }));
  }

  std::unique_ptr<Conversation> conversation_;
  asio::steady_timer beat_;
  beast::flat_buffer buffer_, message_;
  http::request<http::string_body> request_;
  http::response<http::string_body> response_;
};

}  // namespace obkit::exchange
