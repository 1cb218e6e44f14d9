// Rules of a policy, then, after a line of dashes, an input in JSON. Neither may bring the process down or hold it up.
// Invariants: whatever compiles evaluates or fails as the header says; an explanation gives the value of the
// evaluation; and an evaluation leaves nothing behind that changes the next one.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "base/bytes.h"
#include "policy/policy.h"

namespace {

using avouch::Json;
using avouch::Result;

void require(bool invariant) {
  if (!invariant) std::abort();
}

void evaluate(const avouch::policy::Program& program, const Json& input) {
  const Json data = Json::object({{"plugin", "resource"}});
  const auto lookup = [](const std::string& name) { return name.empty() ? Json(nullptr) : Json::array({name, 1}); };
  const auto first = program.evaluate("data.policy.x", input, data, lookup);
  if (!first.has_value()) {
    require(first.error().blame == avouch::Blame::kPolicy);
    return;
  }
  const auto second = program.evaluate("data.policy.x", input, data, lookup);
  require(second.has_value());
  if (program.source().find("time.now_ns") == std::string::npos) require(first->value == second->value);

  const auto why = program.explain("data.policy.x", input, data, lookup);
  // Single steps take longer, so an explanation may run out of time where an evaluation did not.
  if (!why.has_value()) require(why.error().blame == avouch::Blame::kPolicy);
  if (why.has_value() && program.source().find("time.now_ns") == std::string::npos) require(why->value == first->value);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string text(avouch::as_text({bytes, size}));
  const std::size_t split = text.find("\n---\n");
  const std::string rules = text.substr(0, split);
  const Result<Json> input = avouch::parse_json(split == std::string::npos ? "{}" : text.substr(split + 5));

  const auto program = avouch::policy::compile("fuzz.rego", "package policy\nimport rego.v1\n" + rules);
  if (!program.has_value()) {
    require(program.error().blame == avouch::Blame::kRequest);
    return 0;
  }
  evaluate(**program, input.has_value() ? *input : Json::object());
  return 0;
}
