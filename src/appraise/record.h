// What decision records hold of claims and appraisals, in one place, so that writer and readers agree.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "appraise/judge.h"
#include "ledger/decision.h"
#include "tee/claims.h"

namespace avouch::appraise {

Json to_json(const tee::ReferenceComparison& comparison);

// Adds the room's comparisons and findings to a decision ("compared", "findings").
void record_claims(ledger::Decision& decision, const tee::Claims& claims);
// Adds the one comparison that a refusal is about ("compared"), if it is about one, to what is merely claimed.
void record_refusal(ledger::Decision& decision, const std::vector<tee::ReferenceComparison>& comparisons);
// Adds the policy, its input, what it said, and the reference values that it asked for ("lookups").
void record_hearing(ledger::Decision& decision, const Hearing& hearing);
// What the decision that revokes a trust anchor is about: how `why` finds it again.
std::string revocation_subject(std::string_view trust_anchor);
// Adds status and vector.
void record_appraisal(ledger::Decision& decision, const Appraisal& appraisal);

}  // namespace avouch::appraise
