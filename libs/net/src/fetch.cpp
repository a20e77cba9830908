#include "obkit/net/fetch.hpp"

#include <string>
#include <utility>

#include "obkit/net/secrets.hpp"

#include "http_client.hpp"
#include "transport.hpp"

namespace obkit::net {

void fetch(const SessionOptions& options, std::vector<feed::HttpGet> pages,
           const OnAnswer& on_answer) {
  HttpOptions http = http_options(options);
  Secrets secrets;
  secrets.set(hidden_by(http.proxy));
  asio::ssl::context tls = make_tls_context(options.ca_file);
  asio::io_context io{1};
  GetTurns turns;
  HttpClient client{io, tls, std::move(http), turns};
  client.on_answer([&](feed::HttpAnswer answer) {
    const std::string body{secrets.hide(answer.body)}, problem{secrets.hide(answer.problem)};
    answer.body = body;
    answer.problem = problem;
    for (feed::HttpGet& page : on_answer(answer)) client.get(std::move(page));
  });
  for (feed::HttpGet& page : pages) client.get(std::move(page));
  io.run();
}

}  // namespace obkit::net
