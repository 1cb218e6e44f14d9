// VerifiedEar: an attestation result that was checked: its signature by a key that we trust, its times, and the key
// that its evidence bound. Only EarVerifier can make one, and a secret is released on nothing else.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "codec/json.h"
#include "crypto/key.h"
#include "crypto/x509.h"
#include "format/jwe.h"

namespace avouch::broker {

class VerifiedEar {
 public:
  const Json& claims() const { return claims_; }
  const jose::RecipientKey& recipient() const { return recipient_; }  // "tee-pubkey": whom to seal to
  std::string decision_id() const;                                    // jti, if it is one of ours; else empty

 private:
  friend class EarVerifier;
  VerifiedEar(Json claims, jose::RecipientKey recipient)
      : claims_(std::move(claims)), recipient_(std::move(recipient)) {}
  Json claims_;
  jose::RecipientKey recipient_;
};

// Whose results count.
struct EarTrust {
  std::vector<crypto::PublicKey> keys;          // ours, and those of trusted JWK sets
  std::vector<crypto::Certificate> roots;       // for tokens that carry a chain (x5c)
  bool insecure_header_jwk = false;             // the peer's option: believe a token on its own key
  bool allow_rsa1_5 = false;                    // as key transport of a tee-pubkey
  std::chrono::seconds leeway{0};               // for exp, nbf and iat
  std::vector<std::string> extra_teekey_paths;  // JSON pointers, tried before the usual ones
};

class EarVerifier {
 public:
  explicit EarVerifier(EarTrust trust);
  // fails   kEvidence: jws.*, ear.untrusted-key, ear.chain (x5c does not fit the key or leads to no root), signature.*,
  // jwt.*,
  //         ear.no-tee-key, ear.tee-key (present but unusable)
  Result<VerifiedEar> verify(std::string_view token, Instant now) const;

 private:
  Result<crypto::PublicKey> signing_key(const Json& header, Instant now) const;
  std::string trusted_keys() const;
  EarTrust trust_;
  std::vector<std::string> thumbprints_;  // of trust_.keys, in order
};

}  // namespace avouch::broker
