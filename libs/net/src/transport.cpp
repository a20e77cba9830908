#include "transport.hpp"

#include <charconv>
#include <cstdint>
#include <memory>
#include <system_error>

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "obkit/core/byte_stream.hpp"
#include "obkit/core/error.hpp"
#include "obkit/net/secrets.hpp"

namespace obkit::net {
namespace {

namespace ssl = asio::ssl;
namespace http = boost::beast::http;

struct Free {
  void operator()(BIO* bio) const { BIO_free_all(bio); }
  void operator()(X509* certificate) const { X509_free(certificate); }
};

/// Adds the certificates of a PEM text; how many.
int add_certificates(X509_STORE* store, const std::string& pem) {
  const std::unique_ptr<BIO, Free> bio{BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))};
  int count = 0;
  for (;; ++count) {
    const std::unique_ptr<X509, Free> certificate{
        PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)};
    if (!certificate) break;
    X509_STORE_add_cert(store, certificate.get());
  }
  ERR_clear_error();  // the end of the text counts as an error
  return count;
}

void add_anchors(ssl::context& context, const std::string& ca_file) {
  constexpr std::size_t largest = std::size_t{16} * 1024 * 1024;
  const std::string pem = read_all(ca_file, largest);
  if (add_certificates(SSL_CTX_get_cert_store(context.native_handle()), pem) == 0)
    throw DataError{{.name = ca_file}, "expected certificates in PEM, found none"};
}

/// Sees to it that the handshake asks for `host` and accepts only a certificate of it.
void expect_host(SSL* ssl, const std::string& host) {
  boost::system::error_code no_address;
  static_cast<void>(boost::asio::ip::make_address(host, no_address));
  bool ok = true;
  if (no_address) {
    // The subject's common name is no host: certificates say in subjectAltName what they are for.
    SSL_set_hostflags(ssl,
                      X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    // The macro SSL_set_tlsext_host_name casts in the old style.
    ok = SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                  const_cast<char*>(host.c_str())) == 1 &&
         SSL_set1_host(ssl, host.c_str()) == 1;
  } else {
    ok = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str()) == 1;
  }
  if (!ok) throw Error{"OpenSSL does not accept the host name '" + host + "'"};
}

/// Why the handshake did not accept the certificate.
struct CertificateRefusal {
  std::string text;       ///< empty when that was not why it failed
  bool may_pass = false;  ///< its dates: a new one is on its way, or the clock is wrong
};

CertificateRefusal refusal_of_certificate(SSL* ssl) {
  const long result = SSL_get_verify_result(ssl);
  if (result == X509_V_OK) return {};
  const bool is_date =
      result == X509_V_ERR_CERT_HAS_EXPIRED || result == X509_V_ERR_CERT_NOT_YET_VALID;
  return {.text = X509_verify_cert_error_string(result), .may_pass = is_date};
}

}  // namespace

ssl::context make_tls_context(const std::string& ca_file) {
  ssl::context context{ssl::context::tls_client};
  SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
  context.set_default_verify_paths();
  context.set_verify_mode(ssl::verify_peer);
  if (!ca_file.empty()) add_anchors(context, ca_file);
  return context;
}

Awaitable<std::optional<Disconnect>> Connector::connect(TcpStream& tcp,
                                                        std::function<void()> on_found) {
  const Endpoint& first = proxy_ ? proxy_->server : endpoint_;
  const std::string what = proxy_ ? "proxy " : "";
  auto [unknown, addresses] = co_await resolver_.async_resolve(first.host, first.port, quiet);
  if (is_cancelled_) unknown = asio::error::operation_aborted;
  if (unknown)
    co_return Disconnect{
        .kind = Disconnect::Kind::name,
        .text = "cannot find " + what + "host '" + first.host + "': " + unknown.message()};
  on_found();
  const auto [error, address] = co_await asio::async_connect(tcp, addresses, quiet);
  if (error)
    co_return failure_of(Disconnect::Kind::connect, "cannot connect to " + what, error, first);
  tcp.set_option(asio::ip::tcp::no_delay{true});
  if (proxy_) co_return co_await tunnel(tcp);
  co_return std::nullopt;
}

Awaitable<std::optional<Disconnect>> Connector::tunnel(TcpStream& tcp) const {
  const std::string goal = endpoint_.host_and_port();
  http::request<http::empty_body> request{http::verb::connect, goal, 11};
  request.set(http::field::host, goal);
  if (!proxy_->user_and_password.empty())
    request.set(http::field::proxy_authorization, "Basic " + to_base64(proxy_->user_and_password));
  const auto fails = [&](boost::system::error_code error) {
    return failure_of(Disconnect::Kind::connect, "no answer of proxy ", error, proxy_->server);
  };
  const auto [unsent, written] = co_await http::async_write(tcp, request, quiet);
  if (unsent) co_return fails(unsent);
  http::response_parser<http::empty_body> parser;
  parser.skip(true);  // what follows is the other side's, who waits for us to begin
  boost::beast::flat_buffer buffer;
  const auto [error, size] = co_await http::async_read_header(tcp, buffer, parser, quiet);
  if (error) co_return fails(error);
  const auto& answer = parser.get();
  if (answer.result() == http::status::ok && buffer.size() == 0) co_return std::nullopt;
  const auto reason = answer.reason();
  co_return Disconnect{.kind = Disconnect::Kind::connect,
                       .text = "proxy " + proxy_->server.host_and_port() + " does not connect to " +
                               goal + ": HTTP " + std::to_string(answer.result_int()) + " " +
                               std::string{reason.data(), reason.size()}};
}

Awaitable<std::optional<Disconnect>> Connector::secure(TlsStream& tls) {
  SSL* const ssl = tls.native_handle();
  // Asio asks OpenSSL to give the buffer of a record back after each, and to take a new one.
  SSL_clear_mode(ssl, SSL_MODE_RELEASE_BUFFERS);
  expect_host(ssl, endpoint_.host);
  const auto [error] = co_await tls.async_handshake(asio::ssl::stream_base::client, quiet);
  if (!error) co_return std::nullopt;
  const CertificateRefusal refusal = refusal_of_certificate(ssl);
  if (refusal.text.empty()) co_return failure_of(Disconnect::Kind::tls, "no TLS with ", error);
  co_return Disconnect{
      .kind = refusal.may_pass ? Disconnect::Kind::tls : Disconnect::Kind::certificate,
      .text = "certificate of " + endpoint_.authority() + " refused: " + refusal.text};
}

Disconnect Connector::failure_of(Disconnect::Kind kind, std::string_view what,
                                 boost::system::error_code error) const {
  return failure_of(kind, what, error, endpoint_);
}

Disconnect Connector::failure_of(Disconnect::Kind kind, std::string_view what,
                                 boost::system::error_code error, const Endpoint& whose) const {
  if (is_late_) error = boost::beast::error::timeout;
  return {.kind = kind, .text = std::string{what} + whose.authority() + ": " + error.message()};
}

std::string bytes_text(std::size_t bytes) {
  constexpr std::size_t mebibyte = std::size_t{1} << 20U;
  if (bytes == 0 || bytes % mebibyte != 0) return std::to_string(bytes) + " bytes";
  return std::to_string(bytes / mebibyte) + " MiB";
}

std::optional<std::chrono::seconds> parse_retry_after(std::string_view text) {
  std::uint32_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return std::chrono::seconds{seconds};
}

std::string_view meaning_of_status(int status) {
  constexpr int forbidden = 403, banned = 418, unavailable = 451;
  if (status == forbidden) return " (this address may be banned, or its region not be served)";
  if (status == banned) return " (this address is banned for a while)";
  return status == unavailable ? " (this region is not served)" : "";
}

}  // namespace obkit::net
