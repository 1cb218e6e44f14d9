#include "appraise/provenance.h"

#include <algorithm>

#include "appraise/corim_provenance.h"
#include "appraise/swid_provenance.h"
#include "codec/base64.h"

namespace avouch::appraise {
namespace {

constexpr std::string_view kVersion = "0.1.0";

Error bad(const char* code, std::string detail) {
  return Error{Blame::kRequest, code, std::move(detail)};
}

// Base64 of {name: value, …}. Nobody signs it: who may send it is all there is to it.
Result<Provenance> extract_sample(std::string_view payload, const ProvenanceTrust&, Instant) {
  const Buffer text = TRY(codec::from_base64(payload));
  Json values = TRY(parse_json(as_text(text)));
  ENSURE(values.as_object() != nullptr, bad("provenance.payload", "the payload is no object"));
  Provenance out;
  out.values = std::move(*values.as_object());
  return out;
}

std::string known_types() {
  std::string out;
  for (const NamedExtractor& each : extractors()) out += (out.empty() ? "" : ", ") + std::string(each.type);
  return out;
}

}  // namespace

const std::vector<NamedExtractor>& extractors() {
  static const std::vector<NamedExtractor> kExtractors = {
      {"sample", extract_sample}, {"corim", extract_corim}, {"swid", extract_swid}};
  return kExtractors;
}

Result<Provenance> read_provenance(std::string_view message, const ProvenanceTrust& trust, Instant now) {
  const Json json = TRY(parse_json(message));
  const std::string* type = json.find_string("type");
  const std::string* payload = json.find_string("payload");
  ENSURE(type != nullptr && payload != nullptr, bad("provenance.shape", "needs type and payload, both texts"));
  const Json* version = json.find("version");
  ENSURE(version == nullptr || *version == Json(kVersion),
         bad("provenance.version", "version has to be " + std::string(kVersion)));
  const auto found = std::find_if(extractors().begin(), extractors().end(),
                                  [&](const NamedExtractor& each) { return each.type == *type; });
  ENSURE(found != extractors().end(), bad("provenance.type", "type has to be one of: " + known_types()));
  return found->extract(*payload, trust, now);
}

std::string make_provenance(std::string_view type, std::string_view payload) {
  return to_text(Json::object({{"version", kVersion}, {"type", type}, {"payload", payload}}));
}

}  // namespace avouch::appraise
