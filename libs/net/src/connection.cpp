#include "connection.hpp"

#include <charconv>
#include <string_view>
#include <system_error>

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket/error.hpp>

namespace obkit::net {
namespace {

/// Whole seconds; the form with a date is ignored.
std::optional<std::chrono::seconds> seconds_of(std::string_view text) {
  std::uint32_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return std::chrono::seconds{seconds};
}

Disconnect disconnect_of_close(const websocket::close_reason& reason) {
  Disconnect disconnect{.kind = Disconnect::Kind::closed, .close_code = reason.code};
  disconnect.text = "the exchange closed the connection, code " + std::to_string(reason.code);
  if (!reason.reason.empty())
    disconnect.text.append(": ").append(reason.reason.data(), reason.reason.size());
  return disconnect;
}

bool is_end(beast::error_code error) {
  return error == asio::error::eof || error == asio::error::connection_reset ||
         error == asio::error::broken_pipe || error == asio::error::operation_aborted ||
         error == asio::ssl::error::stream_truncated;
}

}  // namespace

Disconnect disconnect_on_request(const Next& next) {
  return {.kind = Disconnect::Kind::asked, .text = next.reason, .retry_after = next.retry_after};
}

Disconnect disconnect_of_socket(beast::error_code error, const websocket::close_reason& reason) {
  if (error == websocket::error::closed) return disconnect_of_close(reason);
  if (error == beast::error::timeout)
    return {.kind = Disconnect::Kind::dead, .text = "the connection is dead: no answer to a ping"};
  if (is_end(error))
    return {.kind = Disconnect::Kind::cut,
            .text = "the connection was cut without a close frame: " + error.message()};
  return {.kind = Disconnect::Kind::protocol,
          .text = "what arrived is not understood: " + error.message()};
}

Disconnect disconnect_of_upgrade(const std::string& authority,
                                 const websocket::response_type& response) {
  Disconnect disconnect{.kind = Disconnect::Kind::upgrade,
                        .http_status = static_cast<int>(response.result_int())};
  const auto reason = response.reason();
  disconnect.text =
      authority + " refused the upgrade: HTTP " + std::to_string(disconnect.http_status) + " ";
  disconnect.text.append(reason.data(), reason.size());
  const auto after = response[beast::http::field::retry_after];
  disconnect.retry_after = seconds_of({after.data(), after.size()});
  return disconnect;
}

}  // namespace obkit::net
