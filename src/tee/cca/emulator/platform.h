// An emulated Arm CCA platform and the realms on it: for tests, the demo, benches and `avouch realm`. Its tokens are
// real, signed with keys that it makes; they count only where an operator endorsed its attestation key (CPAK).
#pragma once

#include <array>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "codec/json.h"
#include "crypto/key.h"

namespace avouch::tee::cca::emulator {

enum class Profile : unsigned char { kLegacy, k2023 };       // "http://arm.com/CCA-SSD/1.0.0"; "tag:arm.com,2023:..."
enum class Collection : unsigned char { kEat399, kCmw907 };  // the outer CBOR tag

// What the RMM measured of one realm.
struct Realm {
  Buffer initial_measurement;                     // RIM, 32, 48 or 64 octets
  std::array<Buffer, 4> extensible_measurements;  // REM
  Buffer personalization_value;                   // RPV, 64 octets
  std::string hash_algorithm = "sha-256";         // of the measurements

  // A realm with this RIM, REMs and RPV zero.
  static Realm with_initial_measurement(Buffer rim);
  // REM[index] = H(REM[index] || H(data)), in the hash of the realm.   fails   kRequest: realm.rem (index over 3)
  Status extend(std::size_t index, Bytes data);
};

class Platform {
 public:
  // New keys, a new instance id, firmware as a TF-A/RMM build has it, lifecycle secured (0x3003).
  static Platform make();
  // The platform whose keys live in `folder`, made there (0700, files 0600) when absent: what was endorsed stays
  // endorsed.
  //   fails   kUnavailable: file.write;  kRequest: realm.state (the files are damaged; detail says which)
  static Result<Platform> open(const std::string& folder);

  // The attestation token of `realm` for a challenge of 64 octets, signed by CPAK and RAK: what RSI_ATTESTATION_TOKEN
  // gives.
  //   fails   kRequest: realm.challenge (not 64 octets)
  Result<Buffer> token(const Realm& realm, Bytes challenge, Profile profile, Collection collection) const;

  // {"trust-anchors": [ta-store entries], "reference-values": {"platform": [rv-store entries]}}: what an operator loads
  // with `avouch endorsement add`. The entries are those of the peers' ta-store and rv-store files.
  Json endorsements() const;

  void set_lifecycle(std::uint16_t lifecycle);

 private:
  Platform(crypto::PrivateKey cpak, crypto::PrivateKey rak, Buffer instance_id);
  void sign_platform_tokens();
  crypto::PrivateKey cpak_, rak_;
  Buffer instance_id_;  // UEID: 0x01 and 32 octets
  std::uint16_t lifecycle_ = 0x3003;
  // By profile. Signed once, as an RMM asks for its platform's token at its start and hands it to each realm.
  std::array<Buffer, 2> platform_tokens_;
};

}  // namespace avouch::tee::cca::emulator
