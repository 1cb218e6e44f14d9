#include "appraise/explain_attestation.h"

#include <algorithm>

#include "appraise/decisive.h"
#include "appraise/lifecycle.h"

namespace avouch::appraise {
namespace {

// A path of claims, as "tee.part.claim", in the input. Names of members may hold dots, so each member that fits is
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

Json as_list(const Json& expected) {
  if (expected.is_null()) return Json::array();
  return expected.as_array() != nullptr ? expected : Json::array({expected});
}

// Where the other side of a comparison by a room stands, by the beginning of its name.
std::string place_of(std::string_view name) {
  if (name.starts_with("session/")) return "computed from this session's challenge and what the guest sent with it";
  if (name.starts_with("evidence/")) return "in the same evidence";
  if (name.starts_with("built-in/")) return "built in: no endorsement changes it";
  return "endorsements: `avouch endorsement list`, or the files that the config names";
}

// What is on record of the look-up of a name beside its value: "expired", "damaged"; null if it is not.
const Json* remark_on(const Json& lookups, const std::string& name, std::string_view remark) {
  if (lookups.as_array() == nullptr) return nullptr;
  for (const Json& lookup : *lookups.as_array()) {
    const std::string* asked = lookup.find_string("name");
    if (asked != nullptr && *asked == name) return lookup.find(remark);
  }
  return nullptr;
}

class Reader {
 public:
  Reader(const Json& record, const policy::Program& program)
      : input_(*record.find("input")), lookups_(*record.find("lookups")), program_(program) {
    const std::string* id = record.find("policy")->find_string("id");
    policy_ = id == nullptr ? "" : *id;
    const std::string* tee = record.find_string("subject");
    own_paths_ = tee == nullptr ? "" : *tee + ".";
  }

  void read(AttestationView& out) const {
    const Answers then(lookups_);  // as they were at the time of the decision, not as they are now
    const Result<policy::Explanation> explanation = program_.explain(
        kTrustClaimsRule, input_, Json::object(), [&](const std::string& name) { return then.find(name); });
    if (!explanation.has_value()) return;
    for (const policy::ReferenceRead& read : explanation->reads) {
      for (const std::string& claim : read.claims) {
        const Json* measured = at_path(input_, claim);
        if (measured != nullptr) add(out.references, read, claim, *measured, then.find(read.name));
      }
    }
    mark_decisive(out.references, program_, input_, lookups_);
    for (const std::string& path : explanation->absent_paths) {
      // Rules for other TEEs rightly read what is not there.
      if (path.starts_with(own_paths_)) out.absent.push_back(Json::object({{"path", path}, {"line", line_of(path)}}));
    }
  }

 private:
  Json reference(const policy::ReferenceRead& read, const std::string& claim, const Json& measured,
                 const Json& expected) const {
    Json out = Json::object({{"name", read.name},
                             {"claim", claim},
                             {"measured", measured},
                             {"expected", as_list(expected)},
                             {"state", state_of(measured, expected)},
                             {"where", "reference values: `avouch refval list`"},
                             {"policy", policy_},
                             {"rule", read.rule},
                             {"line", read.line}});
    if (const Json* expired = remark_on(lookups_, read.name, "expired")) out.set("expired", *expired);
    if (remark_on(lookups_, read.name, "damaged") != nullptr) out.set("state", "damaged");
    if (const Json* life = remark_on(lookups_, read.name, "life")) {
      for (const Json& entry : elements(*life)) {
        const Json* value = entry.find("value");
        if (value != nullptr && *value == measured) out.set("life", entry);
      }
    }
    return out;
  }

  // A list of measurements is judged, and endorsed, value by value: each different one gets an entry of its own.
  void add(Json::Array& out, const policy::ReferenceRead& read, const std::string& claim, const Json& measured,
           const Json& expected) const {
    const Json::Array* list = measured.as_array();
    if (list == nullptr) {
      out.push_back(reference(read, claim, measured, expected));
      return;
    }
    for (std::size_t i = 0; i < list->size(); ++i) {
      const auto here = list->begin() + static_cast<std::ptrdiff_t>(i);
      if (std::find(list->begin(), here, *here) != here) continue;
      out.push_back(reference(read, claim + "[" + std::to_string(i) + "]", *here, expected));
    }
  }

  // The first line of the policy with the last member of a path in it; 0 if the policy puts it together otherwise.
  int line_of(const std::string& path) const {
    const std::size_t dot = path.rfind('.');
    const std::string member = dot == std::string::npos ? path : path.substr(dot + 1);
    const std::string& source = program_.source();
    const std::size_t found = source.find(member);
    if (found == std::string::npos) return 0;
    return 1 + static_cast<int>(std::count(source.begin(), source.begin() + static_cast<std::ptrdiff_t>(found), '\n'));
  }

  const Json& input_;
  const Json& lookups_;
  const policy::Program& program_;
  std::string policy_;
  std::string own_paths_;
};

}  // namespace

AttestationView explain_attestation(const Json& record, const policy::Program* program) {
  AttestationView out;
  if (const Json* compared = record.find("compared"); compared != nullptr && compared->as_array() != nullptr) {
    for (const Json& reference : *compared->as_array()) {
      if (reference.as_object() != nullptr) out.references.push_back(reference);  // a record may have been damaged
    }
  }
  for (Json& reference : out.references) {
    const std::string* name = reference.find_string("name");
    reference.set("where", place_of(name == nullptr ? "" : *name));
  }
  const bool was_heard =
      record.find("policy") != nullptr && record.find("input") != nullptr && record.find("lookups") != nullptr;
  if (program != nullptr && was_heard) Reader(record, *program).read(out);
  return out;
}

}  // namespace avouch::appraise
