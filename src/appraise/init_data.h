// Init data (CoCo's initdata specification, version 0.1.0): a TOML document that a guest was started with, whose digest
// its evidence carries. With the digest verified, its content may be believed and shown to policies.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "codec/json.h"

namespace avouch::appraise {

struct InitData {
  Buffer digest;  // of the exact octets of the document, by the algorithm that it names
  // Its `data`: text to text; cdh.toml and aa.toml as JSON, and the data of policy.rego at agent_policy_claims.
  Json claims;
};

//   fails   kRequest: initdata.format (only "toml" is known), initdata.shape, initdata.version,
//           initdata.algorithm, toml.*
Result<InitData> parse_init_data(std::string_view format, std::string_view body);

}  // namespace avouch::appraise
