// The policies that are in force where an operator set none. Apart from policies.h, so that who only sends their texts
// links no policy engine.
#pragma once

#include <map>
#include <string>

namespace avouch::ledger {

// The texts in src/appraise/policies/, by file name without ".rego".
const std::map<std::string, std::string>& default_policies();

}  // namespace avouch::ledger
