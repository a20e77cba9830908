#pragma once

#include <chrono>
#include <cstddef>
#include <limits>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/ssl.hpp>

namespace obkit::exchange {

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

}  // namespace obkit::exchange
