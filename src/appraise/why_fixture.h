// What tests of `avouch why` start from: a verifier in memory whose platform is endorsed, and whose realm is not.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "testing/cca_verifier.h"
#include "testing/code_of.h"

namespace avouch::appraise {

using testing::CcaVerifier;
using testing::code_of;

class WhyTest : public ::testing::Test {
 protected:
  WhyTest() { verifier_.endorse_platform(); }

  std::string attest() { return *verifier_.attest().find_string("id"); }
  std::string status(const std::string& id) { return *verifier_.decisions.find(id)->find_string("status"); }
  Json explain(std::string_view id) {
    Result<Json> why = verifier_.why.explain(id);
    EXPECT_EQ(code_of(why), "ok");
    return why.value_or(nullptr);
  }
  static std::string text(const Json& object, const char* name) {
    const std::string* found = object.find_string(name);
    return found == nullptr ? "" : *found;
  }
  // The explained reference of a name; null if there is none.
  static Json reference(const Json& why, const std::string& name) {
    for (const Json& each : *why.find("references")->as_array()) {
      if (text(each, "name") == name) return each;
    }
    return nullptr;
  }
  static std::vector<std::string> decisive(const Json& why) {
    std::vector<std::string> out;
    for (const Json& each : *why.find("references")->as_array()) {
      if (each.find("decisive") != nullptr && *each.find("decisive") == Json(true)) out.push_back(text(each, "name"));
    }
    return out;
  }
  void set_policy(const std::string& rules) {
    const Status set = verifier_.policies.set("default_cpu", "package policy\nimport rego.v1\n" + rules);
    ASSERT_TRUE(set.has_value()) << set.error().detail;
  }
  Json endorsed(const std::string& name) {
    return verifier_.reference_values.snapshot().value()->find(name, verifier_.clock.now());
  }

  CcaVerifier verifier_;
};

}  // namespace avouch::appraise
