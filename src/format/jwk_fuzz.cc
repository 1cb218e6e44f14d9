// A key that is accepted survives being written and read again, thumbprint and all; so does a recipient's.
#include <cstdlib>
#include <string_view>

#include "format/jwe.h"
#include "format/jwk.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace jose = avouch::jose;
  const avouch::Result<avouch::Json> jwk =
      avouch::parse_json(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!jwk.has_value()) return 0;
  (void)jose::private_key_from_jwk(*jwk);
  const avouch::Result<avouch::crypto::PublicKey> key = jose::public_key_from_jwk(*jwk);
  if (key.has_value()) {
    const auto again = jose::public_key_from_jwk(jose::jwk_from_public_key(*key));
    if (!again.has_value() || jose::thumbprint_sha256(*again) != jose::thumbprint_sha256(*key)) std::abort();
  }
  const avouch::Result<jose::RecipientKey> recipient = jose::RecipientKey::from_jwk(*jwk, true);
  if (recipient.has_value()) {
    if (!key.has_value()) std::abort();
    const auto again = jose::RecipientKey::from_jwk(recipient->filtered_jwk(), true);
    if (!again.has_value() || !(again->filtered_jwk() == recipient->filtered_jwk())) std::abort();
    if (!jose::seal_jwe(*recipient, avouch::as_bytes("secret")).has_value()) std::abort();
  }
  return 0;
}
