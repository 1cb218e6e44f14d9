#include "format/corim.h"

#include <string>

#include "base/limits.h"
#include "format/comid_parts.h"

namespace avouch::corim {
namespace {

constexpr const char* kWhat = "corim";
constexpr std::uint64_t kTagTime = 1, kTagSign1 = 18, kTagUri = 32, kTagOid = 111;
constexpr std::uint64_t kTagManifest = 501, kTagComid = 506;

// Headers of COSE: RFC 9052 section 3.1, RFC 9360 section 2, RFC 9597 section 2, draft-ietf-rats-corim-09 section
// 4.2.1.
constexpr std::int64_t kContentType = 3, kMeta = 8, kClaims = 15, kCertificateChain = 33, kPayloadHash = 258;

// Seconds since 1970, behind tag 1.
Result<Instant> read_time(cbor::Reader& in) {
  const cbor::Kind kind = TRY(in.peek());
  if (kind == cbor::Kind::kTag) {
    const std::uint64_t tag = TRY(in.tag());
    ENSURE(tag == kTagTime, in.error("corim.time", "a time has tag 1"));
  }
  const cbor::Kind number = TRY(in.peek());
  ENSURE(number == cbor::Kind::kUnsigned || number == cbor::Kind::kNegative,
         in.error("corim.time", "has to be a whole number of seconds"));
  const std::int64_t seconds = TRY(in.integer());
  return from_unix_seconds(seconds);
}

Result<Validity> read_validity(cbor::Reader& in) {
  Validity out;
  const auto on_member = [&out](const cbor::Key& key, cbor::Reader& value) -> Status {
    if (key.is(0)) {
      out.not_before = TRY(read_time(value));
    } else if (key.is(1)) {
      out.not_after = TRY(read_time(value));
    } else {
      TRY(value.skip());
    }
    return ok();
  };
  TRY(cbor::read_map(in, on_member));
  ENSURE(out.not_after.has_value(), in.error("corim.missing", "a validity without its end"));
  return out;
}

Result<Name> read_profile(cbor::Reader& in) {
  Name out;
  out.kind = Name::Kind::kText;
  const cbor::Kind kind = TRY(in.peek());
  if (kind == cbor::Kind::kTag) {
    const std::uint64_t tag = TRY(in.tag());
    ENSURE(tag == kTagUri || tag == kTagOid, in.error("corim.shape", "a profile is a URI or an OID"));
    if (tag == kTagOid) {
      out.kind = Name::Kind::kOid;
      out.octets = TRY(in.bytes());
      return out;
    }
  }
  out.text = TRY(in.text());  // with tag 32, or without it as earlier drafts had it
  return out;
}

// The text at key 0 of a map: the name of an entity or a signer.
Result<std::string_view> read_name_member(cbor::Reader& in) {
  std::optional<std::string_view> name;
  const auto on_member = [&name](const cbor::Key& key, cbor::Reader& value) -> Status {
    if (key.is(0)) {
      name = TRY(value.text());
    } else {
      TRY(value.skip());
    }
    return ok();
  };
  TRY(cbor::read_map(in, on_member));
  ENSURE(name.has_value(), in.error("corim.missing", "an entity or signer without a name"));
  return *name;
}

Status read_entities(cbor::Reader& in, Manifest& out, Allowance& allowance) {
  const std::uint64_t count = TRY(filled_array(in));
  for (std::uint64_t i = 0; i < count; ++i) {
    TRY(take(allowance, in));
    out.entities.push_back(TRY(read_name_member(in)));
  }
  return ok();
}

// A CoMID has tag 506. One without any tag is taken for a CoMID if it is one: that is how some tools write them.
Status read_tag(cbor::Reader& in, Manifest& out, Allowance& allowance) {
  const cbor::Kind kind = TRY(in.peek());
  if (kind == cbor::Kind::kBytes) {
    const Bytes content = TRY(in.bytes());
    Result<Comid> comid = parse_comid(content, allowance);
    if (comid.has_value()) {
      out.modules.push_back(*std::move(comid));
    } else {
      ++out.other_tags_count;
    }
    return ok();
  }
  const std::uint64_t tag = TRY(in.tag());
  if (tag != kTagComid) {
    ++out.other_tags_count;
    TRY(in.skip());
    return ok();
  }
  const Bytes content = TRY(in.bytes());
  out.modules.push_back(TRY(parse_comid(content, allowance)));
  return ok();
}

Status read_tags(cbor::Reader& in, Manifest& out, Allowance& allowance) {
  const std::uint64_t count = TRY(filled_array(in));
  ENSURE(count <= limits::kCorimTags, in.error("corim.too-many", "tags"));
  for (std::uint64_t i = 0; i < count; ++i) TRY(read_tag(in, out, allowance));
  return ok();
}

// tagged-unsigned-corim-map, with nothing after it.
Result<Manifest> parse_manifest(Bytes octets) {
  cbor::Reader in(octets, kWhat);
  const cbor::Kind outermost = TRY(in.peek());
  ENSURE(outermost == cbor::Kind::kTag, in.error("corim.untagged", "tag 501 is missing"));
  const std::uint64_t tag = TRY(in.tag());
  ENSURE(tag == kTagManifest, in.error("corim.untagged", "another tag than 501"));
  Manifest out;
  Allowance allowance{limits::kCorimItems};
  bool has_id = false, has_tags = false;
  const auto on_member = [&](const cbor::Key& key, cbor::Reader& value) -> Status {
    if (key.is(0)) {
      has_id = true;
      out.id = TRY(read_tag_id(value));
    } else if (key.is(1)) {
      has_tags = true;
      TRY(read_tags(value, out, allowance));
    } else if (key.is(3)) {
      out.profile = TRY(read_profile(value));
    } else if (key.is(4)) {
      out.validity = TRY(read_validity(value));
    } else if (key.is(5)) {
      TRY(read_entities(value, out, allowance));
    } else {
      TRY(value.skip());  // dependent manifests, extensions
    }
    return ok();
  };
  TRY(cbor::read_map(in, on_member));
  TRY(in.end());
  ENSURE(has_id && has_tags, in.error("corim.missing", "id or tags"));
  return out;
}

Status read_meta(Bytes octets, Signature& out) {
  cbor::Reader in(octets, "corim-meta");
  const auto on_member = [&out](const cbor::Key& key, cbor::Reader& value) -> Status {
    if (key.is(0)) {
      out.signer = TRY(read_name_member(value));
    } else if (key.is(1)) {
      out.validity = TRY(read_validity(value));
    } else {
      TRY(value.skip());
    }
    return ok();
  };
  TRY(cbor::read_map(in, on_member));
  return in.end();
}

// RFC 8392 section 3.1: iss, exp and nbf. corim-meta counts more where it says the same.
Status read_claims(cbor::Reader& in, Signature& out) {
  const auto on_member = [&out](const cbor::Key& key, cbor::Reader& value) -> Status {
    if (key.is(1)) {
      out.signer = TRY(value.text());
    } else if (key.is(4)) {
      out.validity.not_after = TRY(read_time(value));
    } else if (key.is(5)) {
      out.validity.not_before = TRY(read_time(value));
    } else {
      TRY(value.skip());
    }
    return ok();
  };
  return cbor::read_map(in, on_member);
}

Status read_certificates(cbor::Reader& in, Signature& out) {
  const cbor::Kind kind = TRY(in.peek());
  const std::uint64_t count = TRY(kind == cbor::Kind::kArray ? filled_array(in) : Result<std::uint64_t>(1));
  ENSURE(count <= 1 + limits::kIntermediateCertificates, in.error("corim.too-many", "certificates"));
  for (std::uint64_t i = 0; i < count; ++i) out.certificates.push_back(TRY(in.bytes()));
  return ok();
}

Status read_headers(Signature& out) {
  std::optional<Bytes> meta;
  std::optional<cbor::Reader> claims;
  bool has_content_type = false;
  cbor::Reader in(out.message.protected_header, "corim protected header");
  const auto on_header = [&](const cbor::Key& key, cbor::Reader& value) -> Status {
    ENSURE(!key.is(kPayloadHash), value.error("corim.detached", "the manifest is not in the message"));
    if (key.is(kContentType)) {
      const std::string_view type = TRY(value.text());
      has_content_type = type == "application/rim+cbor" || type == "application/corim-unsigned+cbor";
    } else if (key.is(kMeta)) {
      meta = TRY(value.bytes());
    } else if (key.is(kClaims)) {
      claims = value;
      TRY(value.skip());
    } else if (key.is(kCertificateChain)) {
      TRY(read_certificates(value, out));
    } else {
      TRY(value.skip());
    }
    return ok();
  };
  TRY(cbor::read_map(in, on_header));
  ENSURE(has_content_type, in.error("corim.content-type", "has to be application/rim+cbor"));
  if (claims.has_value()) TRY(read_claims(*claims, out));
  if (meta.has_value()) TRY(read_meta(*meta, out));
  ENSURE(!out.signer.empty(), in.error("corim.missing", "corim-meta or CWT claims with the signer's name"));
  return ok();
}

// Tags 500 and 502, of three octets each, say no more than that a CoRIM follows.
Bytes without_outer_tags(Bytes document) {
  const auto begins_so = [&document] {
    return document.size() >= 3 && document[0] == 0xd9 && document[1] == 0x01 &&
           (document[2] == 0xf4 || document[2] == 0xf6);
  };
  while (begins_so()) document = document.subspan(3);
  return document;
}

}  // namespace

Result<Corim> parse_corim(Bytes document) {
  ENSURE(document.size() <= limits::kCorimBytes,
         Error{Blame::kEvidence, "corim.size", "more than " + std::to_string(limits::kCorimBytes) + " octets"});
  document = without_outer_tags(document);
  cbor::Reader in(document, kWhat);
  const cbor::Kind outermost = TRY(in.peek());
  ENSURE(outermost == cbor::Kind::kTag, in.error("corim.untagged", "neither tag 501 nor 18"));
  const std::uint64_t tag = TRY(in.tag());
  Corim out;
  if (tag != kTagSign1) {
    out.manifest = TRY(parse_manifest(document));
    return out;
  }
  Signature signature{};
  signature.message = TRY(cose::parse_sign1(document, kWhat));
  TRY(read_headers(signature));
  out.signature = std::move(signature);
  out.manifest = TRY(parse_manifest(out.signature->message.payload));
  return out;
}

}  // namespace avouch::corim
