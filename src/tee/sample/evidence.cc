#include "tee/sample/evidence.h"

#include "base/limits.h"
#include "codec/base64.h"
#include "codec/json.h"

namespace avouch::tee::sample {
namespace {

Error refused(const char* code, std::string detail) {
  return Error{Blame::kEvidence, code, std::move(detail)};
}

}  // namespace

Result<Evidence> parse(Bytes text) {
  ENSURE(text.size() <= limits::kEvidenceBytes, refused("sample.size", std::to_string(text.size()) + " octets"));
  const Result<Json> json = parse_json(as_text(text));
  ENSURE(json.has_value(), refused("sample.json", json.error().detail));
  const std::string* svn = json->find_string("svn");
  ENSURE(svn != nullptr, refused("sample.svn", "missing, or not a string"));
  const std::string* report_data = json->find_string("report_data");
  ENSURE(report_data != nullptr, refused("sample.report-data", "missing, or not a string"));
  Result<Buffer> octets = codec::from_base64(*report_data);
  ENSURE(octets.has_value(), refused("sample.report-data", octets.error().detail));
  return Evidence{*svn, *std::move(octets)};
}

std::string encode(const Evidence& evidence) {
  return to_text(Json::object({{"svn", evidence.svn}, {"report_data", codec::to_base64(evidence.report_data)}}));
}

}  // namespace avouch::tee::sample
