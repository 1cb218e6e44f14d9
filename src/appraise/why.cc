#include "appraise/why.h"

#include <optional>

#include "appraise/causes.h"
#include "appraise/record.h"
#include "codec/json_text.h"

namespace avouch::appraise {
namespace {

constexpr std::size_t kSearchDepth = 100;        // how far back "the last one" may lie
constexpr std::size_t kRevocationDepth = 1'000;  // and the revocation of a platform

bool needs_explaining(const Json& decision) {
  return text_of(decision, "outcome") == "refused" ||
         (text_of(decision, "kind") == "attest" && text_of(decision, "status") != "affirming");
}

// A token of nobody that we trust, or none, which leads back to no attestation. The peer's client presents such a one
// of its own after each denial (kbs_protocol, TestTokenProvider), and anybody can: it must not hide what came before
// it.
bool is_a_strangers(const Json& decision) {
  const Json* code = decision.at("/error/code");
  return code != nullptr &&
         (*code == Json("ear.untrusted-key") || *code == Json("admin.token") || *code == Json("admin.no-token"));
}

// The policy that a decision was made by, and whether it still is in force.
struct PolicyOfThen {
  bool has_changed = false;
  std::shared_ptr<const policy::Program> program;  // null: there was none, or its text is gone
};

PolicyOfThen policy_of(ledger::Policies& policies, const Json& decision) {
  const Json* policy = decision.find("policy");
  if (policy == nullptr) return {};
  const Result<ledger::ActivePolicy> active = policies.get(text_of(*policy, "id"));
  const std::string digest = text_of(*policy, "sha256");
  if (active.has_value() && active->digest == digest) return {false, active->program};
  return {true, policies.kept(digest)};
}

bool was_denied(const Json& decision) {
  const Json* code = decision.at("/error/code");
  return code != nullptr && *code == Json("release.denied");
}

Json paths_of(const Json::Array& absent) {
  Json out = Json::array();
  for (const Json& each : absent) out.push_back(*each.find("path"));
  return out;
}

}  // namespace

Result<Json> Why::record_of(std::string_view id) {
  if (!id.empty()) return parts_.decisions.find(id);
  std::optional<Json> stranger;
  for (Json& decision : TRY(parts_.decisions.newest(kSearchDepth, ""))) {
    if (!needs_explaining(decision)) continue;
    if (!is_a_strangers(decision)) return std::move(decision);
    if (!stranger.has_value()) stranger = std::move(decision);
  }
  if (stranger.has_value()) return *std::move(stranger);
  return Error{Blame::kRequest, "decision.unknown",
               "nothing was refused or fell short of affirming lately; a guest that was refused a challenge already "
               "leaves no decision: look for auth.refused in the server's log, and ask `avouch why` about its code"};
}

// The newest act that revoked the trust anchor which a refusal missed, if that is on record.
Json Why::revocation_of(const Json::Array& references) {
  if (references.empty()) return nullptr;
  const std::optional<std::string> key = tee::trust_anchor_of(text_of(references.front(), "name"));
  if (!key.has_value()) return nullptr;
  const std::string act = revocation_subject(*key);
  const Result<std::vector<Json>> granted = parts_.decisions.newest(kRevocationDepth, "granted");
  if (!granted.has_value()) return nullptr;
  for (const Json& decision : *granted) {
    if (text_of(decision, "subject") == act) return decision;
  }
  return nullptr;
}

Result<Json> Why::explain(std::string_view id) {
  Json out = TRY(record_of(id));
  const Json decision = out;
  Json attestation = text_of(out, "kind") == "attest" ? out : Json::object();
  if (const std::string* origin = out.find_string("attestation_id"); origin != nullptr) {
    Result<Json> found = parts_.decisions.find(*origin);
    if (found.has_value() && text_of(*found, "kind") == "attest") {
      attestation = *std::move(found);
      out.set("attestation", attestation);
    }
  }
  const PolicyOfThen judged = policy_of(parts_.attestation_policies, attestation);
  const AttestationView seen = explain_attestation(attestation, judged.program.get());
  std::optional<ReleaseView> release;
  if (was_denied(decision)) {
    const PolicyOfThen asked = policy_of(parts_.resource_policies, decision);
    release = explain_release(decision, asked.program.get());
    out.set("fell_short", release->fell_short);
    out.set("lines_that_failed", release->lines);
    out.set("resource_policy_changed", asked.has_changed);
  }
  out.set("policy_changed", judged.has_changed);
  out.set("absent_paths", paths_of(seen.absent));
  out.set("references", seen.references);
  const Json revocation = revocation_of(seen.references);
  const Json::Array causes = causes_of(
      {decision, attestation, seen, release, judged.has_changed && judged.program == nullptr, revocation}, remedies_);
  if (!causes.empty()) {
    for (const char* member : {"cause", "next", "command"}) {
      if (const Json* text = causes.front().find(member)) out.set(member, *text);
    }
  }
  out.set("causes", causes);
  return out;
}

Result<Json> Why::approve(std::string_view id, const std::string& administrator, const std::string& peer) {
  const Json explained = TRY(explain(id));
  const Json* attestation = explained.find("attestation");
  const std::string origin = text_of(attestation != nullptr ? *attestation : explained, "id");
  ENSURE(*explained.find("policy_changed") == Json(false),
         Error{Blame::kRequest, "approve.nothing",
               "another policy has been set since decision " + origin + ": attest again, and approve that decision"});
  Json approved = Json::array();
  for (const Json& reference : *explained.find("references")->as_array()) {
    const Json* measured = reference.find("measured");
    if (!is_decisive(reference) || measured == nullptr) continue;  // a record may have been damaged in the store
    TRY(parts_.reference_values.add(text_of(reference, "name"), *measured));
    approved.push_back(Json::object({{"name", text_of(reference, "name")}, {"value", *measured}}));
  }
  ENSURE(!approved.as_array()->empty(),
         Error{Blame::kRequest, "approve.nothing",
               "decision " + origin + " did not hang on a reference value: approving one would change nothing"});
  ledger::Decision decision = parts_.decisions.begin("admin", peer, "refval approve " + origin);
  decision.outcome = "granted";
  decision.facts.set("by", administrator);
  decision.facts.set("approved", approved);
  parts_.decisions.record(decision);
  return Json::object({{"decision", decision.id}, {"from", origin}, {"approved", std::move(approved)}});
}

}  // namespace avouch::appraise
