#include "format/coco.h"

#include "base/limits.h"

namespace avouch::coco {

Result<Buffer> evidence_octets(std::string_view tee, const Json& evidence) {
  if (tee != "cca") return to_buffer(as_bytes(to_text(evidence)));
  const Error bad_token{Blame::kEvidence, "kbs.evidence.shape", "CCA evidence is {\"token\": [octets as numbers]}"};
  const Json* token = evidence.find("token");
  ENSURE(token != nullptr && token->as_array() != nullptr, bad_token);
  const Json::Array& numbers = *token->as_array();
  ENSURE(numbers.size() <= limits::kEvidenceBytes, bad_token);
  Buffer out;
  out.reserve(numbers.size());
  for (const Json& number : numbers) {
    const std::optional<std::int64_t> octet = number.as_integer();
    ENSURE(octet.has_value() && 0 <= *octet && *octet <= 255, bad_token);
    out.push_back(static_cast<std::uint8_t>(*octet));
  }
  return out;
}

Result<Json> evidence_json(std::string_view tee, Bytes octets) {
  if (tee != "cca") {
    Result<Json> json = parse_json(as_text(octets));
    ENSURE(json.has_value(), Error{Blame::kEvidence, "kbs.evidence.shape", json.error().detail});
    return json;
  }
  Json token = Json::array();
  for (const std::uint8_t octet : octets) token.push_back(int{octet});
  return Json::object({{"token", std::move(token)}});
}

}  // namespace avouch::coco
