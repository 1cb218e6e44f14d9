// Whatever parses has the sizes that its header promises, and says nothing that lies outside the input.
#include "tee/cca/evidence.h"

#include <algorithm>
#include <cstdlib>

namespace avouch::tee::cca {
namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

bool is_digest(Bytes octets) {
  return octets.size() == 32 || octets.size() == 48 || octets.size() == 64;
}

bool lies_within(Bytes part, Bytes whole) {
  return part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size();
}

void check_platform(const PlatformToken& token, Bytes input) {
  const PlatformClaims& claims = token.claims;
  require(is_digest(claims.challenge));
  require(claims.implementation_id.size() == kImplementationIdBytes);
  require(claims.instance_id.size() == kInstanceIdBytes && claims.instance_id[0] == 0x01);
  require(claims.lifecycle <= 0x60ff && (claims.lifecycle & 0x0f00) == 0);
  require(!claims.software_components.empty() && claims.software_components.size() <= kSoftwareComponentCountMax);
  for (const SoftwareComponent& component : claims.software_components) {
    require(is_digest(component.measurement) && is_digest(component.signer_id));
    require(lies_within(component.measurement, input) && lies_within(component.signer_id, input));
  }
  require(!claims.service_indicator.has_value() || !claims.service_indicator->empty());
  require(lies_within(token.message.payload, input) && lies_within(claims.config, token.message.payload));
}

void check_realm(const RealmToken& token, Bytes input) {
  const RealmClaims& claims = token.claims;
  require(claims.challenge.size() == kChallengeBytes);
  require(claims.personalization_value.size() == kPersonalizationValueBytes);
  require(is_digest(claims.initial_measurement));
  require(std::all_of(claims.extensible_measurements.begin(), claims.extensible_measurements.end(), is_digest));
  require(claims.profile == Profile::k2023 || claims.public_key.size() == kRawRealmKeyBytes);
  require(lies_within(token.message.payload, input) && lies_within(claims.public_key, token.message.payload));
}

}  // namespace
}  // namespace avouch::tee::cca

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace cca = avouch::tee::cca;
  const avouch::Bytes input(data, size);
  const avouch::Result<cca::Evidence> evidence = cca::parse(input);
  if (evidence.has_value()) {
    cca::check_platform(evidence->platform, input);
    cca::check_realm(evidence->realm, input);
    cca::require(cca::trust_anchor_key(evidence->platform.claims).size() == 64 + 1 + 66);
  } else {
    cca::require(evidence.error().blame == avouch::Blame::kEvidence);
  }
  // The claims-sets alone, so that the fuzzer need not find its way through COSE first.
  if (!cca::parse_platform_claims(input).has_value()) (void)cca::parse_realm_claims(input);
  return 0;
}
