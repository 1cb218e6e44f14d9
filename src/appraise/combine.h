// Combine: one submodule of a result out of what several policies say of one evidence. For each claim the least trusted
// value that any of them gives counts, and the least trusted status: to name one policy more can never make a result
// better, and affirming is what all affirm.
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

// Of two policies: contraindicated before warning before none before affirming. (Among the claims of one policy "none"
// is no verdict, and affirming outweighs it: ear::worse().)
ear::Tier least_trusted(ear::Tier left, ear::Tier right);

// `verdicts` are all of one submodule, and at least one. With more than one, the submodule has a member
// "avouch.appraisals": {policy id: {"ear.status", "ear.trustworthiness-vector"}, …}, and its policy id lists them all.
// An extension that several policies set is the first one's.
ear::Submod combine(std::vector<Verdict> verdicts, Json annotated_evidence);

// For the record: [{"submod","policy","status","vector"}, …].
Json to_json(const std::vector<Verdict>& verdicts);

}  // namespace avouch::appraise
