#include "appraise/why.h"

#include <algorithm>

namespace avouch::appraise {
namespace {

constexpr std::size_t kSearchDepth = 100;  // how far back "the last one" may lie

const std::string& text_of(const Json& object, std::string_view name) {
  static const std::string kNone;
  const std::string* text = object.find_string(name);
  return text == nullptr ? kNone : *text;
}

bool needs_explaining(const Json& decision) {
  return text_of(decision, "outcome") == "refused" || (text_of(decision, "kind") == "attest" &&
                                                       text_of(decision, "status") != "affirming");
}

// "cca.realm.cca-realm-initial-measurement" in the input. Names of members may hold dots, so each member that fits is tried.
const Json* at_path(const Json& input, std::string_view path) {
  if (path.empty()) return &input;
  const Json::Object* members = input.as_object();
  if (members == nullptr) return nullptr;
  for (const auto& [name, value] : *members) {
    if (!path.starts_with(name)) continue;
    if (path.size() == name.size()) return &value;
    if (path[name.size()] != '.') continue;
    if (const Json* found = at_path(value, path.substr(name.size() + 1))) return found;
  }
  return nullptr;
}

const char* state_of(const Json& measured, const Json& expected) {
  if (expected.is_null()) return "missing";
  const Json::Array* list = expected.as_array();
  const bool matched =
      list != nullptr ? std::find(list->begin(), list->end(), measured) != list->end() : expected == measured;
  return matched ? "matched" : "mismatched";
}

Json reference_json(const policy::ReferenceRead& read, const std::string& claim, const Json& measured, const Json& expected) {
  Json out = Json::object({{"name", read.name},
                           {"claim", claim},
                           {"measured", measured},
                           {"expected", expected.is_null() ? Json::array() : expected},
                           {"state", state_of(measured, expected)},
                           {"rule", read.rule},
                           {"line", read.line}});
  if (out.find("expected")->as_array() == nullptr) out.set("expected", Json::array({expected}));
  return out;
}

// The first fault that explains the outcome, most specific first.
void conclude(Json& out, const Json& attestation, const Json::Array& references) {
  const Json* error = out.find("error");
  const std::string code = error != nullptr && !error->is_null() ? text_of(*error, "code") : "";
  for (const Json& reference : references) {
    const std::string& state = text_of(reference, "state");
    if (state == "matched") continue;
    const std::string& name = text_of(reference, "name");
    const bool missing = state == "missing";
    out.set("cause", missing ? "No reference value \"" + name + "\" is endorsed, so the measured value of " +
                                   text_of(reference, "claim") + " cannot be recognised."
                             : "The measured value of " + text_of(reference, "claim") +
                                   " is not among those endorsed as \"" + name + "\".");
    out.set("next", reference.find("rule") != nullptr
                        ? "If the measured value is the one you built, endorse it: avouch refval approve " +
                              text_of(attestation, "id")
                        : "If this platform and firmware are yours, endorse them: avouch endorsement add FILE");
    return;
  }
  if (const Json* findings = attestation.find("findings"); findings != nullptr && findings->as_array() != nullptr &&
                                                           !findings->as_array()->empty()) {
    out.set("cause", text_of(findings->as_array()->front(), "detail"));
    out.set("next", "This is a property of the platform: use one that is as it should be.");
    return;
  }
  if (const Json* absent = out.find("absent_paths"); absent != nullptr && !absent->as_array()->empty()) {
    out.set("cause", "The policy reads input." + *absent->as_array()->front().as_string() +
                         ", which this evidence does not have.");
    out.set("next", "Correct the path in the policy: avouch why shows the input that it saw.");
    return;
  }
  if (error != nullptr && !error->is_null()) {
    out.set("cause", text_of(*error, "detail"));
    out.set("next", "See docs/errors.md, " + code + ".");
  }
}

}  // namespace

Result<Json> Why::record_of(std::string_view id) {
  if (!id.empty()) return decisions_.find(id);
  for (Json& decision : TRY(decisions_.newest(kSearchDepth, ""))) {
    if (needs_explaining(decision)) return std::move(decision);
  }
  return Error{Blame::kRequest, "decision.unknown", "nothing was refused or fell short of affirming lately"};
}

Json::Array Why::references_of(const Json& attestation) {
  Json::Array out;
  if (const Json* compared = attestation.find("compared"); compared != nullptr && compared->as_array() != nullptr) {
    out = *compared->as_array();
  }
  const Json* input = attestation.find("input");
  const Json* lookups = attestation.find("lookups");
  const Json* policy = attestation.find("policy");
  if (input == nullptr || lookups == nullptr || policy == nullptr) return out;
  const Result<ledger::ActivePolicy> active = policies_.get(text_of(*policy, "id"));
  if (!active.has_value()) return out;
  // Answers as they were at the time of the decision, not as they are now.
  const policy::ReferenceLookup as_then = [&](const std::string& name) -> Json {
    for (const Json& lookup : *lookups->as_array()) {
      if (text_of(lookup, "name") == name) return *lookup.find("value");
    }
    return nullptr;
  };
  const Result<policy::Explanation> explanation =
      active->program->explain("data.policy.trust_claims", *input, Json::object(), as_then);
  if (!explanation.has_value()) return out;
  for (const policy::ReferenceRead& read : explanation->reads) {
    for (const std::string& claim : read.claims) {
      const Json* measured = at_path(*input, claim);
      if (measured != nullptr) out.push_back(reference_json(read, claim, *measured, as_then(read.name)));
    }
  }
  return out;
}

Result<Json> Why::explain(std::string_view id) {
  Json out = TRY(record_of(id));
  Json attestation = out;
  if (const std::string* origin = out.find_string("attestation_id"); origin != nullptr) {
    Result<Json> found = decisions_.find(*origin);
    if (found.has_value()) {
      attestation = *std::move(found);
      out.set("attestation", attestation);
    }
  }
  const Json::Array references = references_of(attestation);
  out.set("references", references);
  if (const Json* input = attestation.find("input"); input != nullptr && attestation.find("policy") != nullptr) {
    const Result<ledger::ActivePolicy> active = policies_.get(text_of(*attestation.find("policy"), "id"));
    if (active.has_value()) {
      const Result<policy::Explanation> explanation = active->program->explain(
          "data.policy.trust_claims", *input, Json::object(), [](const std::string&) -> Json { return nullptr; });
      Json absent = Json::array();
      const std::string tee = text_of(attestation, "subject");
      if (explanation.has_value()) {
        for (const std::string& path : explanation->absent_paths) {
          if (path.starts_with(tee + ".")) absent.push_back(path);  // rules for other TEEs read what is not there, rightly
        }
      }
      out.set("absent_paths", std::move(absent));
    }
  }
  conclude(out, attestation, references);
  return out;
}

Result<Json> Why::approve(std::string_view id, const std::string& peer) {
  const Json explained = TRY(explain(id));
  const Json* attestation = explained.find("attestation");
  Json approved = Json::array();
  for (const Json& reference : *explained.find("references")->as_array()) {
    if (text_of(reference, "state") == "matched" || reference.find("rule") == nullptr) continue;
    TRY(reference_values_.add(text_of(reference, "name"), *reference.find("measured")));
    approved.push_back(Json::object({{"name", text_of(reference, "name")}, {"value", *reference.find("measured")}}));
  }
  const std::string origin = text_of(attestation != nullptr ? *attestation : explained, "id");
  ENSURE(!approved.as_array()->empty(),
         Error{Blame::kRequest, "approve.nothing",
               "decision " + origin + " has no measured value whose reference is missing or mismatched"});
  ledger::Decision decision = decisions_.begin("admin", peer, "refval approve " + origin);
  decision.outcome = "granted";
  decision.facts.set("approved", approved);
  decisions_.record(decision);
  return Json::object({{"decision", decision.id}, {"from", origin}, {"approved", std::move(approved)}});
}

}  // namespace avouch::appraise
