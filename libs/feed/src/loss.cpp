#include "loss.hpp"

#include <charconv>
#include <string_view>
#include <system_error>

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket/error.hpp>

namespace obkit::feed {
namespace {

namespace beast = boost::beast;
namespace websocket = boost::beast::websocket;

/// Whole seconds; the form with a date is ignored.
std::optional<std::chrono::seconds> seconds_of(std::string_view text) {
  std::uint32_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return std::chrono::seconds{seconds};
}

Loss loss_of_close(const websocket::close_reason& reason) {
  Loss loss{.kind = Loss::Kind::closed, .close_code = reason.code};
  loss.text = "the exchange closed the connection, code " + std::to_string(reason.code);
  if (!reason.reason.empty())
    loss.text.append(": ").append(reason.reason.data(), reason.reason.size());
  return loss;
}

bool is_end(beast::error_code error) {
  namespace asio = boost::asio;
  return error == asio::error::eof || error == asio::error::connection_reset ||
         error == asio::error::broken_pipe || error == asio::error::operation_aborted ||
         error == asio::ssl::error::stream_truncated;
}

}  // namespace

std::string_view to_string(Loss::Kind kind) {
  switch (kind) {
    case Loss::Kind::name:
      return "name";
    case Loss::Kind::connect:
      return "connect";
    case Loss::Kind::certificate:
      return "certificate";
    case Loss::Kind::tls:
      return "tls";
    case Loss::Kind::upgrade:
      return "upgrade";
    case Loss::Kind::closed:
      return "closed";
    case Loss::Kind::cut:
      return "cut";
    case Loss::Kind::dead:
      return "dead";
    case Loss::Kind::protocol:
      return "protocol";
    case Loss::Kind::asked:
      return "asked";
  }
  return "";
}

Loss loss_of(const Next& next) {
  return {.kind = Loss::Kind::asked, .text = next.reason, .retry_after = next.retry_after};
}

Loss loss_of_connection(beast::error_code error, const websocket::close_reason& reason) {
  if (error == websocket::error::closed) return loss_of_close(reason);
  if (error == beast::error::timeout)
    return {.kind = Loss::Kind::dead, .text = "the connection is dead: no answer to a ping"};
  if (is_end(error))
    return {.kind = Loss::Kind::cut,
            .text = "the connection was cut without a close frame: " + error.message()};
  return {.kind = Loss::Kind::protocol,
          .text = "what arrived is not understood: " + error.message()};
}

Loss loss_of_upgrade(const std::string& authority, const websocket::response_type& response) {
  Loss loss{.kind = Loss::Kind::upgrade, .http_status = static_cast<int>(response.result_int())};
  const auto reason = response.reason();
  loss.text = authority + " refused the upgrade: HTTP " + std::to_string(loss.http_status) + " ";
  loss.text.append(reason.data(), reason.size());
  const auto after = response[beast::http::field::retry_after];
  loss.retry_after = seconds_of({after.data(), after.size()});
  return loss;
}

}  // namespace obkit::feed
