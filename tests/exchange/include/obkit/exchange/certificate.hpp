#pragma once

#include <memory>
#include <string>

namespace obkit::exchange {

struct CertificateOptions {
  /// The name the certificate is for; "localhost" includes 127.0.0.1 and ::1.
  std::string host = "localhost";
  /// Sign with a second authority, of which the client knows nothing.
  bool unknown_issuer = false;
  /// It ended yesterday.
  bool is_expired = false;
  /// Without subjectAltName: the subject alone has the host's name.
  bool is_nameless = false;
};

/// A server certificate, PEM.
struct Identity {
  std::string certificate;  ///< P-256; valid from yesterday for a month, if not expired
  std::string key;
};

/// A certificate authority of its own, and one that nobody trusts; fresh for each object.
class Issuer {
 public:
  /// Throws std::runtime_error when OpenSSL fails, as issue() does.
  Issuer();
  Issuer(Issuer&&) noexcept;
  Issuer& operator=(Issuer&&) = delete;
  ~Issuer();

  /// PEM: what a client must trust.
  [[nodiscard]] std::string authority() const;
  /// A fresh key and its certificate.
  [[nodiscard]] Identity issue(const CertificateOptions& options) const;

 private:
  struct Authorities;
  std::unique_ptr<Authorities> authorities_;
};

}  // namespace obkit::exchange
