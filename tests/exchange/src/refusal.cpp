#include "refusal.hpp"

#include <boost/beast/http/status.hpp>
#include <nlohmann/json.hpp>

#include "obkit/exchange/rest.hpp"

namespace obkit::exchange {
namespace {

std::string page(const std::string& title, const std::string& server) {
  return "<html>\r\n<head><title>" + title + "</title></head>\r\n<body>\r\n<center><h1>" + title +
         "</h1></center>\r\n<hr><center>" + server + "</center>\r\n</body>\r\n</html>\r\n";
}

std::string rate_limit_error(std::chrono::seconds retry_after) {
  const std::string text =
      "Rate limit exceeded, retry in " + std::to_string(retry_after.count()) + " seconds.";
  return nlohmann::ordered_json{{"error", {{"message", text}, {"name", "RateLimitError"}}}}.dump();
}

}  // namespace

Refusal make_refusal(unsigned status, std::chrono::seconds retry_after) {
  namespace http = boost::beast::http;
  const std::string reason{http::obsolete_reason(static_cast<http::status>(status))};
  if (status == 429)
    return {.status = status, .body = rate_limit_error(retry_after), .retry_after = retry_after};
  if (status != 403 && status < 500) return {.status = status, .body = rest_error(reason)};
  const std::string server = status == 403 ? "cloudflare" : "awselb/2.0";
  Refusal refusal{status, page(std::to_string(status) + ' ' + reason, server), "text/html", server};
  if (status == 503) refusal.retry_after = retry_after;
  return refusal;
}

}  // namespace obkit::exchange
