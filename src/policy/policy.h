// Policies in Rego v1 (Open Policy Agent's language, by the engine regorus), compiled once and evaluated with limits.
// No header but this knows that there is Rego, and no file but rego.cc that there is Rust.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "codec/json.h"

namespace avouch::policy {

// Answers query_reference_value(name): the value, or null when there is none.
using ReferenceLookup = std::function<Json(const std::string& name)>;

struct Lookup {
  std::string name;
  Json value;  // null: there was none
};

// An input in the engine's own form: made once, read by any number of evaluations, on any thread.
class Document {
 public:
  //   fails   kPolicy: policy.evaluation (nested deeper than the engine reads)
  static Result<Document> make(const Json& value);

 private:
  friend class RegoProgram;
  struct Parsed;
  explicit Document(std::shared_ptr<const Parsed> parsed) : parsed_(std::move(parsed)) {}
  std::shared_ptr<const Parsed> parsed_;
};

struct Evaluation {
  std::optional<Json> value;    // of the rule asked for; absent when it is undefined
  std::vector<Lookup> lookups;  // every call of query_reference_value, in order, each name once
};

struct Evaluations {
  std::vector<std::optional<Json>> values;  // of the rules asked for, in order
  std::vector<Lookup> lookups;
};

// One place where a policy reads a reference value.
struct ReferenceRead {
  std::string name;                 // as the policy has it
  std::string rule;                 // "executables"
  int line;                         // of the call, from 1
  std::vector<std::string> claims;  // paths of the input compared with it: "cca.realm.cca-realm-initial-measurement"
};

// Why an evaluation came out as it did. Slower than evaluate(): made when somebody asks.
struct Explanation {
  std::optional<Json> value;
  std::vector<Lookup> lookups;
  std::vector<ReferenceRead> reads;
  std::vector<int> lines_that_held;       // conditions and assignments that were reached and held
  std::vector<int> lines_that_failed;     // that were reached, or could have been, and did not hold
  std::vector<std::string> absent_paths;  // paths of the input that the policy names and the input lacks
};

class Program {
 public:
  virtual ~Program() = default;

  // Evaluates rules ("data.policy.trust_claims") of the compiled policy. `data` is the root document. Each rule has the
  // limits of time and steps for itself; all see the same answers of `lookup`.
  //   fails   kPolicy: policy.evaluation (a run-time fault, with line), policy.time, policy.steps, policy.memory,
  //           policy.lookups
  virtual Result<Evaluations> evaluate(std::span<const std::string_view> rules, const Document& input, const Json& data,
                                       const ReferenceLookup& lookup) const = 0;
  // One rule, and an input that is not needed again.
  Result<Evaluation> evaluate(std::string_view rule, const Json& input, const Json& data,
                              const ReferenceLookup& lookup) const;
  virtual Result<Explanation> explain(std::string_view rule, const Json& input, const Json& data,
                                      const ReferenceLookup& lookup) const = 0;
  virtual const std::string& source() const = 0;
  // Of the reference values that its text names, whether or not it comes to ask for them.
  virtual const std::vector<std::string>& reference_names() const = 0;
};

// Compiles a policy; `name` appears in errors.
//   fails   kRequest: policy.syntax (detail has line, column and the line itself), policy.size, policy.package
Result<std::shared_ptr<const Program>> compile(const std::string& name, const std::string& source);

}  // namespace avouch::policy
