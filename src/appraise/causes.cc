#include "appraise/causes.h"

#include <algorithm>

#include "appraise/remedies.h"

namespace avouch::appraise {
namespace {

const Json::Array& list_of(const Json& object, std::string_view name) {
  static const Json::Array kNone;
  const Json* list = object.find(name);
  return list == nullptr || list->as_array() == nullptr ? kNone : *list->as_array();
}

const Json* error_of(const Json& decision) {
  const Json* error = decision.find("error");
  return error == nullptr || error->is_null() ? nullptr : error;
}

// What every sentence about a decision may speak of.
Json words_about(const Json& decision, const Json& attestation) {
  Json out = Json::object({{"decision", text_of(decision, "id")},
                           {"attestation", text_of(attestation, "id")},
                           {"subject", text_of(decision, "subject")},
                           {"kind", text_of(decision, "kind") == "release" ? "resource" : "attestation"}});
  if (const Json* policy = decision.find("policy")) out.set("policy", text_of(*policy, "id"));
  if (decision.find("said") != nullptr) out.set("said", to_text(*decision.find("said")));
  return out;
}

// The key of a trust anchor, as `avouch endorsement` wants it.
std::string trust_anchor_key(const Json::Array& references) {
  constexpr std::string_view kPrefix = "cca.trust-anchor/";
  for (const Json& reference : references) {
    const std::string name = text_of(reference, "name");
    if (name.starts_with(kPrefix)) return name.substr(kPrefix.size());
  }
  return "";
}

void add_absent_paths(Json::Array& out, const Facts& facts) {
  for (const Json& absent : facts.seen.absent) {
    Json words = words_about(facts.attestation, facts.attestation);
    words.set("path", text_of(absent, "path"));
    words.set("line", text_of(absent, "line"));
    out.push_back(in_words("policy.absent-path", words));
  }
}

void add_error(Json::Array& out, const Facts& facts, const Json& error) {
  Json words = words_about(facts.decision, facts.attestation);
  words.set("detail", text_of(error, "detail"));
  words.set("key", trust_anchor_key(facts.seen.references));
  std::string code = text_of(error, "code");
  if (code == "cca.platform.unknown" && !facts.revocation.is_null()) {
    code = "cca.platform.revoked";
    words.set("revoked", text_of(facts.revocation, "time"));
    words.set("act", text_of(facts.revocation, "id"));
  }
  out.push_back(in_words(code, words));
  if (code.starts_with("appraisal.")) add_absent_paths(out, facts);  // a verdict may be none for want of a path
}

void add_findings(Json::Array& out, const Facts& facts) {
  for (const Json& finding : list_of(facts.attestation, "findings")) {
    const std::string code = text_of(finding, "code");
    const auto is_same = [&](const Json& cause) { return text_of(cause, "code") == code; };
    if (std::any_of(out.begin(), out.end(), is_same)) continue;  // one fault may cap several claims
    Json words = words_about(facts.attestation, facts.attestation);
    words.set("detail", text_of(finding, "detail"));
    out.push_back(in_words(code, words));
  }
}

void add_references(Json::Array& out, const Facts& facts) {
  for (const Json& reference : facts.seen.references) {
    if (!is_decisive(reference)) continue;
    Json words = words_about(facts.attestation, facts.attestation);
    for (const char* member : {"name", "claim", "line", "expired"}) words.set(member, text_of(reference, member));
    const bool has_expired = reference.find("expired") != nullptr;
    out.push_back(in_words(has_expired ? "reference.expired" : "reference." + text_of(reference, "state"), words));
  }
}

void add_attestation(Json::Array& out, const Facts& facts) {
  add_findings(out, facts);
  add_references(out, facts);
  if (text_of(facts.attestation, "status") == "affirming") return;
  add_absent_paths(out, facts);
  if (!out.empty() || facts.attestation.find("status") == nullptr) return;
  Json words = words_about(facts.attestation, facts.attestation);
  words.set("claims", text_of(facts.attestation, "vector"));
  out.push_back(in_words(facts.policy_is_forgotten ? "policy.forgotten" : "policy.verdict", words));
}

// "cpu0 is warning: executables 33 (...); ..."
std::string in_short(const Json::Array& fell_short) {
  std::string out;
  for (const Json& claim : fell_short) {
    out += (out.empty() ? "" : "; ") + text_of(claim, "submod") + " is " + text_of(claim, "status") + ": " +
           text_of(claim, "claim") + " " + text_of(claim, "value") + " (" + text_of(claim, "meaning") + ")";
  }
  return out;
}

std::string in_lines(const Json::Array& lines) {
  std::string out;
  for (const Json& line : lines) {
    out +=
        (out.empty() ? "line " : "; line ") + text_of(line, "line") + ", `" + text_of(line, "text") + "`, did not hold";
  }
  return out.empty() ? "no rule of it allows anything" : out;
}

void add_denial(Json::Array& out, const Facts& facts) {
  const Json* error = error_of(facts.decision);
  Json words = words_about(facts.decision, facts.attestation);
  if (facts.release.has_value() && !facts.release->is_for_the_evidence) {
    words.set("lines", in_lines(facts.release->lines));
    out.push_back(in_words("release.rule", words));
    return;
  }
  add_attestation(out, facts);
  if (facts.release.has_value() && !facts.release->fell_short.empty()) {
    words.set("short", in_short(facts.release->fell_short));
    out.push_back(in_words("release.not-affirming", words));
  }
  if (out.empty() && error != nullptr) add_error(out, facts, *error);
}

}  // namespace

bool is_decisive(const Json& reference) {
  const Json* decisive = reference.find("decisive");
  return decisive != nullptr && *decisive == Json(true);
}

Json::Array causes_of(const Facts& facts) {
  Json::Array out;
  const Json* error = error_of(facts.decision);
  if (error == nullptr) {
    add_attestation(out, facts);
  } else if (text_of(*error, "code") == "release.denied") {
    add_denial(out, facts);
  } else {
    add_error(out, facts, *error);
  }
  return out;
}

}  // namespace avouch::appraise
