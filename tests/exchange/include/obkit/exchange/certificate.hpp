#pragma once

#include <string>

namespace obkit::exchange {

struct CertificateOptions {
  /// The name the certificate is for; "localhost" includes 127.0.0.1 and ::1.
  std::string host = "localhost";
  /// Sign with a second authority, of which the client knows nothing.
  bool unknown_issuer = false;
};

/// A certificate authority of its own and a server certificate, fresh for each call; all PEM.
struct Identity {
  std::string authority;    ///< what a client must trust
  std::string certificate;  ///< P-256, valid from yesterday for a month
  std::string key;
};

/// Throws std::runtime_error when OpenSSL fails.
[[nodiscard]] Identity make_identity(const CertificateOptions& options);

}  // namespace obkit::exchange
