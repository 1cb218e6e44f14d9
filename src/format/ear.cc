#include "format/ear.h"

#include <algorithm>

#include "base/check.h"

namespace avouch::ear {
namespace {

struct ClaimName {
  const char* name;
  const char* title;
};
// In the order of TrustClaim. Names: draft-ietf-rats-ar4si-10 section 2.3.4; titles: Veraison's `arc`.
constexpr std::array<ClaimName, kTrustClaimCount> kClaimNames{{
    {"instance-identity", "Instance Identity"},
    {"configuration", "Configuration"},
    {"executables", "Executables"},
    {"file-system", "File System"},
    {"hardware", "Hardware"},
    {"runtime-opaque", "Runtime Opaque"},
    {"storage-opaque", "Storage Opaque"},
    {"sourced-data", "Sourced Data"},
}};

// A status may be worse than its vector, never better. "none" beside affirming claims stays "none": it was not earned.
Tier honest_status(const Submod& submod) {
  const Tier floor = submod.vector.status();
  return floor >= Tier::kWarning ? worse(submod.status, floor) : submod.status;
}

// Adds members that a policy or a plugin chose; none of them may take the place of one of ours.
void append_extensions(Json& target, const Json::Object& extensions) {
  for (const Json::Member& member : extensions) {
    if (target.find(member.first) == nullptr) target.set(member.first, member.second);
  }
}

Json to_json(Submod submod) {
  Json out = Json::object({{"ear.status", to_string(honest_status(submod))}});
  if (!submod.vector.empty()) out.set("ear.trustworthiness-vector", submod.vector.to_json());
  if (!submod.appraisal_policy_id.empty()) out.set("ear.appraisal-policy-id", submod.appraisal_policy_id);
  if (!submod.annotated_evidence.is_null()) {
    out.set("ear.veraison.annotated-evidence", std::move(submod.annotated_evidence));
  }
  append_extensions(out, submod.extensions);
  return out;
}

}  // namespace

const char* to_string(Tier tier) {
  switch (tier) {
    case Tier::kNone:
      return "none";
    case Tier::kAffirming:
      return "affirming";
    case Tier::kWarning:
      return "warning";
    case Tier::kContraindicated:
      return "contraindicated";
  }
  return "contraindicated";
}

Tier tier_of(std::int8_t claim) {
  // Below zero the bands lie one further out: -32 affirms, 32 warns.
  const int distance = claim < 0 ? -int{claim} - 1 : int{claim};
  if (claim >= -1 && claim <= 1) return Tier::kNone;
  if (distance < 32) return Tier::kAffirming;
  if (distance < 96) return Tier::kWarning;
  return Tier::kContraindicated;
}

Tier worse(Tier left, Tier right) {
  return std::max(left, right);
}

const char* to_string(TrustClaim claim) {
  return kClaimNames.at(static_cast<std::size_t>(claim)).name;
}

const char* title_of(TrustClaim claim) {
  return kClaimNames.at(static_cast<std::size_t>(claim)).title;
}

std::optional<TrustClaim> trust_claim_from_name(std::string_view name) {
  for (std::size_t i = 0; i < kTrustClaimCount; ++i) {
    if (name == kClaimNames[i].name) return static_cast<TrustClaim>(i);
  }
  return std::nullopt;
}

bool TrustVector::empty() const {
  return std::none_of(values_.begin(), values_.end(), [](const auto& value) { return value.has_value(); });
}

Tier TrustVector::status() const {
  Tier status = Tier::kNone;
  for (const std::optional<std::int8_t>& value : values_) {
    if (value.has_value()) status = worse(status, tier_of(*value));
  }
  return status;
}

Json TrustVector::to_json() const {
  Json out = Json::object();
  for (std::size_t i = 0; i < kTrustClaimCount; ++i) {
    if (values_[i].has_value()) out.set(kClaimNames[i].name, int{*values_[i]});
  }
  return out;
}

Json to_json(Ear ear) {
  CHECK(!ear.submods.empty());
  Json submods = Json::object();
  for (Submod& submod : ear.submods) {
    CHECK(submods.find(submod.name) == nullptr);
    const std::string name = submod.name;
    submods.set(name, to_json(std::move(submod)));
  }
  Json out = Json::object({
      {"eat_profile", ear.profile},
      {"iat", to_unix_seconds(ear.issued_at)},
      {"ear.verifier-id", Json::object({{"developer", ear.developer}, {"build", ear.build}})},
      {"submods", std::move(submods)},
      {"exp", to_unix_seconds(ear.expires_at)},
  });
  if (!ear.issuer.empty()) out.set("iss", ear.issuer);
  append_extensions(out, ear.extensions);
  return out;
}

}  // namespace avouch::ear
