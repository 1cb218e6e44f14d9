// A conceptual message wrapper of anybody. What comes out is evidence that came in, and wrapped again it comes out the
// same; nothing is taken that says of itself that it is no evidence.
#include "dialect/veraison/cmw.h"

#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "codec/base64.h"
#include "codec/cbor.h"
#include "codec/json.h"
#include "dialect/veraison/negotiation.h"

namespace {

using namespace avouch;
using dialect::veraison::unwrap;
using dialect::veraison::Wrapped;

void check_same(const Wrapped& wrapped, std::string_view message) {
  const Result<Wrapped> again = unwrap(message);
  CHECK(again.has_value() && again->media_type == wrapped.media_type && again->evidence == wrapped.evidence);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view message = as_text({data, size});
  const Result<Wrapped> wrapped = unwrap(message);
  dialect::veraison::evidence_type(message);
  if (!wrapped.has_value()) {
    CHECK(wrapped.error().blame == Blame::kRequest || wrapped.error().blame == Blame::kEvidence);
    return 0;
  }
  CHECK(!wrapped->evidence.empty() && wrapped->evidence.size() <= size);
  cbor::Writer record;
  record.array(3).text(wrapped->media_type).bytes(wrapped->evidence).integer(4);
  check_same(*wrapped, as_text(record.view()));
  const Json json = Json::array({wrapped->media_type, codec::to_base64url(wrapped->evidence), 4});
  check_same(*wrapped, to_text(json));
  cbor::Writer endorsement;
  endorsement.array(3).text(wrapped->media_type).bytes(wrapped->evidence).integer(2);
  CHECK(!unwrap(as_text(endorsement.view())).has_value());
  return 0;
}
