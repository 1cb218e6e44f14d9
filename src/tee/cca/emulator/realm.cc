#include "crypto/digest.h"
#include "tee/cca/emulator/platform.h"
#include "tee/cca/evidence.h"

namespace avouch::tee::cca::emulator {

// A measurement has the size of its hash, so the size of the RIM tells the hash of the realm.
Realm Realm::with_initial_measurement(Buffer rim) {
  Realm realm;
  for (const crypto::Hash hash : {crypto::Hash::kSha256, crypto::Hash::kSha384, crypto::Hash::kSha512}) {
    if (crypto::size_bytes(hash) == rim.size()) realm.hash_algorithm = hash_name(hash);
  }
  for (Buffer& measurement : realm.extensible_measurements) measurement.assign(rim.size(), 0);
  realm.personalization_value.assign(kPersonalizationValueBytes, 0);
  realm.initial_measurement = std::move(rim);
  return realm;
}

Status Realm::extend(std::size_t index, Bytes data) {
  ENSURE(index < extensible_measurements.size(),
         Error{Blame::kRequest, "realm.rem", "a realm has REM 0 to 3, not " + std::to_string(index)});
  const std::optional<crypto::Hash> hash = crypto::hash_from_name(hash_algorithm);
  ENSURE(hash.has_value(), Error{Blame::kRequest, "realm.rem", "unknown hash algorithm " + hash_algorithm});
  Buffer& measurement = extensible_measurements[index];
  const crypto::Digest content = crypto::digest(*hash, data);
  measurement = to_buffer(crypto::digest(*hash, {measurement, content.bytes()}).bytes());
  return ok();
}

}  // namespace avouch::tee::cca::emulator
