// Certificates for tests, made on the spot. Header only, so that no shipped library contains it.
#pragma once

#include <openssl/bio.h>
#include <openssl/digest.h>
#include <openssl/ec_key.h>
#include <openssl/evp.h>
#include <openssl/nid.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>

#include "base/check.h"
#include "net/tls.h"

namespace avouch::net::test {

struct Made {
  std::shared_ptr<X509> certificate;
  std::shared_ptr<EVP_PKEY> key;
};

struct Wanted {
  std::string subject_alternative_name = "IP:127.0.0.1,DNS:localhost";
  long begins_in_seconds = -3600;
  long ends_in_seconds = 3600;
  bool is_authority = false;
  std::shared_ptr<EVP_PKEY> key = nullptr;  // none: a new one on P-256
  const EVP_MD* hash = EVP_sha256();
};

inline std::string read_bio(BIO* bio) {
  const std::uint8_t* data = nullptr;
  std::size_t size = 0;
  CHECK(BIO_mem_contents(bio, &data, &size) == 1);
  return {reinterpret_cast<const char*>(data), size};
}

inline std::string to_pem(const std::shared_ptr<X509>& certificate) {
  const std::unique_ptr<BIO, int (*)(BIO*)> out(BIO_new(BIO_s_mem()), BIO_free);
  CHECK(PEM_write_bio_X509(out.get(), certificate.get()) == 1);
  return read_bio(out.get());
}

inline Secret to_pem(const std::shared_ptr<EVP_PKEY>& key) {
  const std::unique_ptr<BIO, int (*)(BIO*)> out(BIO_new(BIO_s_mem()), BIO_free);
  CHECK(PEM_write_bio_PKCS8PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
  return Secret(as_bytes(read_bio(out.get())));
}

inline std::shared_ptr<EVP_PKEY> new_rsa_key(int bits) {
  EVP_PKEY* key = nullptr;
  const std::unique_ptr<EVP_PKEY_CTX, void (*)(EVP_PKEY_CTX*)> maker(EVP_PKEY_CTX_new_id(EVP_PKEY_RSA, nullptr),
                                                                     EVP_PKEY_CTX_free);
  CHECK(EVP_PKEY_keygen_init(maker.get()) == 1 && EVP_PKEY_CTX_set_rsa_keygen_bits(maker.get(), bits) == 1 &&
        EVP_PKEY_keygen(maker.get(), &key) == 1);
  return {key, EVP_PKEY_free};
}

inline std::shared_ptr<EVP_PKEY> new_key() {
  EVP_PKEY* key = nullptr;
  const std::unique_ptr<EVP_PKEY_CTX, void (*)(EVP_PKEY_CTX*)> maker(EVP_PKEY_CTX_new_id(EVP_PKEY_EC, nullptr),
                                                                     EVP_PKEY_CTX_free);
  CHECK(EVP_PKEY_keygen_init(maker.get()) == 1 &&
        EVP_PKEY_CTX_set_ec_paramgen_curve_nid(maker.get(), NID_X9_62_prime256v1) == 1 &&
        EVP_PKEY_keygen(maker.get(), &key) == 1);
  return {key, EVP_PKEY_free};
}

inline void add_extension(X509* certificate, int nid, const std::string& value) {
  X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str());
  CHECK(extension != nullptr && X509_add_ext(certificate, extension, -1) == 1);
  X509_EXTENSION_free(extension);
}

// Signed by `issuer`, or by itself.
inline Made make_certificate(const std::string& name, const Wanted& wanted, const Made* issuer = nullptr) {
  Made made{{X509_new(), X509_free}, wanted.key != nullptr ? wanted.key : new_key()};
  X509* const raw = made.certificate.get();
  static long serial = 1;
  X509_set_version(raw, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(raw), serial++);
  X509_gmtime_adj(X509_getm_notBefore(raw), wanted.begins_in_seconds);
  X509_gmtime_adj(X509_getm_notAfter(raw), wanted.ends_in_seconds);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(raw), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const std::uint8_t*>(name.data()), static_cast<int>(name.size()), -1, 0);
  X509_set_issuer_name(raw, X509_get_subject_name(issuer == nullptr ? raw : issuer->certificate.get()));
  X509_set_pubkey(raw, made.key.get());
  add_extension(raw, NID_basic_constraints, wanted.is_authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
  if (!wanted.is_authority && !wanted.subject_alternative_name.empty()) {
    add_extension(raw, NID_subject_alt_name, wanted.subject_alternative_name);
  }
  CHECK(X509_sign(raw, issuer == nullptr ? made.key.get() : issuer->key.get(), wanted.hash) != 0);
  return made;
}

inline Made make_authority() {
  Wanted wanted;
  wanted.is_authority = true;
  return make_certificate("Test Root", wanted);
}

inline TlsIdentity to_identity(const Made& server) {
  return TlsIdentity{to_pem(server.certificate), to_pem(server.key), TlsVersion::k1_2};
}

inline TlsTrust trust_only(const Made& authority) {
  return TlsTrust{TlsTrust::Roots::kGiven, to_pem(authority.certificate)};
}

}  // namespace avouch::net::test
