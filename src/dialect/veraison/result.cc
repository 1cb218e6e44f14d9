#include "dialect/veraison/result.h"

#include <array>

#include "codec/base64.h"
#include "codec/hex.h"
#include "dialect/veraison/negotiation.h"

namespace avouch::dialect::veraison {
namespace {

constexpr const char* kProfile = "tag:github.com,2023:veraison/ear";
constexpr const char* kScheme = "ARM_CCA";
constexpr const char* kPolicy = "policy:ARM_CCA";

struct Problem {
  std::string_view code;
  const char* text;
};
// In the peer's words (services 6b88102); whoever made the evidence learns no more than which step failed.
constexpr const char* kUnreadable = "could not establish identity from evidence";
constexpr std::array<Problem, 7> kProblems = {{
    {"cca.platform.unknown", "no trust anchor for evidence"},
    {"cca.platform.algorithm",
     "integrity validation failed: bad evidence: unable to verify platform token: verification error"},
    {"cca.platform.signature",
     "integrity validation failed: bad evidence: unable to verify platform token: verification error"},
    {"cca.realm.binder",
     "integrity validation failed: bad evidence: platform challenge does not match the realm's public key"},
    {"cca.realm.curve", "integrity validation failed: bad evidence: unable to verify realm token: verification error"},
    {"cca.realm.algorithm",
     "integrity validation failed: bad evidence: unable to verify realm token: verification error"},
    {"cca.realm.signature",
     "integrity validation failed: bad evidence: unable to verify realm token: verification error"},
}};

std::string in_hex(const std::string& base64) {
  const Result<Buffer> octets = codec::from_base64(base64);
  return octets.has_value() ? codec::to_hex(*octets) : "";
}

// Both sides of it are the client's own.
std::string stale(const appraise::Session& session, const ledger::Decision& decision) {
  const Json* measured = decision.claimed.at("/compared/0/measured");
  const std::string* challenge = measured == nullptr ? nullptr : measured->as_string();
  return "integrity validation failed: bad evidence: freshness: realm challenge (" +
         (challenge == nullptr ? "" : in_hex(*challenge)) + ") does not match session nonce (" +
         codec::to_hex(session.challenge) + ")";
}

std::string problem_of(const appraise::Session& session, const ledger::Decision& decision) {
  const std::string_view code = decision.error->code;
  if (code == "cca.realm.challenge-mismatch") return stale(session, decision);
  for (const Problem& problem : kProblems) {
    if (problem.code == code) return problem.text;
  }
  return kUnreadable;
}

// The peer pads this one, unlike the nonce of the session.
std::string padded_base64url(Bytes octets) {
  std::string out = codec::to_base64url(octets);
  out.append((4 - out.size() % 4) % 4, '=');
  return out;
}

}  // namespace

appraise::PartsForm cca_form() {
  appraise::PartsForm form;
  form.tee = "cca";
  form.policy_id = "veraison";
  form.named_policy = kPolicy;
  form.refused_submod = kScheme;
  form.refused_members = [](const appraise::Session& session, const ledger::Decision& decision) {
    return Json::Object{{"ear.veraison.policy-claims", Json::object({{"problem", problem_of(session, decision)}})}};
  };
  form.result = [](const appraise::Session& session) {
    return appraise::PlainForm{kProfile, {{"eat_nonce", padded_base64url(session.challenge)}}};
  };
  return form;
}

Json to_json(const appraise::Session& session, const Submitted& submitted) {
  Json accept = Json::array();
  for (const std::string_view type : kEvidenceTypes) accept.push_back(type);
  Json out = Json::object({{"status", to_string(submitted.state)},
                           {"nonce", codec::to_base64url(session.challenge)},
                           {"expiry", to_rfc3339(session.expires_at)},
                           {"accept", std::move(accept)}});
  if (submitted.state == State::kWaiting) return out;
  out.set("evidence", Json::object({{"type", submitted.media_type}, {"value", codec::to_base64(submitted.evidence)}}));
  if (submitted.state == State::kComplete) out.set("result", submitted.result);
  return out;
}

Json problem(int status, std::string_view title, std::string detail) {
  return Json::object({{"type", "about:blank"}, {"title", title}, {"status", status}, {"detail", std::move(detail)}});
}

}  // namespace avouch::dialect::veraison
