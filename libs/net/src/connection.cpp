#include "connection.hpp"

#include <boost/asio/ssl/error.hpp>

namespace obkit::net {
namespace {

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

Disconnect disconnect_of_socket(beast::error_code error, const websocket::close_reason& reason,
                                std::size_t message_max) {
  if (error == websocket::error::closed) return disconnect_of_close(reason);
  if (error == beast::error::timeout)
    return {.kind = Disconnect::Kind::dead, .text = "the connection is dead: no answer to a ping"};
  if (is_end(error))
    return {.kind = Disconnect::Kind::cut,
            .text = "the connection was cut without a close frame: " + error.message()};
  // Then it was us who ended it; what ends it properly stands in the way of the first error.
  const bool is_ours = error.category() == asio::error::get_ssl_category() &&
                       ERR_GET_REASON(error.value()) == SSL_R_APPLICATION_DATA_AFTER_CLOSE_NOTIFY;
  std::string text = "what arrived is not understood: ";
  if (error == websocket::error::message_too_big)
    text += "a message of more than " + bytes_text(message_max);
  else if (is_ours)
    text += "a message of more than " + bytes_text(message_max) + ", or no websocket";
  else
    text += error.message();
  return {.kind = Disconnect::Kind::protocol, .text = std::move(text)};
}

Disconnect disconnect_of_upgrade(const std::string& authority,
                                 const websocket::response_type& response) {
  Disconnect disconnect{.kind = Disconnect::Kind::upgrade,
                        .http_status = static_cast<int>(response.result_int())};
  const auto reason = response.reason();
  disconnect.text =
      authority + " refused the upgrade: HTTP " + std::to_string(disconnect.http_status) + " ";
  disconnect.text.append(reason.data(), reason.size());
  disconnect.text += meaning_of_status(disconnect.http_status);
  const auto after = response[beast::http::field::retry_after];
  disconnect.retry_after = parse_retry_after({after.data(), after.size()});
  return disconnect;
}

}  // namespace obkit::net
