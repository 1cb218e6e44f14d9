// Arm CCA: a realm's attestation token, judged on this machine with endorsements from our own store.
#pragma once

#include <memory>

#include "tee/room.h"

namespace avouch::tee::cca {

// The evidence is the raw token: CBOR, tag 399 or 907. (The KBS dialect carries it as a JSON array of numbers and
// decodes that before it comes here.) Needs: the CPAK of "<implementation-id hex>/<instance-id hex>", and the platform
// records of "<implementation-id hex>". Endorsements are read in the forms of endorsement_file.h.
//   fails   kEvidence: what parse(), PlatformSignature and RealmSignature say, and
//           cca.realm.challenge-mismatch (stale, or of another session), cca.realm.init-data;
//           kInternal: cca.endorsement.damaged;  kRequest: binding.too-long
//
// With kVouchedElsewhere a platform is genuine on the word of a verifier elsewhere (testimony.h), which has to be asked
// about each token; everything that can be checked here is checked here all the same.
//   fails   also kEvidence: cca.remote-refused; kUnavailable: cca.remote-other-evidence, cca.remote-not-asked
enum class Platforms : unsigned char { kEndorsedHere, kVouchedElsewhere };
std::unique_ptr<Room> make_room(Platforms platforms = Platforms::kEndorsedHere);

}  // namespace avouch::tee::cca
