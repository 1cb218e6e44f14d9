// The chain of a CCA token: an endorsed key signs the platform token, which names the digest of the realm's key, which
// signs the realm token. A platform's token stays the same while its realms come and go: its signature is verified
// once.
#pragma once

#include <span>

#include "crypto/verification_memo.h"
#include "tee/authentic.h"
#include "tee/cca/evidence.h"
#include "tee/cca/testimony.h"
#include "tee/collateral.h"

namespace avouch::tee::cca {

class PlatformSignature {
 public:
  // Whether the CPAK endorsed for exactly this implementation and instance signed `token`. ES256, ES384 or ES512, as
  // the key's curve demands.
  //   fails   kEvidence: cca.platform.unknown (no anchor for both ids), cca.platform.algorithm, cca.platform.signature
  //   source  DEN0137 and draft-ffm-rats-cca-token-03; RFC 9052 section 4.4
  static Result<Authentic<PlatformToken>> check(PlatformToken token, std::span<const TrustAnchor> trust_anchors,
                                                crypto::VerificationMemo& memo);
  // The same on the word of a verifier elsewhere, which has checked that signature by an anchor that it keeps. Where
  // one is endorsed here, too, that one has to verify as well: nobody's word replaces what can be checked.
  //   fails   kEvidence: cca.platform.algorithm, cca.platform.signature
  static Result<Authentic<PlatformToken>> check_vouched(PlatformToken token, const Vouching& vouching,
                                                        std::span<const TrustAnchor> trust_anchors,
                                                        crypto::VerificationMemo& memo);
};

class RealmSignature {
 public:
  // Whether the platform vouches for the realm's key (RAK), and that key signed `token`. P-384 with ES384 only.
  //   fails   kEvidence: cca.realm.binder (the platform's challenge is not the digest of the key),
  //           cca.realm.public-key, cca.realm.curve, cca.realm.algorithm, cca.realm.signature;
  //           of a COSE_Key also cbor.*, cose.key.*
  //   source  as above
  static Result<Authentic<RealmToken>> check(const RealmToken& token, const Authentic<PlatformToken>& platform);
};

}  // namespace avouch::tee::cca
