// VerifiedEar: an attestation result that was checked: its signature by a key that we trust, its times, and the key
// that its evidence bound. Only EarVerifier can make one, and a secret is released on nothing else.
#pragma once

#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/limits.h"
#include "base/recent_map.h"
#include "base/result.h"
#include "codec/json.h"
#include "collateral/key_source.h"
#include "crypto/key.h"
#include "crypto/x509.h"
#include "format/jwe.h"
#include "policy/policy.h"

namespace avouch::broker {

class VerifiedEar {
 public:
  const Json& claims() const { return content_->claims; }
  const policy::Document& policy_input() const { return content_->policy_input; }  // the claims
  const jose::RecipientKey& recipient() const { return content_->recipient; }      // "tee-pubkey": whom to seal to
  std::string decision_id() const;  // jti: of a result of ours, the decision that made it; empty if there is none

 private:
  friend class EarVerifier;
  struct Content {
    Json claims;
    policy::Document policy_input;
    jose::RecipientKey recipient;
  };
  explicit VerifiedEar(std::shared_ptr<const Content> content) : content_(std::move(content)) {}
  std::shared_ptr<const Content> content_;
};

// Whose results count.
struct EarTrust {
  std::vector<collateral::NamedKey> keys;                             // ours, and those of trusted JWK sets in files
  std::vector<std::shared_ptr<const collateral::KeySource>> sources;  // and of trusted JWK sets elsewhere
  std::vector<crypto::Certificate> roots;                             // for tokens that carry a chain (x5c)
  bool insecure_header_jwk = false;             // the peer's option: believe a token on its own key
  bool allow_rsa1_5 = false;                    // as key transport of a tee-pubkey
  std::chrono::seconds leeway{0};               // for exp, nbf and iat
  std::vector<std::string> extra_teekey_paths;  // JSON pointers, tried before the usual ones
  std::vector<std::string> issuers;             // that `iss` has to be one of; none: a trusted key is enough
  std::vector<std::string> profiles;            // likewise of `eat_profile`
  std::vector<std::string> audiences;           // who we are: a result with `aud` counts only if it names one of these
};

class EarVerifier {
 public:
  explicit EarVerifier(EarTrust trust);
  // A guest fetches several secrets with one token, so the newest tokens are remembered as they were verified, those
  // that a key of EarTrust::keys signed: a chain of certificates ends with time, and a set elsewhere changes. The
  // token's own times are checked each time.
  //   fails   kEvidence: jws.*, ear.untrusted-key, ear.chain (x5c does not fit the key or leads to no root),
  //           signature.*, jwt.*, ear.issuer, ear.profile, ear.audience (made for somebody else), ear.no-tee-key,
  //           ear.tee-key (present but unusable), ear.claims (nested deeper than policies read)
  Result<VerifiedEar> verify(std::string_view token, Instant now) const;

 private:
  struct SigningKey {
    crypto::PublicKey key;
    bool is_lasting;  // one of trust_.keys
  };
  using Fingerprint = std::array<std::uint8_t, 32>;
  template <class Predicate>
  std::optional<SigningKey> find_key(const Predicate& is_wanted) const;
  Result<SigningKey> signing_key(const Json& header, Instant now) const;
  Status check_names(const Json& claims) const;
  Result<jose::RecipientKey> recipient_of(const Json& claims) const;
  std::string trusted_keys() const;
  EarTrust trust_;
  std::vector<std::string> thumbprints_;                                        // of trust_.keys, in order
  mutable RecentMap<Fingerprint, VerifiedEar> known_{limits::kRememberedEars};  // by the SHA-256 of the whole token
};

}  // namespace avouch::broker
