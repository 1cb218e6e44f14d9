// What parse_sign1 accepts lies inside the message and is written back from its parts; a COSE_Key reads back as itself.
#include "format/cose.h"

#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "codec/cbor.h"

namespace {

using avouch::Bytes;

bool lies_inside(Bytes part, Bytes whole) {
  return whole.data() <= part.data() && part.data() + part.size() <= whole.data() + whole.size();
}

// The parts, in their order, account for the message up to the unprotected header, which Sign1 does not show.
void check_sign1(Bytes message) {
  const auto parts = avouch::cose::parse_sign1(message, "fuzz");
  if (!parts.has_value()) {
    CHECK(parts.error().blame == avouch::Blame::kEvidence);
    return;
  }
  CHECK(lies_inside(parts->protected_header, message) && lies_inside(parts->payload, message) &&
        lies_inside(parts->signature, message));
  CHECK(!parts->protected_header.empty() && !parts->signature.empty());
  CHECK(!avouch::cose::parse_sign1(message.first(message.size() - 1), "fuzz").has_value());
  avouch::Buffer longer = avouch::to_buffer(message);
  longer.push_back(0);
  CHECK(!avouch::cose::parse_sign1(longer, "fuzz").has_value());

  avouch::cbor::Writer again;
  again.tag(18).array(4).bytes(parts->protected_header);
  const std::size_t unprotected = again.view().size();
  avouch::cbor::Reader in(message.subspan(unprotected), "fuzz");
  again.raw(in.skip().value()).bytes(parts->payload).bytes(parts->signature);
  CHECK(avouch::as_text(again.view()) == avouch::as_text(message));
}

void check_key(Bytes octets) {
  const auto key = avouch::cose::parse_ec2_key(octets, "fuzz");
  if (!key.has_value()) {
    CHECK(key.error().blame == avouch::Blame::kEvidence);
    return;
  }
  const avouch::crypto::EcPoint point = key->ec_point().value();
  const auto again = avouch::cose::parse_ec2_key(avouch::cose::encode_ec2_key(point), "fuzz");
  CHECK(again.has_value() && again->ec_point()->x == point.x && again->ec_point()->y == point.y);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  check_sign1({data, size});
  check_key({data, size});
  return 0;
}
