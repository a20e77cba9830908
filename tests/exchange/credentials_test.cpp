#include <memory>

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "obkit/exchange/certificate.hpp"
#include "obkit/exchange/signature.hpp"

namespace obkit::exchange {

namespace {

using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

Certificate read(const std::string& pem) {
  BIO* bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  Certificate out{PEM_read_bio_X509(bio, nullptr, nullptr, nullptr), X509_free};
  BIO_free(bio);
  return out;
}

/// X509_V_OK, or why a TLS client refuses.
int verdict(const CertificateOptions& options, const std::string& host) {
  const Issuer issuer;
  const Certificate authority = read(issuer.authority());
  const Certificate certificate = read(issuer.issue(options).certificate);
  X509_STORE* store = X509_STORE_new();
  X509_STORE_add_cert(store, authority.get());
  X509_STORE_CTX* context = X509_STORE_CTX_new();
  X509_STORE_CTX_init(context, store, certificate.get(), nullptr);
  X509_STORE_CTX_set_default(context, "ssl_server");
  X509_VERIFY_PARAM_set1_host(X509_STORE_CTX_get0_param(context), host.c_str(), 0);
  X509_verify_cert(context);
  const int error = X509_STORE_CTX_get_error(context);
  X509_STORE_CTX_free(context);
  X509_STORE_free(store);
  return error;
}

TEST(Certificate, is_for_localhost_by_name_and_by_both_addresses) {
  EXPECT_EQ(verdict({}, "localhost"), X509_V_OK);
  const Certificate certificate = read(Issuer{}.issue({}).certificate);
  EXPECT_EQ(X509_check_ip_asc(certificate.get(), "127.0.0.1", 0), 1);
  EXPECT_EQ(X509_check_ip_asc(certificate.get(), "::1", 0), 1);
}

TEST(Certificate, can_be_for_another_host) {
  EXPECT_EQ(verdict({.host = "elsewhere.example"}, "localhost"), X509_V_ERR_HOSTNAME_MISMATCH);
  EXPECT_EQ(verdict({.host = "elsewhere.example"}, "elsewhere.example"), X509_V_OK);
}

TEST(Certificate, can_be_of_an_issuer_that_nobody_knows) {
  EXPECT_EQ(verdict({.unknown_issuer = true}, "localhost"),
            X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
}

TEST(Certificate, can_be_out_of_date) {
  EXPECT_EQ(verdict({.is_expired = true}, "localhost"), X509_V_ERR_CERT_HAS_EXPIRED);
}

TEST(Certificate, is_fresh_each_time) {
  EXPECT_NE(Issuer{}.authority(), Issuer{}.authority());
  const Issuer issuer;
  EXPECT_NE(issuer.issue({}).key, issuer.issue({}).key);
}

// Key and secret are those of BitMEX's documentation of API keys.
const Credentials known{"LAqUlngMIQkIUjXMUreyu3qn",
                        "chNOOS4KvNXR_Xq4k4c9qsfoKWvnDecLATCRlcBwyKDYnWgO"};
const std::string expires = "1518064236";
const std::string signature = "6d459dc02866d35a2b965edeecc68063d488e296b77982235fc6eca24b934945";
const Timestamp in_time = *parse_epoch_seconds("1518064235.5");

TEST(Signature, is_the_hmac_of_verb_path_and_expiry) {
  EXPECT_EQ(sign_realtime(known.secret, expires), signature);
}

TEST(Signature, holds_until_it_expires) {
  EXPECT_EQ(refute({known.key, expires, signature}, known, in_time), "");
  EXPECT_EQ(refute({known.key, expires, signature}, known, *parse_epoch_seconds(expires)),
            "This request has expired - `expires` is in the past. Current time: 1518064236");
}

TEST(Signature, is_refused_when_anything_differs) {
  EXPECT_EQ(refute({"other", expires, signature}, known, in_time), "Invalid API Key.");
  EXPECT_EQ(refute({known.key, expires, "6d45"}, known, in_time), "Signature not valid.");
  EXPECT_EQ(refute({known.key, "1518064237", signature}, known, in_time), "Signature not valid.");
  EXPECT_EQ(refute({known.key, "soon", signature}, known, in_time), "'expires' must be a number.");
  EXPECT_EQ(refute({"", expires, signature}, {}, in_time), "Invalid API Key.");
}

}  // namespace

}  // namespace obkit::exchange
