#include "crypto/signature.h"

#include <openssl/bn.h>
#include <openssl/curve25519.h>
#include <openssl/digest.h>
#include <openssl/ec_key.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <array>
#include <string>

#include "base/check.h"
#include "crypto/digest.h"
#include "crypto/native.h"

namespace avouch::crypto {
namespace {

enum class Scheme : unsigned char { kEcdsa, kEd25519, kRsaPkcs1, kRsaPss };

struct Parameters {
  SignatureAlgorithm algorithm;
  const char* name;
  Scheme scheme;
  Hash hash;  // unused by Ed25519, which has its own
  std::optional<Curve> curve;
};

// RFC 7518 section 3.1 and RFC 8037 section 3.1, in the order of SignatureAlgorithm.
using enum SignatureAlgorithm;
constexpr std::array<Parameters, 10> kParameters{{
    {kEs256, "ES256", Scheme::kEcdsa, Hash::kSha256, Curve::kP256},
    {kEs384, "ES384", Scheme::kEcdsa, Hash::kSha384, Curve::kP384},
    {kEs512, "ES512", Scheme::kEcdsa, Hash::kSha512, Curve::kP521},
    {kEdDsa, "EdDSA", Scheme::kEd25519, Hash::kSha512, std::nullopt},
    {kRs256, "RS256", Scheme::kRsaPkcs1, Hash::kSha256, std::nullopt},
    {kRs384, "RS384", Scheme::kRsaPkcs1, Hash::kSha384, std::nullopt},
    {kRs512, "RS512", Scheme::kRsaPkcs1, Hash::kSha512, std::nullopt},
    {kPs256, "PS256", Scheme::kRsaPss, Hash::kSha256, std::nullopt},
    {kPs384, "PS384", Scheme::kRsaPss, Hash::kSha384, std::nullopt},
    {kPs512, "PS512", Scheme::kRsaPss, Hash::kSha512, std::nullopt},
}};

const Parameters& parameters_of(SignatureAlgorithm algorithm) {
  const Parameters& found = kParameters[static_cast<std::size_t>(algorithm)];
  CHECK(found.algorithm == algorithm);
  return found;
}

bool fits(const EVP_PKEY* key, const Parameters& parameters) {
  switch (parameters.scheme) {
    case Scheme::kEcdsa:
      return native::curve_of(key) == parameters.curve;
    case Scheme::kEd25519:
      return EVP_PKEY_id(key) == EVP_PKEY_ED25519;
    case Scheme::kRsaPkcs1:
    case Scheme::kRsaPss:
      return EVP_PKEY_id(key) == EVP_PKEY_RSA;
  }
  CHECK(false);
}

std::size_t signature_bytes(const EVP_PKEY* key, const Parameters& parameters) {
  switch (parameters.scheme) {
    case Scheme::kEcdsa:
      return 2 * coordinate_bytes(*parameters.curve);
    case Scheme::kEd25519:
      return ED25519_SIGNATURE_LEN;
    case Scheme::kRsaPkcs1:
    case Scheme::kRsaPss:
      return RSA_size(EVP_PKEY_get0_RSA(key));
  }
  CHECK(false);
}

// ECDSA_do_verify refuses an r or s that is zero or not below the order. No DER comes near, so there is one encoding.
bool verify_ecdsa(const EVP_PKEY* key, Bytes digested, Bytes signature) {
  const std::size_t width = signature.size() / 2;
  bssl::UniquePtr<BIGNUM> r(BN_bin2bn(signature.data(), width, nullptr));
  bssl::UniquePtr<BIGNUM> s(BN_bin2bn(signature.data() + width, width, nullptr));
  const bssl::UniquePtr<ECDSA_SIG> pair(ECDSA_SIG_new());
  CHECK(r && s && pair && ECDSA_SIG_set0(pair.get(), r.release(), s.release()) == 1);
  return ECDSA_do_verify(digested.data(), digested.size(), pair.get(), EVP_PKEY_get0_EC_KEY(key)) == 1;
}

bool verify_ed25519(const EVP_PKEY* key, Bytes message, Bytes signature) {
  std::array<std::uint8_t, ED25519_PUBLIC_KEY_LEN> raw;
  std::size_t size_bytes = raw.size();
  CHECK(EVP_PKEY_get_raw_public_key(key, raw.data(), &size_bytes) == 1);
  return ED25519_verify(message.data(), message.size(), signature.data(), raw.data()) == 1;
}

bool verify_rsa_pkcs1(const EVP_PKEY* key, Hash hash, Bytes digested, Bytes signature) {
  return RSA_verify(EVP_MD_type(native::message_digest(hash)), digested.data(), digested.size(), signature.data(),
                    signature.size(), EVP_PKEY_get0_RSA(key)) == 1;
}

// The salt is as long as the digest (RFC 7518 section 3.5), and so is any other length refused.
bool verify_rsa_pss(const EVP_PKEY* key, Hash hash, Bytes digested, Bytes signature) {
  const EVP_MD* digest_method = native::message_digest(hash);
  return RSA_verify_pss_mgf1(EVP_PKEY_get0_RSA(key), digested.data(), digested.size(), digest_method, digest_method,
                             RSA_PSS_SALTLEN_DIGEST, signature.data(), signature.size()) == 1;
}

bool sign_ecdsa(const EVP_PKEY* key, Bytes digested, Buffer& out) {
  const std::size_t width = out.size() / 2;
  const bssl::UniquePtr<ECDSA_SIG> pair(ECDSA_do_sign(digested.data(), digested.size(), EVP_PKEY_get0_EC_KEY(key)));
  return pair && BN_bn2bin_padded(out.data(), width, ECDSA_SIG_get0_r(pair.get())) == 1 &&
         BN_bn2bin_padded(out.data() + width, width, ECDSA_SIG_get0_s(pair.get())) == 1;
}

bool sign_ed25519(EVP_PKEY* key, Bytes message, Buffer& out) {
  bssl::ScopedEVP_MD_CTX context;
  std::size_t size_bytes = out.size();
  return EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key) == 1 &&
         EVP_DigestSign(context.get(), out.data(), &size_bytes, message.data(), message.size()) == 1 &&
         size_bytes == out.size();
}

bool sign_rsa_pkcs1(const EVP_PKEY* key, Hash hash, Bytes digested, Buffer& out) {
  unsigned size_bytes = 0;
  return RSA_sign(EVP_MD_type(native::message_digest(hash)), digested.data(), digested.size(), out.data(), &size_bytes,
                  EVP_PKEY_get0_RSA(key)) == 1 &&
         size_bytes == out.size();
}

bool sign_rsa_pss(const EVP_PKEY* key, Hash hash, Bytes digested, Buffer& out) {
  const EVP_MD* digest_method = native::message_digest(hash);
  std::size_t size_bytes = 0;
  return RSA_sign_pss_mgf1(EVP_PKEY_get0_RSA(key), &size_bytes, out.data(), out.size(), digested.data(),
                           digested.size(), digest_method, digest_method, RSA_PSS_SALTLEN_DIGEST) == 1 &&
         size_bytes == out.size();
}

}  // namespace

const char* to_string(SignatureAlgorithm algorithm) {
  return parameters_of(algorithm).name;
}

std::optional<SignatureAlgorithm> signature_algorithm_from_name(std::string_view name) {
  for (const Parameters& parameters : kParameters) {
    if (name == parameters.name) return parameters.algorithm;
  }
  return std::nullopt;
}

SignatureAlgorithm default_algorithm(const PublicKey& key) {
  for (const Parameters& parameters : kParameters) {
    if (fits(key.native(), parameters)) return parameters.algorithm;
  }
  CHECK(false);
}

Status verify(const PublicKey& key, SignatureAlgorithm algorithm, Bytes message, Bytes signature) {
  const native::QuietErrors quiet;
  const Parameters& parameters = parameters_of(algorithm);
  const EVP_PKEY* own = key.native();
  ENSURE(fits(own, parameters),
         Error{Blame::kEvidence, "signature.algorithm", std::string("the key cannot make ") + parameters.name});
  ENSURE(signature.size() == signature_bytes(own, parameters),
         Error{Blame::kEvidence, "signature.size", std::to_string(signature.size()) + " bytes"});
  const auto digested = [&] { return digest(parameters.hash, message); };
  bool valid = false;
  switch (parameters.scheme) {
    case Scheme::kEcdsa:
      valid = verify_ecdsa(own, digested(), signature);
      break;
    case Scheme::kEd25519:
      valid = verify_ed25519(own, message, signature);
      break;
    case Scheme::kRsaPkcs1:
      valid = verify_rsa_pkcs1(own, parameters.hash, digested(), signature);
      break;
    case Scheme::kRsaPss:
      valid = verify_rsa_pss(own, parameters.hash, digested(), signature);
      break;
  }
  ENSURE(valid, Error{Blame::kEvidence, "signature.invalid", parameters.name});
  return ok();
}

Result<Buffer> sign(const PrivateKey& key, SignatureAlgorithm algorithm, Bytes message) {
  const native::QuietErrors quiet;
  const Parameters& parameters = parameters_of(algorithm);
  EVP_PKEY* own = key.native();
  ENSURE(fits(own, parameters),
         Error{Blame::kInternal, "signature.algorithm", std::string("the key cannot make ") + parameters.name});
  Buffer out(signature_bytes(own, parameters));
  const auto digested = [&] { return digest(parameters.hash, message); };
  bool made = false;
  switch (parameters.scheme) {
    case Scheme::kEcdsa:
      made = sign_ecdsa(own, digested(), out);
      break;
    case Scheme::kEd25519:
      made = sign_ed25519(own, message, out);
      break;
    case Scheme::kRsaPkcs1:
      made = sign_rsa_pkcs1(own, parameters.hash, digested(), out);
      break;
    case Scheme::kRsaPss:
      made = sign_rsa_pss(own, parameters.hash, digested(), out);
      break;
  }
  ENSURE(made, Error{Blame::kInternal, "signature.failed", parameters.name});
  return out;
}

}  // namespace avouch::crypto
