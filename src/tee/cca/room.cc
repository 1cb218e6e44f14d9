#include "tee/cca/room.h"

#include "base/limits.h"
#include "tee/cca/authenticate.h"
#include "tee/cca/claims.h"
#include "tee/cca/endorsement_file.h"
#include "tee/cca/evidence.h"
#include "tee/cca/parts.h"
#include "tee/cca/references.h"
#include "tee/cca/refusal.h"
#include "tee/cca/remedies.h"
#include "tee/cca/testimony.h"

namespace avouch::tee::cca {
namespace {

// Both fields have 64 octets; a shorter digest stands in them followed by zeros. For init data the peer compares with
// the digest as it is, so that only SHA-512 can match there; the init-data specification pads, and so do we.
Status check_binding(const RealmClaims& realm, const Binding& binding) {
  if (const Buffer* digest = binding.report_data()) {
    const Buffer expected = TRY(zero_padded(*digest, kChallengeBytes));
    ENSURE(equal_constant_time(expected, realm.challenge),
           Error{Blame::kEvidence, "cca.realm.challenge-mismatch", "the token was made for another challenge"});
  }
  if (const Buffer* digest = binding.init_data()) {
    const Buffer expected = TRY(zero_padded(*digest, kPersonalizationValueBytes));
    ENSURE(equal_constant_time(expected, realm.personalization_value),
           Error{Blame::kEvidence, "cca.realm.init-data", "the realm was started with other init data"});
  }
  return ok();
}

class CcaRoom final : public Room {
 public:
  explicit CcaRoom(Platforms platforms) : platforms_(platforms) {}
  std::string_view name() const override { return "cca"; }

  Result<Needs> needs(Bytes evidence) const override {
    const Evidence token = TRY(parse(evidence));
    return Needs{{Need::Kind::kTrustAnchor, trust_anchor_key(token.platform.claims)},
                 {Need::Kind::kPlatformReferences, platform_reference_key(token.platform.claims)}};
  }

  // Not yet authentic, and yet refused where it is stale: nobody elsewhere need be asked about that.
  Result<std::optional<Question>> question(Bytes evidence, const Binding& binding) const override {
    if (platforms_ == Platforms::kEndorsedHere) return std::optional<Question>();
    const Evidence token = TRY(parse(evidence));
    TRY(check_binding(token.realm.claims, binding));
    return std::optional<Question>(question_about(token));
  }

  Result<Claims> verify(Bytes evidence, const Binding& binding, const Collateral& collateral, Instant) const override {
    Evidence token = TRY(parse(evidence));
    if (platforms_ == Platforms::kVouchedElsewhere) return verify_vouched(std::move(token), binding, collateral);
    const Authentic<PlatformToken> platform =
        TRY(PlatformSignature::check(std::move(token.platform), collateral.trust_anchors, platform_signatures_));
    const Authentic<RealmToken> realm = TRY(RealmSignature::check(token.realm, platform));
    TRY(check_binding(realm->claims, binding));
    PlatformVerdict verdict = TRY(compare(platform, collateral.platform_references));
    return claims(platform, realm, std::move(verdict));
  }

  std::vector<Part> parts(const Claims& claims) const override { return cca::parts(claims); }

  std::vector<ReferenceComparison> compared(Bytes evidence, const Binding& binding, const Collateral& collateral,
                                            const Error& refusal) const override {
    const Result<Evidence> token = parse(evidence);
    if (!token.has_value()) return {};
    return cca::compared(*token, binding, collateral, refusal);
  }

  Result<EndorsedRecords> read_endorsements(const Json& document) const override {
    return read_endorsement_file(document);
  }

  std::span<const Remedy> remedies() const override { return cca::remedies(); }

 private:
  Result<Claims> verify_vouched(Evidence token, const Binding& binding, const Collateral& collateral) const {
    const Vouching vouching = TRY(read_testimony(collateral.testimony, token));
    const Authentic<PlatformToken> platform = TRY(PlatformSignature::check_vouched(
        std::move(token.platform), vouching, collateral.trust_anchors, platform_signatures_));
    const Authentic<RealmToken> realm = TRY(RealmSignature::check(token.realm, platform));
    TRY(check_binding(realm->claims, binding));
    PlatformVerdict verdict = TRY(compare(platform, collateral.platform_references));
    return claims(platform, realm, weigh(vouching, std::move(verdict)));
  }

  const Platforms platforms_;
  mutable crypto::VerificationMemo platform_signatures_{limits::kRememberedSignatures};  // changes no answer
};

}  // namespace

std::unique_ptr<Room> make_room(Platforms platforms) {
  return std::make_unique<CcaRoom>(platforms);
}

}  // namespace avouch::tee::cca
