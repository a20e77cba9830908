#pragma once

#include <string>

#include <boost/asio/ssl/context.hpp>
#include <boost/system/error_code.hpp>
#include <openssl/types.h>

namespace obkit::net {

/// TLS 1.2 or later, the system's anchors and those of `ca_file` (PEM; empty for none). Throws
/// IoError, and DataError for a file that holds no certificate.
[[nodiscard]] boost::asio::ssl::context make_tls_context(const std::string& ca_file);

/// Sees to it that the handshake asks for `host` (SNI) and accepts only a certificate of it: a name
/// or an address.
void expect_host(SSL* ssl, const std::string& host);

/// Why the handshake did not accept the certificate.
struct CertificateRefusal {
  std::string text;       ///< empty when that was not why it failed
  bool may_pass = false;  ///< its dates: a new one is on its way, or the clock is wrong
};
[[nodiscard]] CertificateRefusal refusal_of_certificate(SSL* ssl);

}  // namespace obkit::net
