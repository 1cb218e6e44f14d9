#include "format/comid.h"

#include "base/limits.h"
#include "format/comid_parts.h"

namespace avouch::corim {
namespace {

Result<Name> read_tag_identity(cbor::Reader& in, Comid& out) {
  std::optional<Name> id;
  const auto on_member = [&](const cbor::Key& key, cbor::Reader& value) -> Status {
    if (key.is(0)) {
      id = TRY(read_tag_id(value));
    } else if (key.is(1)) {
      out.version = TRY(value.unsigned_integer());
    } else {
      TRY(value.skip());
    }
    return ok();
  };
  TRY(cbor::read_map(in, on_member));
  ENSURE(id.has_value(), in.error("comid.missing", "a tag without its id"));
  return *id;
}

// The two parts of a triple that we read, and whether others follow.
Result<std::uint64_t> open_triple(cbor::Reader& in, std::uint64_t most) {
  const std::uint64_t count = TRY(in.array());
  ENSURE(2 <= count && count <= most, in.error("comid.shape", "a triple of another number of parts"));
  return count;
}

Result<std::vector<MeasurementTriple>> read_measurement_triples(cbor::Reader& in, Allowance& allowance) {
  std::vector<MeasurementTriple> out;
  const std::uint64_t count = TRY(filled_array(in));
  for (std::uint64_t i = 0; i < count; ++i) {
    TRY(take(allowance, in));
    MeasurementTriple triple;
    TRY(open_triple(in, 2));
    triple.environment = TRY(read_environment(in));
    const std::uint64_t measurements_count = TRY(filled_array(in));
    for (std::uint64_t j = 0; j < measurements_count; ++j) {
      triple.measurements.push_back(TRY(read_measurement(in, allowance)));
    }
    out.push_back(std::move(triple));
  }
  return out;
}

// Conditions narrow down which keys count, so a triple that has them is not read as one without.
Result<std::vector<KeyTriple>> read_key_triples(cbor::Reader& in, Comid& comid, Allowance& allowance) {
  std::vector<KeyTriple> out;
  const std::uint64_t count = TRY(filled_array(in));
  for (std::uint64_t i = 0; i < count; ++i) {
    TRY(take(allowance, in));
    KeyTriple triple;
    const std::uint64_t parts_count = TRY(open_triple(in, 3));
    triple.environment = TRY(read_environment(in));
    triple.keys = TRY(read_crypto_keys(in, allowance));
    if (parts_count == 2) {
      out.push_back(std::move(triple));
    } else {
      TRY(in.skip());
      ++comid.other_triples_count;
    }
  }
  return out;
}

Result<std::uint64_t> count_others(cbor::Reader& in) {
  cbor::Reader list = in;
  TRY(in.skip());
  const cbor::Kind kind = TRY(list.peek());
  if (kind != cbor::Kind::kArray) return std::uint64_t{1};
  return list.array();
}

Status read_triples(cbor::Reader& in, Comid& out, Allowance& allowance) {
  bool is_empty = true;
  const auto on_member = [&](const cbor::Key& key, cbor::Reader& value) -> Status {
    is_empty = false;
    if (key.is(0)) {
      out.reference = TRY(read_measurement_triples(value, allowance));
    } else if (key.is(1)) {
      out.endorsed = TRY(read_measurement_triples(value, allowance));
    } else if (key.is(2)) {
      out.identity_keys = TRY(read_key_triples(value, out, allowance));
    } else if (key.is(3)) {
      out.attest_keys = TRY(read_key_triples(value, out, allowance));
    } else {
      const std::uint64_t count = TRY(count_others(value));
      out.other_triples_count += count;
    }
    return ok();
  };
  TRY(cbor::read_map(in, on_member));
  ENSURE(!is_empty, in.error("comid.empty", "no triples"));
  return ok();
}

}  // namespace

Status take(Allowance& allowance, const cbor::Reader& in) {
  ENSURE(allowance.items_left > 0,
         in.error("comid.too-many",
                  ("more than " + std::to_string(limits::kCorimItems) + " values, keys and triples").c_str()));
  --allowance.items_left;
  return ok();
}

Result<std::uint64_t> filled_array(cbor::Reader& in) {
  const std::uint64_t count = TRY(in.array());
  ENSURE(count > 0, in.error("comid.empty", "an empty list"));
  return count;
}

Result<Bytes> octets_of(cbor::Reader& in, std::size_t size) {
  const Bytes octets = TRY(in.bytes());
  ENSURE(octets.size() == size, in.error("comid.size", ("has to be " + std::to_string(size) + " octets").c_str()));
  return octets;
}

// A text, or a UUID: without a tag here, with one as earlier drafts had it.
Result<Name> read_tag_id(cbor::Reader& in) {
  const cbor::Kind kind = TRY(in.peek());
  Name out;
  if (kind == cbor::Kind::kBytes) {
    out.kind = Name::Kind::kUuid;
    out.octets = TRY(octets_of(in, kUuidBytes));
    return out;
  }
  out = TRY(read_name(in));
  ENSURE(out.kind == Name::Kind::kText || out.kind == Name::Kind::kUuid,
         in.error("comid.shape", "an id is a text or a UUID"));
  return out;
}

Result<Comid> parse_comid(Bytes tag, Allowance& allowance) {
  cbor::Reader in(tag, "comid");
  Comid out;
  bool has_id = false, has_triples = false;
  const auto on_member = [&](const cbor::Key& key, cbor::Reader& value) -> Status {
    if (key.is(1)) {
      has_id = true;
      out.id = TRY(read_tag_identity(value, out));
    } else if (key.is(4)) {
      has_triples = true;
      TRY(read_triples(value, out, allowance));
    } else {
      TRY(value.skip());  // language, entities, links to other tags
    }
    return ok();
  };
  TRY(cbor::read_map(in, on_member));
  TRY(in.end());
  ENSURE(has_id && has_triples, in.error("comid.missing", "tag-identity or triples"));
  return out;
}

}  // namespace avouch::corim
