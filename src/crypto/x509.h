// X.509 certificates (RFC 5280): parsed, and a path verified to roots that the caller trusts.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "crypto/key.h"

struct x509_st;

namespace avouch::crypto {

class Certificate {
 public:
  static Result<Certificate> from_der(Bytes der);                                // fails   kRequest: x509.parse
  static Result<std::vector<Certificate>> from_pem_chain(std::string_view pem);  // one or more; same failure
  Result<PublicKey> public_key() const;                                          // fails   kRequest: key.spki
  Buffer to_der() const;
  std::string subject() const;  // one line, for people
  // Whether its keyUsage, if it has one, is for signatures on documents (RFC 5280 section 4.2.1.3: digitalSignature or
  // nonRepudiation).
  bool may_sign_documents() const;
  bool operator==(const Certificate& other) const;  // octet for octet
  x509_st* native() const { return certificate_.get(); }

 private:
  explicit Certificate(std::shared_ptr<x509_st> certificate) : certificate_(std::move(certificate)) {}
  std::shared_ptr<x509_st> certificate_;
};

// Whether the key of a certificate is one that PublicKey takes, and its signature one by SHA-2: AWS-LC's own validation
// of paths asks neither. A root is trusted by itself, not for its signature.   fails   kEvidence: x509.path
enum class Signed : unsigned char { kByAnother, kByNobodyThatCounts };
Status check_strength(const x509_st* certificate, Signed by);

// Whether `leaf` chains over `intermediates`, at most limits::kIntermediateCertificates in any order, to one of `roots`
// at time `now`: signatures (SHA-2 only), dates, authority, path lengths and key sizes checked. Any root given is
// trusted, self-signed or not. What the leaf may be used for, its names and its revocation are the caller's to ask.
//   fails   kEvidence: x509.path (detail says at which certificate and why)
Status verify_path(const Certificate& leaf, std::span<const Certificate> intermediates,
                   std::span<const Certificate> roots, Instant now);

// Whether a certificate that the caller trusts by itself counts at time `now`.   fails   kEvidence: x509.path
Status verify_dates(const Certificate& certificate, Instant now);

}  // namespace avouch::crypto
