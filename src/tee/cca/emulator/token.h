// The claims-sets and the collection of an emulated token, encoded.
#pragma once

#include "tee/cca/emulator/platform.h"

namespace avouch::tee::cca::emulator {

struct PlatformState {
  Bytes instance_id;
  std::uint16_t lifecycle;
};

// The realm's key as the token carries it: a raw point (legacy) or a COSE_Key (2023).
Buffer encode_realm_key(const crypto::PublicKey& key, Profile profile);
Buffer encode_platform_claims(const PlatformState& state, Bytes challenge, Profile profile);
Buffer encode_realm_claims(const Realm& realm, Bytes challenge, Bytes realm_key, Profile profile);
Buffer encode_collection(Bytes platform_token, Bytes realm_token, Collection collection);

}  // namespace avouch::tee::cca::emulator
