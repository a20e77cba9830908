#include "connection.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/beast/websocket.hpp>

#include "obkit/exchange/rest.hpp"

#include "book_faults.hpp"

namespace obkit::exchange {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;

/// A rate policy of Beast: all or nothing, but for a byte a second that Beast always lets through,
/// too little for a message. A stall is over within a second after its time, when Beast asks again.
class StallPolicy {
 public:
  void stall(std::chrono::nanoseconds time) {
    until_ = Clock::now() + std::chrono::duration_cast<Clock::duration>(time);
  }

 private:
  friend class beast::rate_policy_access;
  using Clock = std::chrono::steady_clock;

  [[nodiscard]] std::size_t available() const {
    return Clock::now() < until_ ? 0 : std::numeric_limits<std::size_t>::max();
  }
  [[nodiscard]] std::size_t available_read_bytes() const { return available(); }
  [[nodiscard]] std::size_t available_write_bytes() const { return available(); }
  void transfer_read_bytes(std::size_t) const {}
  void transfer_write_bytes(std::size_t) const {}
  void on_timer() const {}

  Clock::time_point until_;
};

using PlainStream = beast::basic_stream<asio::ip::tcp, asio::any_io_executor, StallPolicy>;
using TlsStream = beast::ssl_stream<PlainStream>;

/// The bytes of a connection, with TLS or without. Behind virtual functions, so that Beast's
/// operations are compiled once, which takes a compiler longest of all of this program.
class Wire {
 public:
  using Done = std::function<void(beast::error_code)>;
  using DoneSome = std::function<void(beast::error_code, std::size_t)>;
  using InBuffers = std::vector<asio::mutable_buffer>;
  using OutBuffers = std::vector<asio::const_buffer>;

  Wire() = default;
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;
  virtual ~Wire() = default;

  virtual void read_some(const InBuffers& buffers, DoneSome done) = 0;
  virtual void write_some(const OutBuffers& buffers, DoneSome done) = 0;
  virtual std::size_t write_some_now(const OutBuffers& buffers, beast::error_code& error) = 0;
  /// TLS' handshake; nothing without TLS.
  virtual void shake_hands(Done done) = 0;
  /// TLS' goodbye; nothing without TLS.
  virtual void say_goodbye(Done done) = 0;
  virtual PlainStream& lowest() = 0;
};

template <class Stream>
class WireOver final : public Wire {
 public:
  explicit WireOver(Stream stream) : stream_{std::move(stream)} {}

  void read_some(const InBuffers& buffers, DoneSome done) override {
    stream_.async_read_some(buffers, std::move(done));
  }
  void write_some(const OutBuffers& buffers, DoneSome done) override {
    stream_.async_write_some(buffers, std::move(done));
  }
  std::size_t write_some_now(const OutBuffers& buffers, beast::error_code& error) override {
    return stream_.write_some(buffers, error);
  }
  void shake_hands(Done done) override {
    if constexpr (has_tls)
      stream_.async_handshake(asio::ssl::stream_base::server, std::move(done));
    else
      done({});
  }
  void say_goodbye(Done done) override {
    if constexpr (has_tls)
      stream_.async_shutdown(std::move(done));
    else
      done({});
  }
  PlainStream& lowest() override { return beast::get_lowest_layer(stream_); }

 private:
  static constexpr bool has_tls = std::is_same_v<Stream, TlsStream>;

  Stream stream_;
};

/// A wire as Beast wants a stream.
class AnyStream {
 public:
  using executor_type = asio::any_io_executor;

  explicit AnyStream(std::unique_ptr<Wire> wire) : wire_{std::move(wire)} {}

  [[nodiscard]] executor_type get_executor() { return wire_->lowest().get_executor(); }
  [[nodiscard]] Wire& wire() { return *wire_; }

  template <class Buffers, class Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    return initiate(list_of<Wire::InBuffers>(buffers), std::forward<Token>(token),
                    [](Wire& wire, const Wire::InBuffers& list, Wire::DoneSome done) {
                      wire.read_some(list, std::move(done));
                    });
  }
  template <class Buffers, class Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    return initiate(list_of<Wire::OutBuffers>(buffers), std::forward<Token>(token),
                    [](Wire& wire, const Wire::OutBuffers& list, Wire::DoneSome done) {
                      wire.write_some(list, std::move(done));
                    });
  }
  template <class Buffers>
  std::size_t write_some(const Buffers& buffers, beast::error_code& error) {
    return wire_->write_some_now(list_of<Wire::OutBuffers>(buffers), error);
  }

 private:
  template <class List, class Buffers>
  static List list_of(const Buffers& buffers) {
    return {asio::buffer_sequence_begin(buffers), asio::buffer_sequence_end(buffers)};
  }
  /// A handler may be movable only; std::function wants copies, so they share it.
  template <class List, class Token, class Begin>
  auto initiate(List list, Token&& token, Begin begin) {
    return asio::async_initiate<Token, void(beast::error_code, std::size_t)>(
        [begin](auto handler, Wire* wire, const List& buffers) {
          auto shared = std::make_shared<decltype(handler)>(std::move(handler));
          begin(*wire, buffers,
                [shared](beast::error_code error, std::size_t count) { (*shared)(error, count); });
        },
        token, wire_.get(), std::move(list));
  }

  std::unique_ptr<Wire> wire_;
};

// What Beast calls to end a stream of a type that it does not know.
void beast_close_socket(AnyStream& stream) { stream.wire().lowest().close(); }

template <class Handler>
void async_teardown(beast::role_type /*role*/, AnyStream& stream, Handler handler) {
  auto shared = std::make_shared<Handler>(std::move(handler));
  stream.wire().say_goodbye([shared](beast::error_code error) { (*shared)(error); });
}

namespace websocket = beast::websocket;

/// The outgoing half of a connection: what waits to be sent, how it ends, and what it is made to do
/// wrong. Keeps itself alive by its pending operations.
class Sender : public Client, public std::enable_shared_from_this<Sender> {
 public:
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
    if (ending == Ending::close && index_) {
      websocket_.async_close({static_cast<websocket::close_code>(closing_.code), closing_.reason},
                             [self = shared_from_this()](beast::error_code) { self->leave(); });
      return;
    }
    if (ending == Ending::mute) {
      host_.keep_open(lowest().socket().release());
    } else {
      beast::error_code ignored;
      if (ending == Ending::reset)
        lowest().socket().set_option(asio::socket_base::linger{true, 0}, ignored);
      lowest().close();
    }
    // Its caller may be in the midst of the clients.
    asio::post(websocket_.get_executor(), [self = shared_from_this()] { self->leave(); });
  }

  /// Beast has room for one at a time: without effect while another waits.
  void ping() override {
    if (is_pinging_ || ending_ != Ending::none) return;
    is_pinging_ = true;
    websocket_.async_ping(
        {}, [self = shared_from_this()](beast::error_code) { self->is_pinging_ = false; });
  }

  void inject(const Injection& injection) override {
    switch (injection.fault) {
      case Fault::cut:
        return end_now(Ending::cut);
      case Fault::half_open:
        return end_now(Ending::mute);
      case Fault::cut_in_frame:
        send(share(half_frame(host_.exchange().protocol().large_message(cut_frame_size))),
             Kind::raw);
        return end(Ending::reset);
      case Fault::close:
        closing_ = {injection.code, injection.reason.empty() ? "restart" : injection.reason};
        return end(Ending::close);
      case Fault::stall:
        return lowest().rate_policy().stall(injection.time);
      case Fault::ping:
        return ping();
      case Fault::garbage_bytes:
        return send(share(no_websocket()), Kind::raw);
      case Fault::garbage_text:
        return send(share(no_json()));
      case Fault::binary_message:
        return send(share(all_bytes()), Kind::binary);
      default:
        return say(host_.exchange().protocol().large_message(injection.size));
    }
  }

  [[nodiscard]] std::optional<std::uint64_t> index() const override { return index_; }
  [[nodiscard]] std::size_t backlog() const override { return backlog_; }

 protected:
  Sender(std::unique_ptr<Wire> wire, Host& host) : websocket_{std::move(wire)}, host_{host} {}

  static std::shared_ptr<const std::string> share(std::string text) {
    return std::make_shared<const std::string>(std::move(text));
  }

  Wire& wire() { return websocket_.next_layer().wire(); }
  PlainStream& lowest() { return wire().lowest(); }

  /// It is no client any more. One that does not read hears of no end but its own.
  void leave() { host_.gone(*this); }

  /// A handler that goes on with `next`, or ends the connection for an error.
  template <class Next>
  auto then(Next next) {
    return [self = shared_from_this(), next](beast::error_code error, auto&&...) mutable {
      if (error)
        self->leave();
      else
        next();
    };
  }

  /// From now on it is a websocket.
  void begin() {
    index_ = host_.counts().connections++;
    const auto nth = [this](const std::vector<std::uint64_t>& list) {
      return *index_ < list.size() ? list[*index_] : 0;
    };
    drop_after_ = nth(host_.options().drop_after);
    mute_after_ = nth(host_.options().mute_after);
  }

  void end_with(const Closing& closing) {
    closing_ = closing;
    end(Ending::close);
  }

  void say(const std::string& text) { send(share(numbered(text))); }

  /// The same text again and again.
  void flood(const std::string& text) {
    flood_ = share(text);
    send(flood_);
  }

  websocket::stream<AnyStream, false> websocket_;  // no compression: no exchange offers it
  Host& host_;

 private:
  /// Raw bytes go past the websocket's framing.
  enum class Kind { text, binary, raw };
  static constexpr std::size_t cut_frame_size = std::size_t{64} << 10U;

  struct Parcel {
    std::shared_ptr<const std::string> bytes;
    Kind kind;
  };

  void send(std::shared_ptr<const std::string> bytes, Kind kind = Kind::text) {
    if (ending_ != Ending::none) return;
    backlog_ += bytes->size();
    queue_.push_back({std::move(bytes), kind});
    if (queue_.size() == 1) write();
  }

  void write() {
    const Parcel& parcel = queue_.front();
    const auto buffer = asio::buffer(*parcel.bytes);
    if (parcel.kind == Kind::raw) {
      // Not by an asynchronous write: the websocket may have one of its own under way, a pong or an
      // answer to a close. They are few bytes.
      beast::error_code error;
      asio::write(websocket_.next_layer(), buffer, error);
      return asio::post(websocket_.get_executor(),
                        [next = then([this] { on_written(); }), error]() mutable { next(error); });
    }
    websocket_.text(parcel.kind == Kind::text);
    websocket_.async_write(buffer, then([this] { on_written(); }));
  }

  void on_written() {
    backlog_ -= queue_.front().bytes->size();
    queue_.pop_front();
    if (flood_ && queue_.empty() && ending_ == Ending::none)
      send(flood_);
    else if (!queue_.empty())
      write();
    else if (ending_ != Ending::none)
      end_now(ending_);
    host_.drained();
  }

  std::optional<std::uint64_t> index_;
  std::deque<Parcel> queue_;
  std::shared_ptr<const std::string> flood_;
  std::size_t backlog_ = 0;
  std::uint64_t book_frames_ = 0, drop_after_ = 0, mute_after_ = 0;
  Closing closing_;
  Ending ending_ = Ending::none;
  bool is_pinging_ = false;
};

namespace http = beast::http;

/// One accepted socket: TLS if any, HTTP requests, then perhaps a websocket. This is its incoming
/// half.
class Connection final : public Sender {
 public:
  Connection(std::unique_ptr<Wire> wire, Host& host)
      : Sender{std::move(wire), host},
        conversation_{host.exchange().protocol().converse(
            host.exchange().source().channels(),
            {host.options().credentials, host.options().heartbeat_second})},
        beat_{websocket_.get_executor()} {}

  void start() override {
    lowest().expires_after(handshake_limit);
    wire().shake_hands(then([this] { read_request(); }));
  }

  void inject(const Injection& injection) override {
    Injection filled = injection;
    filled.reason = with_claim(injection.reason);
    if (injection.fault < Fault::too_many_requests) return Sender::inject(filled);
    const Outcome outcome = conversation_->complain(filled, wall_now());
    if (injection.fault == Fault::questions) {
      is_deaf_ = true;
      return flood(outcome.replies.front());
    }
    const bool repeats = injection.fault == Fault::errors;
    for (std::uint64_t i = 0; i < (repeats ? injection.count : 1); ++i) apply(outcome);
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
    if (request_.method() != http::verb::get) return answer(404, rest_error("Not Found"));
    answer_get(text);
  }

  void answer(unsigned status, std::string body) {
    answer(Refusal{.status = status, .body = std::move(body)});
  }

  void answer(Refusal what) {
    response_ = {static_cast<http::status>(what.status), request_.version()};
    if (!what.reason.empty()) response_.reason(with_claim(what.reason));
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
    wire().say_goodbye([self = shared_from_this(), this](beast::error_code) { leave(); });
  }

  void refuse(Refusal what) {
    ++host_.counts().refused;
    answer(std::move(what));
  }

  void on_upgrade(const Target& target) {
    claim_ = {claimed(target, "api-key"), claimed(target, "api-expires"),
              claimed(target, "api-signature")};
    if (auto refusal = host_.refusal()) return refuse(std::move(*refusal));
    if (target.path != host_.exchange().protocol().path())
      return refuse({.status = 404, .body = rest_error("Not Found")});
    const bool claims = !claim_.key.empty() || !claim_.signature.empty();
    const std::string why = claims ? refute(claim_, host_.options().credentials, wall_now()) : "";
    if (!why.empty()) return refuse({.status = 401, .body = rest_error(why)});
    Opening opening{{}, target.value("subscribe"), {}};
    if (claims && host_.options().auth_ack == AuthAck::echo) opening.acknowledged = claim_;
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
      if (kind == websocket::frame_type::ping) ++host_.counts().pings;
    });
    websocket_.async_accept(request_, then([this, opening = std::move(opening)]() mutable {
                              opening.market_now = host_.market_now();
                              begin();
                              apply(conversation_->open(opening));
                              read_message();
                            }));
  }

  [[nodiscard]] std::string claimed(const Target& target, const char* name) const {
    const auto header = request_.find(name);
    return header == request_.end() ? target.value(name) : std::string{header->value()};
  }

  /// The text with what the client signed with.
  [[nodiscard]] std::string with_claim(std::string text) const {
    for (const auto& [name, value] :
         {std::pair<std::string_view, const std::string&>{"{key}", claim_.key},
          {"{signature}", claim_.signature}})
      if (const std::size_t at = text.find(name); at != std::string::npos)
        text.replace(at, name.size(), value);
    return text;
  }

  static Timestamp wall_now() { return std::chrono::system_clock::now(); }

  void read_message() {
    websocket_.async_read(message_, then([this] {
                            const std::string text = beast::buffers_to_string(message_.data());
                            message_.clear();
                            apply(conversation_->receive(text, wall_now()));
                            if (!is_deaf_) read_message();
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
    if (outcome.close && outcome.close->after.count() > 0)
      end_later(*outcome.close);
    else if (outcome.close)
      return end_with(*outcome.close);
    await_time();
  }

  /// A handler of a timer, which does not keep the connection alive.
  template <class Next>
  auto when_due(Next next) {
    return [weak = weak_from_this(), next](const beast::error_code& error) {
      const auto self = weak.lock();
      if (self && !error) next();
    };
  }

  void answer_get(const std::string& target) {
    const std::optional<Injection> fault = host_.fault_of_answer();
    if (fault && fault->fault == Fault::refuse_get)
      return answer(make_refusal(fault->status, fault->retry_after));
    RestAnswer& earlier = host_.earlier_answer(target);
    RestAnswer rest = host_.exchange().protocol().answer_get(host_.exchange(), target);
    if (fault && fault->fault == Fault::old_answer && !earlier.body.empty()) rest = earlier;
    if (rest.status < 400) earlier = rest;
    if (!fault || fault->fault != Fault::late_answer) return answer(rest.status, rest.body);
    auto timer = std::make_shared<asio::steady_timer>(websocket_.get_executor(), fault->time);
    timer->async_wait(when_due([this, timer, rest] { answer(rest.status, rest.body); }));
  }

  void await_time() {
    const auto due = conversation_->due();
    if (!due) return;
    beat_.expires_after(std::max(*due - wall_now(), std::chrono::nanoseconds{0}));
    beat_.async_wait(when_due([this] { apply(conversation_->on_time(wall_now())); }));
  }

  void end_later(const Closing& closing) {
    auto timer = std::make_shared<asio::steady_timer>(websocket_.get_executor(), closing.after);
    timer->async_wait(when_due([this, timer, closing] { end_with(closing); }));
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
  Claim claim_;
  bool is_deaf_ = false;
  asio::steady_timer beat_;
  beast::flat_buffer buffer_, message_;
  http::request<http::string_body> request_;
  http::response<http::string_body> response_;
};

}  // namespace

std::shared_ptr<Client> make_connection(asio::ip::tcp::socket socket, asio::ssl::context* tls,
                                        Host& host) {
  PlainStream plain{std::move(socket)};
  std::unique_ptr<Wire> wire;
  if (tls == nullptr)
    wire = std::make_unique<WireOver<PlainStream>>(std::move(plain));
  else
    wire = std::make_unique<WireOver<TlsStream>>(TlsStream{std::move(plain), *tls});
  return std::make_shared<Connection>(std::move(wire), host);
}

}  // namespace obkit::exchange
