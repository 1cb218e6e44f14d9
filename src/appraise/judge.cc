#include "appraise/judge.h"

#include <array>
#include <limits>
#include <optional>

#include "appraise/lifecycle.h"

namespace avouch::appraise {
namespace {

constexpr std::array<std::string_view, 2> kRules = {"data.policy.trust_claims", "data.policy.extensions"};

Error bad_claims(const char* code, const ledger::ActivePolicy& policy, const std::string& problem) {
  return Error{Blame::kPolicy, code, "policy " + policy.id + ": " + problem};
}

// An undefined trust_claims affirms nothing and is most likely a mistake: the peer answers with zeros, which its own
// resource policies then let pass. Here it is an error.
Result<ear::TrustVector> read_vector(const std::optional<Json>& value, const ledger::ActivePolicy& policy) {
  ENSURE(value.has_value(), bad_claims("appraisal.claims", policy, "trust_claims is undefined"));
  const Json::Object* claims = value->as_object();
  ENSURE(claims != nullptr && !claims->empty(),
         bad_claims("appraisal.claims", policy, "trust_claims has to be an object with at least one claim"));
  ear::TrustVector vector;
  for (const auto& [name, entry] : *claims) {
    const std::optional<ear::TrustClaim> claim = ear::trust_claim_from_name(name);
    ENSURE(claim.has_value(), bad_claims("appraisal.claim-name", policy, "\"" + name + "\" is no AR4SI trust claim"));
    const std::optional<std::int64_t> number = entry.as_integer();
    ENSURE(number.has_value() && *number >= std::numeric_limits<std::int8_t>::min() &&
               *number <= std::numeric_limits<std::int8_t>::max(),
           bad_claims("appraisal.claim-value", policy,
                      "the value of \"" + name + "\" has to be an integer from -128 to 127, not " + to_text(entry)));
    vector.set(*claim, static_cast<std::int8_t>(*number));
  }
  return vector;
}

// [{"name": text, "key": integer, "value": any}, …], as the peer's policies have it.
Result<Json::Object> read_extensions(const std::optional<Json>& value, const ledger::ActivePolicy& policy) {
  Json::Object out;
  if (!value.has_value()) return out;
  const Json::Array* items = value->as_array();
  ENSURE(items != nullptr, bad_claims("appraisal.extensions", policy, "extensions has to be an array"));
  for (const Json& item : *items) {
    const std::string* name = item.find_string("name");
    const Json* key = item.find("key");
    const Json* content = item.find("value");
    ENSURE(name != nullptr && key != nullptr && key->as_integer().has_value() && content != nullptr,
           bad_claims("appraisal.extensions", policy, "an extension needs name, key (an integer) and value"));
    ENSURE(!name->starts_with("ear.") || name->starts_with("ear.trustee."),
           bad_claims("appraisal.extensions", policy, "an extension may not be called " + *name));
    out.emplace_back(*name, *content);
  }
  return out;
}

// Of what is said of a name's values, what is about those that were measured: the rest is nothing to this decision.
Json remarks_on(const Json& life, const Json& input) {
  Json out = Json::array();
  for (const Json& entry : elements(life)) {
    const Json* value = entry.find("value");
    if (value != nullptr && occurs(*value, input)) out.push_back(entry);
  }
  return out;
}

void limit_by_findings(ear::TrustVector& vector, const std::vector<tee::Finding>& findings) {
  for (const tee::Finding& finding : findings) {
    const ear::Tier said = ear::tier_of(vector.get(finding.claim).value_or(0));
    const ear::Tier found = ear::tier_of(finding.value);
    if (said == ear::Tier::kNone || ear::worse(said, found) != said) vector.set(finding.claim, finding.value);
  }
}

}  // namespace

Json policy_input(const tee::Claims& claims, const Json& runtime_claims, const Json& init_data_claims) {
  Json input = Json::object({{claims.tee, claims.evidence}});
  if (!claims.init_data.is_null()) {
    input.set("init_data", claims.init_data);
    input.set("init_data_claims", init_data_claims);
  }
  if (!claims.report_data.is_null()) input.set("report_data", claims.report_data);
  if (!runtime_claims.is_null()) input.set("runtime_data_claims", runtime_claims);
  return input;
}

Result<Appraisal> appraise(const tee::Claims& claims, Json input, const ledger::ActivePolicy& policy,
                           const References& references, Instant now, Hearing& hearing) {
  hearing = Hearing{policy.id, policy.digest, std::move(input), {}, {}};
  const Json no_data = Json::object();
  std::optional<Error> failure;
  const policy::ReferenceLookup lookup = [&](const std::string& name) {
    ReferenceAnswer answer = references.ask(name, now);
    const bool is_damaged = answer.failure.has_value() && std::string_view(answer.failure->code) == "reference.damaged";
    Consulted found{std::move(answer.value), answer.expired_at, is_damaged, remarks_on(answer.life, hearing.input)};
    if (answer.failure.has_value()) failure = std::move(answer.failure);
    return hearing.consulted.insert_or_assign(name, std::move(found)).first->second.value;
  };
  const policy::Document document = TRY(policy::Document::make(hearing.input));
  Result<policy::Evaluations> judged = policy.program->evaluate(kRules, document, no_data, lookup);
  if (judged.has_value()) hearing.said = judged->values[0].value_or(Json());
  // Whatever the policy makes of a missing value, this one is not missing.
  ENSURE(!failure.has_value(), *failure);
  const policy::Evaluations verdict = TRY(std::move(judged));

  Appraisal out;
  out.vector = TRY(read_vector(verdict.values[0], policy));
  limit_by_findings(out.vector, claims.findings);
  out.status = out.vector.status();
  out.extensions = TRY(read_extensions(verdict.values[1], policy));
  if (out.status != ear::Tier::kAffirming) {
    for (const std::string& name : policy.program->reference_names()) {
      if (!hearing.consulted.contains(name)) lookup(name);
    }
  }
  return out;
}

}  // namespace avouch::appraise
