// Combine: one submodule of a result out of what several policies say of one evidence. For each claim the worst that
// any of them says counts, and the status is the worst of all: to name one policy more can never make a result better.
#pragma once

#include <string>
#include <vector>

#include "appraise/judge.h"
#include "format/ear.h"

namespace avouch::appraise {

// What one policy said of one evidence.
struct Verdict {
  std::string submod;     // "cpu0"
  std::string policy_id;  // as it was asked for: "default"
  Appraisal appraisal;
};

// `verdicts` are all of one submodule, and at least one. With more than one, the submodule has a member
// "avouch.appraisals": {policy id: {"ear.status", "ear.trustworthiness-vector"}, …}, and its policy id lists them all.
// An extension that several policies set is the first one's.
ear::Submod combine(std::vector<Verdict> verdicts, Json annotated_evidence);

// For the record: [{"submod","policy","status","vector"}, …].
Json to_json(const std::vector<Verdict>& verdicts);

}  // namespace avouch::appraise
