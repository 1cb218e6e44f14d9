// An endorsement file that is accepted gives records that can be kept and found again: each is read once more as what
// it is, under the key that it was filed by, and a file made of the records gives the same records.
#include "tee/cca/endorsement_file.h"

#include <cstddef>
#include <cstdint>
#include <set>

#include "base/bytes.h"
#include "base/check.h"
#include "codec/base64.h"
#include "codec/hex.h"
#include "format/jwk.h"
#include "tee/cca/endorsements.h"
#include "tee/cca/evidence.h"

namespace {

using avouch::Json;
using avouch::tee::EndorsedRecords;
namespace cca = avouch::tee::cca;

// "<implementation id>/<instance id>" as an entry of a ta-store.
Json anchor_entry(const EndorsedRecords::Record& record) {
  const std::size_t slash = record.key.find('/');
  CHECK(slash == 2 * cca::kImplementationIdBytes);
  return Json::object({{"implementation-id", record.key.substr(0, slash)},
                       {"instance-id", record.key.substr(slash + 1)},
                       {"pkey", record.content}});
}

void check_anchors(const EndorsedRecords& records) {
  Json ta_store = Json::array();
  std::set<std::string> keys;
  for (const EndorsedRecords::Record& record : records.trust_anchors) {
    CHECK(keys.insert(record.key).second);
    CHECK(avouch::jose::public_key_from_jwk(record.content).has_value());
    ta_store.push_back(anchor_entry(record));
  }
  const auto again = cca::read_endorsement_file(ta_store);
  CHECK(again.has_value() && again->trust_anchors.size() == records.trust_anchors.size());
  for (std::size_t i = 0; i < records.trust_anchors.size(); ++i) {
    CHECK(again->trust_anchors[i].key == records.trust_anchors[i].key);
    CHECK(again->trust_anchors[i].content == records.trust_anchors[i].content);
  }
}

void check_references(const EndorsedRecords& records) {
  Json platforms = Json::array();
  for (const EndorsedRecords::Record& record : records.platform_references) {
    const auto platform = cca::parse_platform_record(record.content);
    CHECK(platform.has_value() && avouch::codec::to_hex(platform->implementation_id) == record.key);
    CHECK(!platform->components.empty());
    platforms.push_back(record.content);
  }
  const auto again = cca::read_endorsement_file(Json::object({{"platform", platforms}}));
  CHECK(again.has_value() && again->platform_references.size() == records.platform_references.size());
  for (const EndorsedRecords::Record& record : records.reference_values) {
    CHECK(record.key == cca::kInitialMeasurementReference || record.key == cca::kExtensibleMeasurementsReference);
    CHECK(avouch::codec::from_base64(*record.content.as_string()).has_value());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const avouch::Result<Json> document = avouch::parse_json(avouch::as_text({data, size}));
  if (!document.has_value()) return 0;
  const avouch::Result<EndorsedRecords> records = cca::read_endorsement_file(*document);
  if (!records.has_value()) {
    CHECK(records.error().blame == avouch::Blame::kRequest);
    return 0;
  }
  check_anchors(*records);
  check_references(*records);
  return 0;
}
