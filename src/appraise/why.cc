#include "appraise/why.h"

#include <algorithm>
#include <optional>

#include "appraise/decisive.h"

namespace avouch::appraise {
namespace {

constexpr std::size_t kSearchDepth = 100;  // how far back "the last one" may lie

const std::string& text_of(const Json& object, std::string_view name) {
  static const std::string kNone;
  const std::string* text = object.find_string(name);
  return text == nullptr ? kNone : *text;
}

bool needs_explaining(const Json& decision) {
  return text_of(decision, "outcome") == "refused" ||
         (text_of(decision, "kind") == "attest" && text_of(decision, "status") != "affirming");
}

// A token of nobody that we trust, which leads back to no attestation. The peer's client presents such a one of its own
// after each denial (kbs_protocol, TestTokenProvider), and anybody can: it must not hide what came before it.
bool is_foreign_token(const Json& decision) {
  const Json* code = decision.at("/error/code");
  return code != nullptr && *code == Json("ear.untrusted-key");
}

// "cca.realm.cca-realm-initial-measurement" in the input. Names of members may hold dots, so each member that fits is
// tried.
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

Json reference_json(const policy::ReferenceRead& read, const std::string& claim, const Json& measured,
                    const Json& expected) {
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

// A list of measurements is judged, and endorsed, value by value: each different one gets an entry of its own.
void add_references(Json::Array& out, const policy::ReferenceRead& read, const std::string& claim, const Json& measured,
                    const Json& expected) {
  const Json::Array* list = measured.as_array();
  if (list == nullptr) {
    out.push_back(reference_json(read, claim, measured, expected));
    return;
  }
  for (std::size_t i = 0; i < list->size(); ++i) {
    const auto here = list->begin() + static_cast<std::ptrdiff_t>(i);
    if (std::find(list->begin(), here, *here) != here) continue;
    out.push_back(reference_json(read, claim + "[" + std::to_string(i) + "]", *here, expected));
  }
}

// Whether endorsing what was measured would have changed the verdict: the reference is what stood in the way.
bool is_decisive(const Json& reference) {
  const Json* decisive = reference.find("decisive");
  return decisive != nullptr && *decisive == Json(true);
}

void say(Json& out, std::string cause, std::string next) {
  out.set("cause", std::move(cause));
  out.set("next", std::move(next));
}

void blame_reference(Json& out, const Json& reference, const std::string& attestation_id) {
  const std::string& name = text_of(reference, "name");
  const std::string& claim = text_of(reference, "claim");
  std::string cause = text_of(reference, "state") == "missing"
                          ? "No reference value \"" + name + "\" is endorsed, so what was measured as " + claim +
                                " cannot be recognised."
                          : "What was measured as " + claim + " is not among the values endorsed as \"" + name + "\".";
  std::string next = reference.find("rule") != nullptr
                         ? "If it is what you built, endorse exactly that: avouch refval approve " + attestation_id
                         : "If this platform and its firmware are yours, endorse them: avouch endorsement add FILE";
  say(out, std::move(cause), std::move(next));
}

// The first fault that explains the outcome, most specific first.
void conclude(Json& out, const Json& attestation, const Json::Array& references) {
  const Json* error = attestation.find("error");
  if (error != nullptr && !error->is_null()) {
    return say(out, text_of(*error, "detail"), "See " + text_of(*error, "code") + " in docs/errors.md.");
  }
  for (const Json& reference : references) {
    const bool stands_in_the_way =
        reference.find("rule") != nullptr ? is_decisive(reference) : text_of(reference, "state") != "matched";
    if (stands_in_the_way) return blame_reference(out, reference, text_of(attestation, "id"));
  }
  if (const Json* findings = attestation.find("findings");
      findings != nullptr && findings->as_array() != nullptr && !findings->as_array()->empty()) {
    return say(out, text_of(findings->as_array()->front(), "detail"),
               "This is a property of the platform: use one that is as it should be.");
  }
  if (const Json* changed = out.find("policy_changed"); changed != nullptr && *changed == Json(true)) {
    return say(out, "Another policy was in force then, so its lines and what it hung on cannot be told.",
               "Attest again and ask about that decision.");
  }
  if (const Json* absent = out.find("absent_paths"); absent != nullptr && !absent->as_array()->empty()) {
    return say(
        out,
        "The policy reads input." + *absent->as_array()->front().as_string() + ", which this evidence does not have.",
        "Correct the path in the policy; \"input\" in the JSON of this answer is what it saw.");
  }
  if (const Json* refusal = out.find("error"); refusal != nullptr && !refusal->is_null()) {
    say(out, text_of(*refusal, "detail"), "See " + text_of(*refusal, "code") + " in docs/errors.md.");
  }
}

}  // namespace

Result<Json> Why::record_of(std::string_view id) {
  if (!id.empty()) return decisions_.find(id);
  std::optional<Json> foreign;
  for (Json& decision : TRY(decisions_.newest(kSearchDepth, ""))) {
    if (!needs_explaining(decision)) continue;
    if (!is_foreign_token(decision)) return std::move(decision);
    if (!foreign.has_value()) foreign = std::move(decision);
  }
  if (foreign.has_value()) return *std::move(foreign);
  return Error{Blame::kRequest, "decision.unknown", "nothing was refused or fell short of affirming lately"};
}

// The policy that the decision was made by, unless another has been set since: then nobody can say which line it was.
std::shared_ptr<const policy::Program> Why::policy_of(const Json& attestation, Json& out) {
  const Json* policy = attestation.find("policy");
  if (policy == nullptr || attestation.find("input") == nullptr) return nullptr;
  const Result<ledger::ActivePolicy> active = policies_.get(text_of(*policy, "id"));
  const bool is_same = active.has_value() && active->digest == text_of(*policy, "sha256");
  out.set("policy_changed", !is_same);
  return is_same ? active->program : nullptr;
}

Json::Array Why::references_of(const Json& attestation, Json& report) {
  Json::Array out;
  if (const Json* compared = attestation.find("compared"); compared != nullptr && compared->as_array() != nullptr) {
    out = *compared->as_array();
  }
  const Json* input = attestation.find("input");
  const Json* lookups = attestation.find("lookups");
  const std::shared_ptr<const policy::Program> program = policy_of(attestation, report);
  if (program == nullptr || lookups == nullptr) return out;
  const Answers then(*lookups);  // as they were at the time of the decision, not as they are now
  const Result<policy::Explanation> explanation = program->explain(
      kTrustClaimsRule, *input, Json::object(), [&](const std::string& name) { return then.find(name); });
  if (!explanation.has_value()) return out;
  for (const policy::ReferenceRead& read : explanation->reads) {
    for (const std::string& claim : read.claims) {
      const Json* measured = at_path(*input, claim);
      if (measured != nullptr) add_references(out, read, claim, *measured, then.find(read.name));
    }
  }
  mark_decisive(out, *program, *input, *lookups);
  const std::string own_paths = text_of(attestation, "subject") + ".";
  Json absent_paths = Json::array();
  for (const std::string& path : explanation->absent_paths) {
    if (path.starts_with(own_paths))
      absent_paths.push_back(path);  // rules for other TEEs rightly read what is not there
  }
  report.set("absent_paths", std::move(absent_paths));
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
  out.set("absent_paths", Json::array());
  const Json::Array references = references_of(attestation, out);
  out.set("references", references);
  conclude(out, attestation, references);
  return out;
}

Result<Json> Why::approve(std::string_view id, const std::string& peer) {
  const Json explained = TRY(explain(id));
  const Json* attestation = explained.find("attestation");
  Json approved = Json::array();
  for (const Json& reference : *explained.find("references")->as_array()) {
    const Json* measured = reference.find("measured");
    if (!is_decisive(reference) || measured == nullptr) continue;  // a record may have been damaged in the store
    TRY(reference_values_.add(text_of(reference, "name"), *measured));
    approved.push_back(Json::object({{"name", text_of(reference, "name")}, {"value", *measured}}));
  }
  const std::string origin = text_of(attestation != nullptr ? *attestation : explained, "id");
  ENSURE(!approved.as_array()->empty(),
         Error{Blame::kRequest, "approve.nothing",
               "decision " + origin + " did not hang on a reference value: approving one would change nothing"});
  ledger::Decision decision = decisions_.begin("admin", peer, "refval approve " + origin);
  decision.outcome = "granted";
  decision.facts.set("approved", approved);
  decisions_.record(decision);
  return Json::object({{"decision", decision.id}, {"from", origin}, {"approved", std::move(approved)}});
}

}  // namespace avouch::appraise
