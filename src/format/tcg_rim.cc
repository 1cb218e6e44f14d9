#include "format/tcg_rim.h"

#include <algorithm>
#include <string>
#include <vector>

namespace avouch::tcg_rim {
namespace {

using xml::Element;

constexpr std::string_view kSwid = "http://standards.iso.org/iso/19770/-2/2015/schema.xsd";
constexpr std::string_view kRim =
    "https://trustedcomputinggroup.org/resource/tcg-reference-integrity-manifest-rim-information-model/";
constexpr std::string_view kSha384 = "http://www.w3.org/2001/04/xmlenc#sha384";  // of attributes that hold digests

Error bad(const char* code, std::string detail) {
  return {Blame::kRequest, code, std::move(detail)};
}

// The elements of a name, in the document's order, the one given among them.
void find_all(const Element& in, std::string_view local, std::vector<const Element*>& out) {
  if (in.is(kSwid, local)) out.push_back(&in);
  for (const Element* child : in.elements()) find_all(*child, local, out);
}

const Element* find_first(const Element& in, std::string_view local) {
  std::vector<const Element*> all;
  find_all(in, local, all);
  return all.empty() ? nullptr : all.front();
}

Json::Array digests_of(const Element& resource) {
  Json::Array out;
  for (std::size_t i = 0;; ++i) {
    const std::string* digest = resource.attribute("Hash" + std::to_string(i), kSha384);
    if (digest == nullptr) return out;
    const bool is_nothing = digest->find_first_not_of('0') == std::string::npos;
    if (!is_nothing) out.emplace_back(*digest);
  }
}

bool is_measurement(const Element& resource) {
  const std::string* type = resource.attribute("type");
  return type != nullptr && *type == "Measurement";
}

}  // namespace

Result<Json::Object> reference_values(const Element& document) {
  const Element* meta = find_first(document, "Meta");
  ENSURE(meta != nullptr, bad("rim.meta", "there is no Meta"));
  const std::string* manufacturer = meta->attribute("PlatformManufacturerStr", kRim);
  const std::string* edition = meta->attribute("edition");
  ENSURE(manufacturer != nullptr && edition != nullptr,
         bad("rim.meta", "Meta lacks PlatformManufacturerStr or edition"));
  std::string maker = *manufacturer;
  std::replace(maker.begin(), maker.end(), ' ', '_');
  const Element* payload = find_first(document, "Payload");
  ENSURE(payload != nullptr, bad("rim.payload", "there is no Payload"));

  Json::Object out;
  std::vector<const Element*> resources;
  find_all(*payload, "Resource", resources);
  for (const Element* resource : resources) {
    if (!is_measurement(*resource)) continue;
    const std::string* index = resource->attribute("index");
    ENSURE(index != nullptr, bad("rim.index", "a measurement without index"));
    std::string name = maker + "." + *edition + ".measurement_" + *index;
    std::replace(name.begin(), name.end(), '-', '_');  // a rule of Rego could not name it otherwise
    Json::Array digests = digests_of(*resource);
    if (digests.empty()) continue;
    const bool is_known =
        std::any_of(out.begin(), out.end(), [&name](const Json::Member& member) { return member.first == name; });
    ENSURE(!is_known, bad("rim.index", "two measurements are called " + name));
    out.emplace_back(std::move(name), Json(std::move(digests)));
  }
  ENSURE(!out.empty(), bad("rim.empty", "it has no measurement with a SHA-384 digest"));
  return out;
}

}  // namespace avouch::tcg_rim
