// Names, environments and keys of a CoMID.
#include "codec/hex.h"
#include "format/comid_parts.h"

namespace avouch::corim {
namespace {

// Tags of draft-ietf-rats-corim-09, IANA's of UUIDs, and RFC 9090's of OIDs.
constexpr std::uint64_t kTagUuid = 37, kTagOid = 111, kTagUeid = 550, kTagBytes = 560, kTagImplementationId = 600;
constexpr std::uint64_t kTagKeyFirst = 554, kTagKeyLast = 562;
constexpr std::size_t kImplementationIdBytes = 32;

// The octets of a tagged name, read from behind its tag.
Result<Name> read_tagged_name(std::uint64_t tag, cbor::Reader& in) {
  Name out;
  switch (tag) {
    case kTagUuid:
      out.kind = Name::Kind::kUuid;
      out.octets = TRY(octets_of(in, kUuidBytes));
      return out;
    case kTagUeid:
      out.kind = Name::Kind::kUeid;
      out.octets = TRY(octets_of(in, kUeidBytes));
      return out;
    case kTagImplementationId:
      out.kind = Name::Kind::kImplementationId;
      out.octets = TRY(octets_of(in, kImplementationIdBytes));
      return out;
    case kTagOid:
    case kTagBytes:
      out.kind = tag == kTagOid ? Name::Kind::kOid : Name::Kind::kBytes;
      out.octets = TRY(in.bytes());
      return out;
    default:
      out.kind = kTagKeyFirst <= tag && tag <= kTagKeyLast ? Name::Kind::kKey : Name::Kind::kOther;
      out.octets = TRY(in.skip());
      return out;
  }
}

Result<Class> read_class(cbor::Reader& in) {
  Class out;
  bool is_empty = true;
  const auto on_member = [&](const cbor::Key& key, cbor::Reader& value) -> Status {
    is_empty = false;
    if (key.is(0)) {
      out.id = TRY(read_name(value));
    } else if (key.is(1)) {
      out.vendor = TRY(value.text());
    } else if (key.is(2)) {
      out.model = TRY(value.text());
    } else if (key.is(3)) {
      out.layer = TRY(value.unsigned_integer());
    } else if (key.is(4)) {
      out.index = TRY(value.unsigned_integer());
    } else {
      TRY(value.skip());
    }
    return ok();
  };
  TRY(cbor::read_map(in, on_member));
  ENSURE(!is_empty, in.error("comid.empty", "a class that says nothing"));
  return out;
}

Result<Digest> read_thumbprint(cbor::Reader& in) {
  const std::uint64_t count = TRY(in.array());
  ENSURE(count == 2, in.error("comid.shape", "a thumbprint has two parts"));
  Digest out;
  out.algorithm = TRY(in.integer());
  out.value = TRY(in.bytes());
  return out;
}

// X.690 section 8.19: groups of seven bits, the last of an arc without its high bit; the first two arcs share one.
std::string dotted(Bytes oid) {
  std::string out;
  std::uint64_t arc = 0;
  for (std::size_t i = 0; i < oid.size(); ++i) {
    if (arc > (~std::uint64_t{0} >> 7)) return codec::to_hex(oid);
    arc = arc << 7 | (oid[i] & 0x7fU);
    if ((oid[i] & 0x80U) != 0) continue;
    if (out.empty()) {
      const std::uint64_t first = arc < 80 ? arc / 40 : 2;
      out = std::to_string(first) + "." + std::to_string(arc - 40 * first);
    } else {
      out += "." + std::to_string(arc);
    }
    arc = 0;
  }
  const bool is_whole = !oid.empty() && (oid.back() & 0x80U) == 0;
  return is_whole ? out : codec::to_hex(oid);
}

}  // namespace

std::string to_text(const Name& name) {
  switch (name.kind) {
    case Name::Kind::kText:
      return std::string(name.text);
    case Name::Kind::kUnsigned:
      return std::to_string(name.number);
    case Name::Kind::kOid:
      return dotted(name.octets);
    case Name::Kind::kUuid: {
      std::string out = codec::to_hex(name.octets);
      for (const std::size_t at : {20UL, 16UL, 12UL, 8UL}) out.insert(at, "-");
      return out;
    }
    default:
      return codec::to_hex(name.octets);
  }
}

Result<Name> read_name(cbor::Reader& in) {
  Name out;
  const cbor::Kind kind = TRY(in.peek());
  if (kind == cbor::Kind::kText) {
    out.kind = Name::Kind::kText;
    out.text = TRY(in.text());
  } else if (kind == cbor::Kind::kUnsigned) {
    out.kind = Name::Kind::kUnsigned;
    out.number = TRY(in.unsigned_integer());
  } else if (kind == cbor::Kind::kTag) {
    const std::uint64_t tag = TRY(in.tag());
    return read_tagged_name(tag, in);
  } else {
    out.octets = TRY(in.skip());
  }
  return out;
}

Result<Environment> read_environment(cbor::Reader& in) {
  Environment out;
  const auto on_member = [&out](const cbor::Key& key, cbor::Reader& value) -> Status {
    if (key.is(0)) {
      out.device_class = TRY(read_class(value));
    } else if (key.is(1)) {
      out.instance = TRY(read_name(value));
    } else if (key.is(2)) {
      out.group = TRY(read_name(value));
    } else {
      TRY(value.skip());
    }
    return ok();
  };
  TRY(cbor::read_map(in, on_member));
  ENSURE(out.device_class.has_value() || out.instance.has_value() || out.group.has_value(),
         in.error("comid.empty", "an environment that names nothing"));
  return out;
}

Result<CryptoKey> read_crypto_key(cbor::Reader& in) {
  const std::uint64_t tag = TRY(in.tag());
  ENSURE(kTagKeyFirst <= tag && tag <= kTagKeyLast, in.error("comid.shape", "a key has a tag from 554 to 562"));
  CryptoKey out;
  out.kind = static_cast<CryptoKey::Kind>(tag);
  switch (out.kind) {
    case CryptoKey::Kind::kPublicKeyPem:
    case CryptoKey::Kind::kCertificatePem:
    case CryptoKey::Kind::kCertificatePathPem:
      out.text = TRY(in.text());
      break;
    case CryptoKey::Kind::kKeyThumbprint:
    case CryptoKey::Kind::kCertificateThumbprint:
    case CryptoKey::Kind::kPathThumbprint:
      out.digest = TRY(read_thumbprint(in));
      break;
    case CryptoKey::Kind::kCoseKey:
      out.octets = TRY(in.skip());
      break;
    case CryptoKey::Kind::kBytes:
    case CryptoKey::Kind::kCertificateDer:
      out.octets = TRY(in.bytes());
      break;
  }
  return out;
}

Result<std::vector<CryptoKey>> read_crypto_keys(cbor::Reader& in, Allowance& allowance) {
  std::vector<CryptoKey> out;
  const std::uint64_t count = TRY(filled_array(in));
  for (std::uint64_t i = 0; i < count; ++i) {
    TRY(take(allowance, in));
    out.push_back(TRY(read_crypto_key(in)));
  }
  return out;
}

}  // namespace avouch::corim
