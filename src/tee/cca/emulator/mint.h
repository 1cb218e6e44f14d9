// Tokens with claims of one's own choice, to try policies and verifiers with.
#pragma once

#include "tee/cca/emulator/platform.h"

namespace avouch::tee::cca::emulator {

// Both in the form of claims_json.h. Two claims follow from the keys and are set here, whatever is said of them:
// cca-realm-public-key (the RAK, in the form that the realm's profile has) and cca-platform-challenge (its digest).
struct ClaimsFiles {
  Json platform, realm;
};
struct SigningKeys {
  const crypto::PrivateKey& cpak;  // EC, any curve
  const crypto::PrivateKey& rak;   // P-384
};

// A token that parse() accepts, signed for real.
//   fails    kRequest: cca.claims.*, cca.mint.cpak, cca.mint.rak (a key of another kind);
//            kEvidence: what parse() refuses
Result<Buffer> mint_token(ClaimsFiles claims, const SigningKeys& keys, Collection collection);

}  // namespace avouch::tee::cca::emulator
