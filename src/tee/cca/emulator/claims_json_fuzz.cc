// Whatever JSON becomes a claims-set is one that the reader of tokens accepts, and names in CBOR what the JSON named.
#include "tee/cca/emulator/claims_json.h"

#include <cstdlib>

#include "codec/base64.h"
#include "tee/cca/evidence.h"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace cca = avouch::tee::cca;
  using avouch::codec::to_base64;
  const avouch::Result<avouch::Json> json = avouch::parse_json(avouch::as_text(avouch::Bytes(data, size)));
  if (!json.has_value()) return 0;
  if (const auto encoded = cca::emulator::platform_claims_from_json(*json); encoded.has_value()) {
    const auto claims = cca::parse_platform_claims(*encoded);
    require(claims.has_value());
    require(*json->find_string("cca-platform-profile") == cca::profile_name(*claims));
    require(*json->find_string("cca-platform-implementation-id") == to_base64(claims->implementation_id));
    require(json->find("cca-platform-sw-components")->as_array()->size() == claims->software_components.size());
  }
  if (const auto encoded = cca::emulator::realm_claims_from_json(*json); encoded.has_value()) {
    const auto claims = cca::parse_realm_claims(*encoded);
    require(claims.has_value());
    require(*json->find_string("cca-realm-challenge") == to_base64(claims->challenge));
    require(*json->find_string("cca-realm-initial-measurement") == to_base64(claims->initial_measurement));
  }
  return 0;
}
