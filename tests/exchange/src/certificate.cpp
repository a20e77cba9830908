#include "obkit/exchange/certificate.hpp"

#include <memory>
#include <stdexcept>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

namespace obkit::exchange {
namespace {

template <auto Free>
struct Deleter {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Deleter<X509_free>>;
using Bio = std::unique_ptr<BIO, Deleter<BIO_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Deleter<X509_EXTENSION_free>>;

constexpr long day_seconds = 24L * 60 * 60;

void require(bool success) {
  if (!success) throw std::runtime_error{"OpenSSL cannot make a certificate"};
}

Key make_key() {
  Key key{EVP_EC_gen("P-256")};
  require(key != nullptr);
  return key;
}

void add_extension(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const Extension extension{X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str())};
  require(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1);
}

void set_common_name(X509* certificate, const std::string& name) {
  const std::basic_string<unsigned char> bytes(name.begin(), name.end());
  require(X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                                     bytes.data(), static_cast<int>(bytes.size()), -1, 0) == 1);
}

/// Unsigned, with the basics; issued by itself unless `issuer` is given.
Certificate draft(EVP_PKEY* key, const std::string& name, X509* issuer) {
  Certificate certificate{X509_new()};
  require(certificate != nullptr);
  std::uint32_t serial = 0;
  require(RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) == 1);
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate.get()), std::uint64_t{serial} + 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -day_seconds);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 30 * day_seconds);
  set_common_name(certificate.get(), name);
  X509* by = issuer != nullptr ? issuer : certificate.get();
  require(X509_set_issuer_name(certificate.get(), X509_get_subject_name(by)) == 1);
  require(X509_set_pubkey(certificate.get(), key) == 1);
  add_extension(certificate.get(), by, NID_subject_key_identifier, "hash");
  add_extension(certificate.get(), by, NID_authority_key_identifier, "keyid");
  return certificate;
}

struct Authority {
  Key key = make_key();
  Certificate certificate;

  explicit Authority(const std::string& name) : certificate{draft(key.get(), name, nullptr)} {
    X509* self = certificate.get();
    add_extension(self, self, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
    add_extension(self, self, NID_key_usage, "critical,keyCertSign,cRLSign");
    require(X509_sign(self, key.get(), EVP_sha256()) != 0);
  }
};

Certificate sign(const Authority& authority, EVP_PKEY* key, const CertificateOptions& options) {
  X509* issuer = authority.certificate.get();
  const std::string& host = options.host;
  Certificate certificate = draft(key, host, issuer);
  if (options.is_expired) {
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -2 * day_seconds);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), -day_seconds);
  }
  const std::string names =
      "DNS:" + host + (host == "localhost" ? ",IP:127.0.0.1,IP:0:0:0:0:0:0:0:1" : "");
  if (!options.is_nameless) add_extension(certificate.get(), issuer, NID_subject_alt_name, names);
  add_extension(certificate.get(), issuer, NID_basic_constraints, "critical,CA:FALSE");
  add_extension(certificate.get(), issuer, NID_key_usage, "critical,digitalSignature");
  add_extension(certificate.get(), issuer, NID_ext_key_usage, "serverAuth");
  require(X509_sign(certificate.get(), authority.key.get(), EVP_sha256()) != 0);
  return certificate;
}

template <class Write>
std::string to_pem(Write write) {
  const Bio bio{BIO_new(BIO_s_mem())};
  require(bio != nullptr && write(bio.get()) == 1);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string to_pem(X509* certificate) {
  return to_pem([&](BIO* bio) { return PEM_write_bio_X509(bio, certificate); });
}

}  // namespace

struct Issuer::Authorities {
  Authority trusted{"obexchange test authority"};
  Authority stranger{"obexchange unknown authority"};
};

Issuer::Issuer() : authorities_{std::make_unique<Authorities>()} {}
Issuer::Issuer(Issuer&&) noexcept = default;
Issuer::~Issuer() = default;

std::string Issuer::authority() const { return to_pem(authorities_->trusted.certificate.get()); }

Identity Issuer::issue(const CertificateOptions& options) const {
  const Key key = make_key();
  const Certificate certificate = sign(
      options.unknown_issuer ? authorities_->stranger : authorities_->trusted, key.get(), options);
  return {to_pem(certificate.get()), to_pem([&](BIO* bio) {
            return PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
          })};
}

}  // namespace obkit::exchange
