#include "tee/cca/testimony.h"

#include <algorithm>
#include <array>
#include <limits>

#include "codec/base64.h"
#include "codec/utf8.h"
#include "tee/cca/labels.h"

namespace avouch::tee::cca {
namespace {

constexpr const char* kPlatform = "CCA_SSD_PLATFORM";
constexpr const char* kRealm = "CCA_REALM";
constexpr const char* kEvidence = "ear.veraison.annotated-evidence";
constexpr std::size_t kProblemBytes = 256;  // of what it says in words, for the record

// Where no claim was made, what firmware is worth at most: as where none is endorsed (references.cc).
struct Silence {
  ear::TrustClaim claim;
  std::int8_t value;
};
constexpr std::array<Silence, 3> kSilences{
    {{ear::TrustClaim::kHardware, 97}, {ear::TrustClaim::kExecutables, 33}, {ear::TrustClaim::kConfiguration, 36}}};

Error refused(const Testimony& testimony, const std::string& why) {
  return Error{Blame::kEvidence, "cca.remote-refused", testimony.verifier + ": " + why};
}

std::string media_type(std::string_view profile) {
  return "application/eat-collection; profile=\"" + std::string(profile) + "\"";
}

// What the other says in words, wherever it says it: on a failure its only submodule has another name.
std::string problem_of(const Json& submods) {
  if (submods.as_object() == nullptr) return "no submodules";
  for (const auto& [name, submod] : *submods.as_object()) {
    const Json* claims = submod.find("ear.veraison.policy-claims");
    const std::string* problem = claims != nullptr ? claims->find_string("problem") : nullptr;
    if (problem != nullptr) return name + ": " + std::string(codec::utf8_prefix(*problem, kProblemBytes));
  }
  return "no submodules " + std::string(kPlatform) + " and " + kRealm;
}

std::optional<ear::TrustVector> vector_of(const Json& submod) {
  const Json* claims = submod.find("ear.trustworthiness-vector");
  if (claims == nullptr || claims->as_object() == nullptr) return std::nullopt;
  ear::TrustVector out;
  for (const auto& [name, value] : *claims->as_object()) {
    const std::optional<ear::TrustClaim> claim = ear::trust_claim_from_name(name);
    const std::optional<std::int64_t> number = value.as_integer();
    if (!number.has_value() || *number < std::numeric_limits<std::int8_t>::min() ||
        *number > std::numeric_limits<std::int8_t>::max()) {
      return std::nullopt;
    }
    if (claim.has_value()) out.set(*claim, static_cast<std::int8_t>(*number));
  }
  return out;
}

Result<ear::TrustVector> acceptable_vector(const Testimony& testimony, const char* name, const Json& submod) {
  const std::string* status = submod.find_string("ear.status");
  ENSURE(status != nullptr && (*status == "affirming" || *status == "warning"),
         refused(testimony, std::string(name) + " is " + (status != nullptr ? *status : "without a status")));
  std::optional<ear::TrustVector> vector = vector_of(submod);
  ENSURE(vector.has_value(), refused(testimony, std::string(name) + " has no readable trustworthiness vector"));
  ENSURE(vector->status() != ear::Tier::kContraindicated,
         refused(testimony, std::string(name) + " has a contraindicated claim"));
  return *std::move(vector);
}

// Every member that the peer reads of such an answer.
Json::Object expected_platform(const PlatformClaims& claims) {
  return {{"cca-platform-instance-id", codec::to_base64(claims.instance_id)},
          {"cca-platform-implementation-id", codec::to_base64(claims.implementation_id)}};
}

Json::Object expected_realm(const RealmClaims& claims) {
  Json measurements = Json::array();
  for (const Bytes measurement : claims.extensible_measurements) measurements.push_back(codec::to_base64(measurement));
  return {{"cca-realm-challenge", codec::to_base64(claims.challenge)},
          {"cca-realm-personalization-value", codec::to_base64(claims.personalization_value)},
          {"cca-realm-initial-measurement", codec::to_base64(claims.initial_measurement)},
          {"cca-realm-extensible-measurements", std::move(measurements)},
          {"cca-realm-hash-algo-id", hash_name(claims.hash_algorithm)}};
}

Status check_same(const Testimony& testimony, const char* name, const Json& submod, const Json::Object& expected) {
  const Json* evidence = submod.find(kEvidence);
  for (const auto& [member, value] : expected) {
    const Json* said = evidence != nullptr ? evidence->find(member) : nullptr;
    ENSURE(said != nullptr && *said == value,
           Error{Blame::kUnavailable, "cca.remote-other-evidence",
                 testimony.verifier + ": " + name + " has another " + member + ", or none"});
  }
  return ok();
}

bool affirms(const ear::TrustVector& vector, ear::TrustClaim claim) {
  return ear::tier_of(vector.get(claim).value_or(0)) == ear::Tier::kAffirming;
}

}  // namespace

Question question_about(const Evidence& token) {
  Question out{{}, to_buffer(token.realm.claims.challenge)};
  if (token.platform.claims.profile == Profile::k2023)
    out.media_types.push_back(media_type(label::k2023PlatformProfile));
  out.media_types.push_back(media_type(label::kLegacyPlatformProfile));
  return out;
}

Result<Vouching> read_testimony(const std::optional<Testimony>& testimony, const Evidence& token) {
  ENSURE(testimony.has_value(), Error{Blame::kInternal, "cca.remote-not-asked",
                                      "platforms are vouched for by a verifier elsewhere, and none was asked"});
  const Json* platform = testimony->submods.find(kPlatform);
  const Json* realm = testimony->submods.find(kRealm);
  ENSURE(platform != nullptr && realm != nullptr, refused(*testimony, problem_of(testimony->submods)));
  ear::TrustVector platform_vector = TRY(acceptable_vector(*testimony, kPlatform, *platform));
  const ear::TrustVector realm_vector = TRY(acceptable_vector(*testimony, kRealm, *realm));
  ENSURE(affirms(realm_vector, ear::TrustClaim::kInstanceIdentity),
         refused(*testimony, std::string(kRealm) + " does not affirm instance-identity"));
  TRY(check_same(*testimony, kPlatform, *platform, expected_platform(token.platform.claims)));
  TRY(check_same(*testimony, kRealm, *realm, expected_realm(token.realm.claims)));
  return Vouching(testimony->verifier, std::move(platform_vector));
}

PlatformVerdict weigh(const Vouching& vouching, PlatformVerdict verdict) {
  const ear::TrustVector& platform = vouching.platform();
  if (verdict.state == ReferenceState::kMissing) {
    std::erase_if(verdict.findings, [](const Finding& finding) {
      return std::string_view(finding.code) == "cca.platform.firmware-unknown";
    });
    std::erase_if(verdict.comparisons,
                  [](const ReferenceComparison& comparison) { return comparison.state == ReferenceState::kMissing; });
    const bool is_affirmed =
        affirms(platform, ear::TrustClaim::kExecutables) && affirms(platform, ear::TrustClaim::kConfiguration);
    verdict.state = is_affirmed ? ReferenceState::kMatched : ReferenceState::kMismatched;
  }
  for (std::size_t i = 0; i < ear::kTrustClaimCount; ++i) {
    const auto claim = static_cast<ear::TrustClaim>(i);
    const std::int8_t value = platform.get(claim).value_or(0);
    if (ear::tier_of(value) != ear::Tier::kWarning) continue;
    verdict.findings.push_back({claim, value, "cca.remote-doubts",
                                vouching.verifier() + ": " + ear::to_string(claim) + " " + std::to_string(value) +
                                    ", " + ear::describe(claim, value)});
  }
  for (const Silence& silence : kSilences) {
    if (ear::tier_of(platform.get(silence.claim).value_or(0)) != ear::Tier::kNone) continue;
    verdict.findings.push_back({silence.claim, silence.value, "cca.remote-doubts",
                                vouching.verifier() + ": nothing is said of " + ear::to_string(silence.claim)});
  }
  return verdict;
}

}  // namespace avouch::tee::cca
