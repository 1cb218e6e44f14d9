// Measurements of a CoMID: a line a member of measurement-values-map.
#include "format/comid_parts.h"

namespace avouch::corim {
namespace {

constexpr std::uint64_t kTagSvn = 552, kTagMinimumSvn = 553, kTagBytes = 560, kTagMasked = 563;

Result<Digest> read_digest(cbor::Reader& in) {
  const std::uint64_t count = TRY(in.array());
  ENSURE(count == 2, in.error("comid.shape", "a digest has two parts"));
  Digest out;
  const cbor::Kind kind = TRY(in.peek());
  if (kind == cbor::Kind::kText) {
    out.algorithm_name = TRY(in.text());
  } else {
    out.algorithm = TRY(in.integer());
  }
  out.value = TRY(in.bytes());
  ENSURE(!out.value.empty(), in.error("comid.size", "a digest of no octets"));
  return out;
}

Result<std::vector<Digest>> read_digests(cbor::Reader& in, Allowance& allowance) {
  std::vector<Digest> out;
  const std::uint64_t count = TRY(filled_array(in));
  for (std::uint64_t i = 0; i < count; ++i) {
    TRY(take(allowance, in));
    out.push_back(TRY(read_digest(in)));
  }
  return out;
}

Result<std::string_view> read_version(cbor::Reader& in) {
  std::optional<std::string_view> out;
  const auto on_member = [&out](const cbor::Key& key, cbor::Reader& value) -> Status {
    if (key.is(0)) {
      out = TRY(value.text());
    } else {
      TRY(value.skip());  // the scheme: how versions compare
    }
    return ok();
  };
  TRY(cbor::read_map(in, on_member));
  ENSURE(out.has_value(), in.error("comid.missing", "a version without its text"));
  return *out;
}

Result<SecurityVersion> read_security_version(cbor::Reader& in) {
  SecurityVersion out;
  const cbor::Kind kind = TRY(in.peek());
  if (kind == cbor::Kind::kTag) {
    const std::uint64_t tag = TRY(in.tag());
    ENSURE(tag == kTagSvn || tag == kTagMinimumSvn, in.error("comid.shape", "a security version has tag 552 or 553"));
    out.is_minimum = tag == kTagMinimumSvn;
  }
  out.number = TRY(in.unsigned_integer());
  return out;
}

Result<RawValue> read_raw_value(cbor::Reader& in) {
  RawValue out;
  const std::uint64_t tag = TRY(in.tag());
  ENSURE(tag == kTagBytes || tag == kTagMasked, in.error("comid.shape", "a raw value has tag 560 or 563"));
  if (tag == kTagBytes) {
    out.value = TRY(in.bytes());
    return out;
  }
  const std::uint64_t count = TRY(in.array());
  ENSURE(count == 2, in.error("comid.shape", "a masked value has two parts"));
  out.is_tagged_masked = true;
  out.value = TRY(in.bytes());
  out.mask = TRY(in.bytes());
  return out;
}

Result<std::vector<Register>> read_registers(cbor::Reader& in, Allowance& allowance) {
  std::vector<Register> out;
  const auto on_register = [&](const cbor::Key& key, cbor::Reader& value) -> Status {
    TRY(take(allowance, value));
    ENSURE(key.is_text || key.number >= 0, value.error("comid.shape", "a register is a number or a text"));
    Register each;
    each.id.kind = key.is_text ? Name::Kind::kText : Name::Kind::kUnsigned;
    each.id.text = key.text;
    each.id.number = key.is_text ? 0 : static_cast<std::uint64_t>(key.number);
    each.digests = TRY(read_digests(value, allowance));
    out.push_back(std::move(each));
    return ok();
  };
  TRY(cbor::read_map(in, on_register));
  ENSURE(!out.empty(), in.error("comid.empty", "no registers"));
  return out;
}

// draft-ietf-rats-corim-09 section 5.1: measurement-values-map
Status read_value(const cbor::Key& key, cbor::Reader& value, Measurement& out, Allowance& allowance) {
  switch (key.is_text ? -1 : key.number) {
    case 0:
      out.version = TRY(read_version(value));
      return ok();
    case 1:
      out.security_version = TRY(read_security_version(value));
      return ok();
    case 2:
      out.digests = TRY(read_digests(value, allowance));
      return ok();
    case 4:
      out.raw_value = TRY(read_raw_value(value));
      return ok();
    case 8:
      out.serial_number = TRY(value.text());
      return ok();
    case 9:
      out.ueid = TRY(octets_of(value, kUeidBytes));
      return ok();
    case 10:
      out.uuid = TRY(octets_of(value, kUuidBytes));
      return ok();
    case 11:
      out.name = TRY(value.text());
      return ok();
    case 13:
      out.crypto_keys = TRY(read_crypto_keys(value, allowance));
      return ok();
    case 14:
      out.registers = TRY(read_registers(value, allowance));
      return ok();
    default:
      out.has_others = true;
      TRY(value.skip());
      return ok();
  }
}

Status read_values(cbor::Reader& in, Measurement& out, Allowance& allowance) {
  bool is_empty = true;
  std::optional<Bytes> mask;
  const auto on_member = [&](const cbor::Key& key, cbor::Reader& value) -> Status {
    is_empty = false;
    if (!key.is(5)) return read_value(key, value, out, allowance);
    mask = TRY(value.bytes());
    return ok();
  };
  TRY(cbor::read_map(in, on_member));
  ENSURE(!is_empty, in.error("comid.empty", "a measurement of nothing"));
  if (!mask.has_value()) return ok();
  ENSURE(out.raw_value.has_value() && !out.raw_value->mask.has_value(),
         in.error("comid.shape", "a mask belongs to one raw value"));
  out.raw_value->mask = mask;
  return ok();
}

}  // namespace

Result<Measurement> read_measurement(cbor::Reader& in, Allowance& allowance) {
  TRY(take(allowance, in));
  Measurement out;
  bool has_values = false;
  const auto on_member = [&](const cbor::Key& key, cbor::Reader& value) -> Status {
    if (key.is(0)) {
      out.key = TRY(read_name(value));
    } else if (key.is(1)) {
      has_values = true;
      TRY(read_values(value, out, allowance));
    } else if (key.is(2)) {
      out.authorized_by = TRY(read_crypto_keys(value, allowance));
    } else {
      TRY(value.skip());
    }
    return ok();
  };
  TRY(cbor::read_map(in, on_member));
  ENSURE(has_values, in.error("comid.missing", "a measurement without values"));
  return out;
}

}  // namespace avouch::corim
