#include "tee/cca/refusal.h"

#include "codec/base64.h"
#include "crypto/digest.h"
#include "format/jwk.h"

namespace avouch::tee::cca {
namespace {

using codec::to_base64;

// The endorsed keys of the platform that the token names, by their thumbprints (RFC 7638).
ReferenceComparison trust_anchor(const Evidence& token, const Collateral& collateral) {
  const std::string key = trust_anchor_key(token.platform.claims);
  ReferenceComparison out{trust_anchor_name("cca", key),
                          "cca.platform.cca-platform-instance-id",
                          to_base64(token.platform.claims.instance_id),
                          {},
                          ReferenceState::kMissing};
  for (const TrustAnchor& anchor : collateral.trust_anchors) {
    if (anchor.key == key) out.expected.emplace_back("key " + jose::thumbprint_sha256(anchor.public_key));
  }
  if (!out.expected.empty()) out.state = ReferenceState::kMismatched;
  return out;
}

ReferenceComparison difference(const char* name, const char* claim, Bytes measured, Bytes expected) {
  return {name, claim, to_base64(measured), {to_base64(expected)}, ReferenceState::kMismatched};
}

// A digest as the field of a token holds it; as it is where it does not fit, so that the record shows that.
Buffer as_field(const Buffer* digest, std::size_t size_bytes) {
  if (digest == nullptr) return {};
  return zero_padded(*digest, size_bytes).value_or(*digest);
}

}  // namespace

std::vector<ReferenceComparison> compared(const Evidence& token, const Binding& binding, const Collateral& collateral,
                                          const Error& refusal) {
  const std::string_view code = refusal.code;
  const RealmClaims& realm = token.realm.claims;
  if (code == "cca.platform.unknown" || code == "cca.platform.signature" || code == "cca.platform.algorithm") {
    return {trust_anchor(token, collateral)};
  }
  if (code == "cca.realm.binder") {
    const crypto::Digest digest = crypto::digest(realm.public_key_hash_algorithm, realm.public_key);
    return {difference("evidence/cca-realm-public-key", "cca.platform.cca-platform-challenge",
                       token.platform.claims.challenge, digest.bytes())};
  }
  if (code == "cca.realm.challenge-mismatch") {
    return {difference("session/report-data", "cca.realm.cca-realm-challenge", realm.challenge,
                       as_field(binding.report_data(), kChallengeBytes))};
  }
  if (code == "cca.realm.init-data") {
    return {difference("session/init-data", "cca.realm.cca-realm-personalization-value", realm.personalization_value,
                       as_field(binding.init_data(), kPersonalizationValueBytes))};
  }
  return {};
}

}  // namespace avouch::tee::cca
