// Evidence of the sample TEE: a text that anybody can write. For tests and demonstrations of the protocol, nothing
// else.
#pragma once

#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace avouch::tee::sample {

struct Evidence {
  std::string svn;
  Buffer report_data;
};

// Splits {"svn": text, "report_data": standard padded Base64}; other members are passed over, as the peer does.
//   text     at most limits::kEvidenceBytes
//   fails    kEvidence: sample.size, sample.json, sample.svn, sample.report-data (missing, not a string or not Base64)
Result<Evidence> parse(Bytes text);

// What a sample attester sends.
std::string encode(const Evidence& evidence);

}  // namespace avouch::tee::sample
