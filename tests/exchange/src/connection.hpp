#pragma once

#include <deque>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/beast/websocket.hpp>

#include "obkit/exchange/rest.hpp"

#include "client.hpp"
#include "query.hpp"

namespace obkit::exchange {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;

using PlainStream = beast::tcp_stream;
using TlsStream = beast::ssl_stream<beast::tcp_stream>;

/// One accepted socket: TLS if any, HTTP requests, then perhaps a websocket. Keeps itself alive by
/// its pending operations.
template <class Stream>
class Connection final : public Client, public std::enable_shared_from_this<Connection<Stream>> {
 public:
  Connection(Stream stream, Host& host)
      : websocket_{std::move(stream)},
        host_{host},
        conversation_{host.exchange().source().channels(), host.options().credentials} {}

  void start() {
    lowest().expires_after(handshake_limit);
    if constexpr (std::is_same_v<Stream, TlsStream>) {
      websocket_.next_layer().async_handshake(asio::ssl::stream_base::server,
                                              then([this] { read_request(); }));
    } else {
      read_request();
    }
  }

  bool deliver(std::shared_ptr<const std::string> frame) override {
    if (ending_ != Ending::none) return false;
    ++host_.counts().book_frames;
    host_.counts().book_bytes += frame->size();
    send(std::move(frame));
    ++book_frames_;
    if (book_frames_ == drop_after_) end(Ending::cut);
    if (book_frames_ == mute_after_) end(Ending::mute);
    return true;
  }

  void end(Ending ending) override {
    if (ending_ != Ending::none) return;
    ending_ = ending;
    if (queue_.empty()) end_now(ending);
  }

  void end_now(Ending ending) override {
    ending_ = ending;
    if (!lowest().socket().is_open()) return;
    if (ending == Ending::close && is_websocket_) {
      websocket_.async_close(websocket::close_code::normal,
                             [self = this->shared_from_this()](beast::error_code) {});
    } else if (ending == Ending::mute) {
      host_.keep_open(lowest().socket().release());
    } else {
      lowest().close();
    }
  }

  void ping() override {
    websocket_.async_ping({}, [self = this->shared_from_this()](beast::error_code) {});
  }

  [[nodiscard]] bool is_websocket() const override { return is_websocket_; }
  [[nodiscard]] std::size_t backlog() const override { return backlog_; }

 private:
  static constexpr std::chrono::seconds handshake_limit{30};
  static constexpr std::chrono::seconds idle_limit{180};  // half of it: a ping asks for life

  beast::tcp_stream& lowest() { return beast::get_lowest_layer(websocket_); }

  /// A handler that goes on with `next`, or ends the connection for an error.
  template <class Next>
  auto then(Next next) {
    return [self = this->shared_from_this(), next](beast::error_code error, auto&&...) {
      if (error)
        self->host_.gone(*self);
      else
        next();
    };
  }

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
    if (target.path == "/realtime") return answer(400, rest_error("Expected a websocket upgrade"));
    if (request_.method() != http::verb::get) return answer(404, rest_error("Not Found"));
    const RestAnswer rest = answer_rest(host_.exchange(), text);
    answer(rest.status, rest.body);
  }

  void answer(unsigned status, std::string body) {
    response_ = {static_cast<http::status>(status), request_.version()};
    response_.set(http::field::content_type, "application/json; charset=utf-8");
    if (status == 429) response_.set(http::field::retry_after, "1");
    response_.keep_alive(request_.keep_alive() && status < 400);
    response_.body() = std::move(body);
    response_.prepare_payload();
    http::async_write(websocket_.next_layer(), response_, then([this] {
                        if (response_.keep_alive()) return read_request();
                        say_goodbye();
                      }));
  }

  void say_goodbye() {
    if constexpr (std::is_same_v<Stream, TlsStream>) {
      websocket_.next_layer().async_shutdown(
          [self = this->shared_from_this()](beast::error_code) { self->host_.gone(*self); });
    } else {
      host_.gone(*this);
    }
  }

  void refuse(unsigned status, std::string_view why) {
    ++host_.counts().refused;
    answer(status, rest_error(why));
  }

  void on_upgrade(const Target& target) {
    if (const unsigned status = host_.refusal(); status != 0)
      return refuse(status, http::obsolete_reason(static_cast<http::status>(status)));
    if (target.path != "/realtime") return refuse(404, "Not Found");
    const Claim claim{claimed(target, "api-key"), claimed(target, "api-expires"),
                      claimed(target, "api-signature")};
    const bool claims = !claim.key.empty() || !claim.signature.empty();
    const std::string why = claims ? refute(claim, host_.options().credentials, wall_now()) : "";
    if (!why.empty()) return refuse(401, why);
    lowest().expires_never();
    websocket_.set_option(websocket::stream_base::timeout{handshake_limit, idle_limit, true});
    websocket_.auto_fragment(false);  // BitMEX sends a partial of 1 MB as one frame
    websocket_.text(true);
    websocket_.control_callback([this](websocket::frame_type kind, beast::string_view) {
      if (kind == websocket::frame_type::pong) ++host_.counts().pongs;
    });
    websocket_.async_accept(
        request_, then([this, topics = target.value("subscribe")] { on_accept(topics); }));
  }

  [[nodiscard]] std::string claimed(const Target& target, const char* name) const {
    const auto header = request_.find(name);
    return header == request_.end() ? target.value(name) : std::string{header->value()};
  }

  static Timestamp wall_now() { return std::chrono::system_clock::now(); }

  void on_accept(const std::string& topics) {
    is_websocket_ = true;
    const auto index = host_.counts().connections++;
    const auto nth = [index](const std::vector<std::uint64_t>& list) {
      return index < list.size() ? list[index] : 0;
    };
    drop_after_ = nth(host_.options().drop_after);
    mute_after_ = nth(host_.options().mute_after);
    send(std::make_shared<const std::string>(Conversation::welcome(host_.market_now())));
    apply(conversation_.subscribe_by_url(topics));
    read_message();
  }

  void read_message() {
    websocket_.async_read(message_, then([this] {
                            const std::string text = beast::buffers_to_string(message_.data());
                            message_.clear();
                            apply(conversation_.receive(text, wall_now()));
                            read_message();
                          }));
  }

  void apply(const Outcome& outcome) {
    for (const std::string& reply : outcome.replies)
      send(std::make_shared<const std::string>(reply));
    for (const Subscription& one : outcome.unsubscribed)
      host_.exchange().unsubscribe(*this, one.topic);
    for (const Subscription& one : outcome.subscribed) {
      host_.exchange().subscribe(*this, one);
      promise_partial(one.topic);
      host_.subscribed();
    }
    if (outcome.close) end(Ending::close);
  }

  void promise_partial(const std::string& topic) {
    const auto delay = host_.options().partial_delay;
    if (delay.count() == 0) return host_.exchange().send_partial(*this, topic);
    auto timer = std::make_shared<asio::steady_timer>(websocket_.get_executor(), delay);
    timer->async_wait(
        [self = this->shared_from_this(), timer, topic](const beast::error_code& error) {
          if (error) return;
          self->host_.exchange().send_partial(*self, topic);
          self->host_.subscribed();
        });
  }

  void send(std::shared_ptr<const std::string> text) {
    if (ending_ != Ending::none) return;
    backlog_ += text->size();
    queue_.push_back(std::move(text));
    if (queue_.size() == 1) write();
  }

  void write() {
    websocket_.async_write(asio::buffer(*queue_.front()), then([this] {
                             backlog_ -= queue_.front()->size();
                             queue_.pop_front();
                             if (!queue_.empty())
                               write();
                             else if (ending_ != Ending::none)
                               end_now(ending_);
                             host_.drained();
                           }));
  }

  websocket::stream<Stream> websocket_;
  Host& host_;
  Conversation conversation_;
  bool is_websocket_ = false;
  beast::flat_buffer buffer_, message_;
  http::request<http::string_body> request_;
  http::response<http::string_body> response_;
  std::deque<std::shared_ptr<const std::string>> queue_;
  std::size_t backlog_ = 0;
  std::uint64_t book_frames_ = 0, drop_after_ = 0, mute_after_ = 0;
  Ending ending_ = Ending::none;
};

}  // namespace obkit::exchange
