#include "tls.hpp"

#include <memory>

#include <boost/asio/ip/address.hpp>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "obkit/core/byte_stream.hpp"
#include "obkit/core/error.hpp"

namespace obkit::net {
namespace {

namespace ssl = boost::asio::ssl;

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

}  // namespace

ssl::context make_tls_context(const std::string& ca_file) {
  ssl::context context{ssl::context::tls_client};
  SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
  context.set_default_verify_paths();
  context.set_verify_mode(ssl::verify_peer);
  if (!ca_file.empty()) add_anchors(context, ca_file);
  return context;
}

void expect_host(SSL* ssl, const std::string& host) {
  boost::system::error_code no_address;
  static_cast<void>(boost::asio::ip::make_address(host, no_address));
  bool ok = true;
  if (no_address) {
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    // The macro SSL_set_tlsext_host_name casts in the old style.
    ok = SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                  const_cast<char*>(host.c_str())) == 1 &&
         SSL_set1_host(ssl, host.c_str()) == 1;
  } else {
    ok = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str()) == 1;
  }
  if (!ok) throw Error{"OpenSSL does not accept the host name '" + host + "'"};
}

CertificateRefusal refusal_of_certificate(SSL* ssl) {
  const long result = SSL_get_verify_result(ssl);
  if (result == X509_V_OK) return {};
  const bool is_date =
      result == X509_V_ERR_CERT_HAS_EXPIRED || result == X509_V_ERR_CERT_NOT_YET_VALID;
  return {.text = X509_verify_cert_error_string(result), .may_pass = is_date};
}

}  // namespace obkit::net
