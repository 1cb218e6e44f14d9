// A JWE opens under the key that it was sealed to (the seeds are), and never once a bit of its tag has changed.
#include <cstdlib>
#include <string_view>

#include "codec/base64.h"
#include "format/jwe.h"

namespace {

const avouch::crypto::PrivateKey& recipient_key() {
  static const avouch::crypto::PrivateKey key = [] {
    const avouch::Buffer scalar(32, 0x11);  // the seeds in corpus/format_jwe_fuzz are sealed to this scalar
    return *avouch::crypto::PrivateKey::from_ec_scalar(avouch::crypto::Curve::kP256, scalar);
  }();
  return key;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const avouch::Result<avouch::Json> jwe =
      avouch::parse_json(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!jwe.has_value()) return 0;
  const avouch::Result<avouch::Secret> secret = avouch::jose::open_jwe(*jwe, recipient_key());
  if (!secret.has_value()) {
    if (secret.error().blame != avouch::Blame::kEvidence) std::abort();
    return 0;
  }
  avouch::Buffer tag = *avouch::codec::from_base64url(*jwe->find_string("tag"));
  tag[0] ^= 1;
  avouch::Json forged = *jwe;
  forged.set("tag", avouch::codec::to_base64url(tag));
  if (avouch::jose::open_jwe(forged, recipient_key()).has_value()) std::abort();
  return 0;
}
