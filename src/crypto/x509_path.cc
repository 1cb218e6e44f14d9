#include <openssl/asn1.h>
#include <openssl/nid.h>
#include <openssl/obj.h>
#include <openssl/stack.h>
#include <openssl/x509.h>

#include "base/check.h"
#include "base/limits.h"
#include "crypto/native.h"
#include "crypto/x509.h"

namespace avouch::crypto {
namespace {

using CertificateStack = STACK_OF(X509);

Error broken_path(const X509* certificate, const char* why) {
  return {Blame::kEvidence, "x509.path", native::subject_of(certificate) + ": " + why};
}

bssl::UniquePtr<CertificateStack> stack_of(std::span<const Certificate> certificates) {
  bssl::UniquePtr<CertificateStack> stack(sk_X509_new_null());
  CHECK(stack);
  for (const Certificate& certificate : certificates) {
    CHECK(X509_up_ref(certificate.native()) == 1 && sk_X509_push(stack.get(), certificate.native()) != 0);
  }
  return stack;
}

// RFC 4055 section 3.1: without a named hash it is SHA-1.
bool is_strong_pss(const X509* certificate) {
  const X509_ALGOR* algorithm = nullptr;
  X509_get0_signature(nullptr, &algorithm, certificate);
  int type = V_ASN1_UNDEF;
  const void* value = nullptr;
  X509_ALGOR_get0(nullptr, &type, &value, algorithm);
  if (type != V_ASN1_SEQUENCE) return false;
  const auto* encoded = static_cast<const ASN1_STRING*>(value);
  const std::uint8_t* next = ASN1_STRING_get0_data(encoded);
  const bssl::UniquePtr<RSA_PSS_PARAMS> parameters(d2i_RSA_PSS_PARAMS(nullptr, &next, ASN1_STRING_length(encoded)));
  if (!parameters || parameters->hashAlgorithm == nullptr) return false;
  const int hash = OBJ_obj2nid(parameters->hashAlgorithm->algorithm);
  return hash == NID_sha256 || hash == NID_sha384 || hash == NID_sha512;
}

// AWS-LC would take SHA-1 too.
bool is_strong_signature(const X509* certificate) {
  switch (X509_get_signature_nid(certificate)) {
    case NID_ecdsa_with_SHA256:
    case NID_ecdsa_with_SHA384:
    case NID_ecdsa_with_SHA512:
    case NID_sha256WithRSAEncryption:
    case NID_sha384WithRSAEncryption:
    case NID_sha512WithRSAEncryption:
    case NID_ED25519:
      return true;
    case NID_rsassaPss:
      return is_strong_pss(certificate);
    default:
      return false;
  }
}

bool is_self_issued(const X509* certificate) {
  return X509_NAME_cmp(X509_get_subject_name(certificate), X509_get_issuer_name(certificate)) == 0;
}

// RFC 5280 section 4.2.1.9. AWS-LC does not hold a self-issued root to its own pathLenConstraint.
Status check_path_length(const CertificateStack* path) {
  long below_count = 0;  // of intermediates, not counting self-issued ones
  for (std::size_t i = 1; i < sk_X509_num(path); ++i) {
    X509* authority = sk_X509_value(path, i);
    const long allowed_count = X509_get_pathlen(authority);
    ENSURE(allowed_count < 0 || below_count <= allowed_count,
           broken_path(authority, "more authorities below it than it allows"));
    if (!is_self_issued(authority)) ++below_count;
  }
  return ok();
}

Status check_strength(const CertificateStack* path) {
  const std::size_t last = sk_X509_num(path) - 1;
  for (std::size_t i = 0; i <= last; ++i) {
    TRY(crypto::check_strength(sk_X509_value(path, i), i == last ? Signed::kByNobodyThatCounts : Signed::kByAnother));
  }
  return ok();
}

}  // namespace

Status check_strength(const x509_st* certificate, Signed by) {
  const native::QuietErrors quiet;
  const Result<PublicKey> key = native::public_key_of(certificate);
  ENSURE(key.has_value(), broken_path(certificate, key.error().detail.c_str()));
  ENSURE(by == Signed::kByNobodyThatCounts || is_strong_signature(certificate),
         broken_path(certificate, "its signature's hash is too weak"));
  return ok();
}

Status verify_path(const Certificate& leaf, std::span<const Certificate> intermediates,
                   std::span<const Certificate> roots, Instant now) {
  const native::QuietErrors quiet;
  ENSURE(intermediates.size() <= limits::kIntermediateCertificates,
         broken_path(leaf.native(), "too many intermediate certificates"));
  const bssl::UniquePtr<CertificateStack> untrusted = stack_of(intermediates);
  const bssl::UniquePtr<CertificateStack> trusted = stack_of(roots);
  const bssl::UniquePtr<X509_STORE> store(X509_STORE_new());  // empty: no root of the system
  const bssl::UniquePtr<X509_STORE_CTX> context(X509_STORE_CTX_new());
  CHECK(store && context);
  CHECK(X509_STORE_CTX_init(context.get(), store.get(), leaf.native(), untrusted.get()) == 1);
  X509_STORE_CTX_set0_trusted_stack(context.get(), trusted.get());
  X509_STORE_CTX_set_time_posix(context.get(), 0, to_unix_seconds(now));
  X509_STORE_CTX_set_depth(context.get(), limits::kIntermediateCertificates);
  // A root is what the caller calls so, self-signed or not.
  X509_STORE_CTX_set_flags(context.get(), X509_V_FLAG_PARTIAL_CHAIN);
  if (X509_verify_cert(context.get()) != 1) {
    const X509* where = X509_STORE_CTX_get_current_cert(context.get());
    return broken_path(where != nullptr ? where : leaf.native(),
                       X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get())));
  }
  const CertificateStack* path = X509_STORE_CTX_get0_chain(context.get());
  CHECK(path != nullptr && sk_X509_num(path) > 0);
  TRY(check_path_length(path));
  return check_strength(path);
}

Status verify_dates(const Certificate& certificate, Instant now) {
  const native::QuietErrors quiet;
  const std::int64_t time = to_unix_seconds(now);
  const int before = X509_cmp_time_posix(X509_get0_notBefore(certificate.native()), time);
  const int after = X509_cmp_time_posix(X509_get0_notAfter(certificate.native()), time);
  ENSURE(before < 0, broken_path(certificate.native(), "certificate is not yet valid"));
  ENSURE(after > 0, broken_path(certificate.native(), "certificate has expired"));
  return ok();
}

}  // namespace avouch::crypto
