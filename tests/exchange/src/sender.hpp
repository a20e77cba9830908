#pragma once

#include <deque>
#include <memory>
#include <string>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/websocket.hpp>

#include "client.hpp"
#include "junk.hpp"
#include "stream.hpp"

namespace obkit::exchange {

namespace websocket = beast::websocket;

/// The outgoing half of a connection: what waits to be sent, how it ends, and what it is made to do
/// wrong. Keeps itself alive by its pending operations.
template <class Stream>
class Sender : public Client, public std::enable_shared_from_this<Sender<Stream>> {
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
                             [self = this->shared_from_this()](beast::error_code) {});
    } else if (ending == Ending::mute) {
      host_.keep_open(lowest().socket().release());
    } else {
      beast::error_code ignored;
      if (ending == Ending::reset)
        lowest().socket().set_option(asio::socket_base::linger{true, 0}, ignored);
      lowest().close();
    }
  }

  /// Beast has room for one at a time: without effect while another waits.
  void ping() override {
    if (is_pinging_ || ending_ != Ending::none) return;
    is_pinging_ = true;
    websocket_.async_ping(
        {}, [self = this->shared_from_this()](beast::error_code) { self->is_pinging_ = false; });
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
        closing_ = {injection.code, injection.reason};
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
        return send(share(host_.exchange().protocol().large_message(injection.size)));
    }
  }

  [[nodiscard]] std::optional<std::uint64_t> index() const override { return index_; }
  [[nodiscard]] std::size_t backlog() const override { return backlog_; }

 protected:
  Sender(Stream stream, Host& host) : websocket_{std::move(stream)}, host_{host} {}

  static auto share(std::string text) {
    return std::make_shared<const std::string>(std::move(text));
  }

  auto& lowest() { return beast::get_lowest_layer(websocket_); }

  /// A handler that goes on with `next`, or ends the connection for an error.
  template <class Next>
  auto then(Next next) {
    return [self = this->shared_from_this(), next](beast::error_code error, auto&&...) mutable {
      if (error)
        self->host_.gone(*self);
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

  void say(const std::string& text) { send(share(text)); }

  websocket::stream<Stream> websocket_;
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
    if (!queue_.empty())
      write();
    else if (ending_ != Ending::none)
      end_now(ending_);
    host_.drained();
  }

  std::optional<std::uint64_t> index_;
  std::deque<Parcel> queue_;
  std::size_t backlog_ = 0;
  std::uint64_t book_frames_ = 0, drop_after_ = 0, mute_after_ = 0;
  Closing closing_;
  Ending ending_ = Ending::none;
  bool is_pinging_ = false;
};

}  // namespace obkit::exchange
