#include "appraise/causes.h"

#include <algorithm>

#include "codec/json_text.h"
#include "tee/claims.h"

namespace avouch::appraise {
namespace {

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

// The trust anchor that a refusal compared with, as `avouch endorsement` wants it; empty if it did not.
std::string trust_anchor_key(const Json::Array& references) {
  for (const Json& reference : references) {
    if (const std::optional<std::string> key = tee::trust_anchor_of(text_of(reference, "name"))) return *key;
  }
  return "";
}

// "cca.platform.unknown" was known once: "cca.platform.revoked".
std::string revoked(const std::string& code) {
  return code.substr(0, code.rfind('.') + 1) + "revoked";
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

// What became of the measured value: it may have counted once, or not yet. Adds the words that say so.
std::string code_of_reference(const Json& reference, Json& words) {
  if (reference.find("expired") != nullptr) return "reference.expired";
  const Json* life = reference.find("life");
  const std::string state = text_of(reference, "state");
  if (life == nullptr || state == "damaged") return "reference." + state;
  for (const char* member : {"value", "by", "at", "ends", "decision"}) words.set(member, text_of(*life, member));
  const std::string reason = text_of(*life, "reason");
  words.set("reason", reason.empty() ? "" : " (" + reason + ")");
  const std::string said = text_of(*life, "state");
  return "reference." + (said == "revoked" || said == "candidate" ? said : "ended");
}

class Finder {
 public:
  Finder(const Facts& facts, const Remedies& remedies) : facts_(facts), remedies_(remedies) {}

  Json::Array find() && {
    const Json* error = error_of(facts_.decision);
    if (error == nullptr) {
      add_attestation();
    } else if (text_of(*error, "code") == "release.denied") {
      add_denial(*error);
    } else {
      add_error(*error);
    }
    return std::move(found_);
  }

 private:
  void add(std::string_view code, const Json& words) { found_.push_back(remedies_.in_words(code, words)); }
  Json about_attestation() const { return words_about(facts_.attestation, facts_.attestation); }
  Json about_decision() const { return words_about(facts_.decision, facts_.attestation); }

  void add_absent_paths() {
    for (const Json& absent : facts_.seen.absent) {
      Json words = about_attestation();
      for (const char* member : {"path", "line"}) words.set(member, text_of(absent, member));
      add("policy.absent-path", words);
    }
  }

  void add_error(const Json& error) {
    Json words = about_decision();
    words.set("detail", text_of(error, "detail"));
    words.set("key", trust_anchor_key(facts_.seen.references));
    std::string code = text_of(error, "code");
    if (!facts_.revocation.is_null() && code.ends_with(".unknown")) {
      code = revoked(code);
      words.set("revoked", text_of(facts_.revocation, "time"));
      words.set("act", text_of(facts_.revocation, "id"));
    }
    add(code, words);
    if (code.starts_with("appraisal.")) add_absent_paths();  // a verdict may be none for want of a path
  }

  void add_findings() {
    for (const Json& finding : list_of(facts_.attestation, "findings")) {
      const std::string code = text_of(finding, "code");
      const auto is_same = [&](const Json& cause) { return text_of(cause, "code") == code; };
      if (std::any_of(found_.begin(), found_.end(), is_same)) continue;  // one fault may cap several claims
      Json words = about_attestation();
      words.set("detail", text_of(finding, "detail"));
      add(code, words);
    }
  }

  void add_references() {
    for (const Json& reference : facts_.seen.references) {
      if (!is_decisive(reference)) continue;
      Json words = about_attestation();
      for (const char* member : {"name", "claim", "line", "expired"}) words.set(member, text_of(reference, member));
      words.set("detail", text_of(reference, "name"));
      add(code_of_reference(reference, words), words);
    }
  }

  void add_attestation() {
    add_findings();
    add_references();
    if (text_of(facts_.attestation, "status") == "affirming") return;
    add_absent_paths();
    if (!found_.empty() || facts_.attestation.find("status") == nullptr) return;
    Json words = about_attestation();
    words.set("claims", text_of(facts_.attestation, "vector"));
    add(facts_.policy_is_forgotten ? "policy.forgotten" : "policy.verdict", words);
  }

  void add_denial(const Json& error) {
    Json words = about_decision();
    if (facts_.release.has_value() && !facts_.release->is_for_the_evidence) {
      words.set("lines", in_lines(facts_.release->lines));
      add("release.rule", words);
      return;
    }
    add_attestation();
    if (facts_.release.has_value() && !facts_.release->fell_short.empty()) {
      words.set("short", in_short(facts_.release->fell_short));
      add("release.not-affirming", words);
    }
    if (found_.empty()) add_error(error);
  }

  const Facts& facts_;
  const Remedies& remedies_;
  Json::Array found_;
};

}  // namespace

bool is_decisive(const Json& reference) {
  const Json* decisive = reference.find("decisive");
  return decisive != nullptr && *decisive == Json(true);
}

Json::Array causes_of(const Facts& facts, const Remedies& remedies) {
  return Finder(facts, remedies).find();
}

}  // namespace avouch::appraise
