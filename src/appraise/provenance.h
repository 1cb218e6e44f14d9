// Provenance: messages of those who supply reference values, in the form of Trustee's RVPS:
//   {"version": "0.1.0", "type": "sample", "payload": text}
// Each type has an extractor, which makes reference values of the payload.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "codec/json.h"

namespace avouch::appraise {

// Reference values by name, as an extractor finds them in a payload.   fails   kRequest: provenance.payload, base64.*,
// json.*
using Extractor = Result<Json::Object> (*)(std::string_view payload);

struct NamedExtractor {
  std::string_view type;
  Extractor extract;
};

// Every extractor of this build.
const std::vector<NamedExtractor>& extractors();

//   fails   kRequest: provenance.shape, provenance.version, provenance.type (no extractor is called so), and those of
//   the
//           extractor
Result<Json::Object> extract_reference_values(std::string_view message);

}  // namespace avouch::appraise
