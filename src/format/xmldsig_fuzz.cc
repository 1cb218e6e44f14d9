// Whatever the authority of the seeds has not signed is refused: a manifest that verifies says what the seeds say, and
// octet for octet has no signature left in it.
#include <string_view>

#include "base/check.h"
#include "format/tcg_rim.h"
#include "format/xmldsig_testing.h"

using avouch::Json;
using avouch::Result;

namespace {

constexpr std::string_view kValues =
    R"({"Example_Devices_Ltd.Boot_ROM.measurement_1":[)"
    R"("111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111",)"
    R"("121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212"],)"
    R"("Example_Devices_Ltd.Boot_ROM.measurement_2_a":[)"
    R"("212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121",)"
    R"("232323232323232323232323232323232323232323232323232323232323232323232323232323232323232323232323"]})";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto anchors = avouch::xmldsig::testing::root();
  Result<avouch::xml::Element> document = avouch::xml::parse(avouch::as_text({data, size}));
  if (!document.has_value()) return 0;
  const Result<Json::Object> unverified = avouch::tcg_rim::reference_values(*document);
  CHECK(unverified.has_value() || unverified.error().blame == avouch::Blame::kRequest);
  const Result<avouch::xmldsig::Verified> verified =
      avouch::xmldsig::verify_enveloped(*std::move(document), {anchors, avouch::xmldsig::testing::kNow});
  if (!verified.has_value()) {
    CHECK(verified.error().blame == avouch::Blame::kRequest);
    return 0;
  }
  CHECK(!avouch::xmldsig::has_signature(verified->document));
  CHECK(to_text(Json(*avouch::tcg_rim::reference_values(verified->document))) == kValues);
  return 0;
}
