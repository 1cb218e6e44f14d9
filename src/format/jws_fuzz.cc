// No octets but those of the signer verify, and whatever parses is exactly what was received.
#include <cstdlib>

#include "codec/base64.h"
#include "format/jws.h"

namespace {

// A key nobody signs with: a signature by it would be a forgery.
const avouch::crypto::PublicKey& verification_key() {
  static const avouch::crypto::PublicKey key =
      avouch::crypto::PrivateKey::generate_ec(avouch::crypto::Curve::kP256).public_key();
  return key;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view compact(reinterpret_cast<const char*>(data), size);
  const avouch::Result<avouch::jose::Jws> jws = avouch::jose::parse_jws(compact);
  if (!jws.has_value()) {
    if (jws.error().blame != avouch::Blame::kEvidence) std::abort();
    return 0;
  }
  if (jws->signing_input + "." + avouch::codec::to_base64url(jws->signature) != compact) std::abort();
  if (avouch::jose::verify_jws(*jws, verification_key()).has_value()) std::abort();
  const avouch::Instant now = avouch::from_unix_seconds(1'795'318'247);
  (void)avouch::jose::check_times(jws->payload, now, std::chrono::seconds(60));
  return 0;
}
