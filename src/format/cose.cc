#include "format/cose.h"

#include <algorithm>
#include <iterator>
#include <string>

#include "base/check.h"
#include "codec/cbor.h"

namespace avouch::cose {
namespace {

using crypto::Curve;
using crypto::SignatureAlgorithm;

constexpr std::uint64_t kSign1Tag = 18;      // RFC 9052 section 2, table 1
constexpr std::int64_t kLabelAlgorithm = 1;  // RFC 9052 section 3.1, table 3
constexpr std::int64_t kLabelCritical = 2;   // likewise
constexpr std::int64_t kLabelKeyType = 1;    // RFC 9052 section 7.1, table 4
constexpr std::int64_t kLabelCurve = -1;     // this and the next three: RFC 9053 section 7.1.1, table 19
constexpr std::int64_t kLabelX = -2;
constexpr std::int64_t kLabelY = -3;
constexpr std::int64_t kLabelPrivate = -4;
constexpr std::int64_t kKeyTypeEc2 = 2;  // RFC 9053 section 7, table 17

struct AlgorithmId {
  std::int64_t id;
  SignatureAlgorithm algorithm;
};
// RFC 9053 section 2.1, table 1 and section 2.2, table 2; RFC 8230 section 2, table 1.
constexpr AlgorithmId kAlgorithms[] = {
    {-7, SignatureAlgorithm::kEs256},  {-35, SignatureAlgorithm::kEs384}, {-36, SignatureAlgorithm::kEs512},
    {-8, SignatureAlgorithm::kEdDsa},  {-37, SignatureAlgorithm::kPs256}, {-38, SignatureAlgorithm::kPs384},
    {-39, SignatureAlgorithm::kPs512},
};

struct CurveId {
  std::int64_t id;
  Curve curve;
};
// RFC 9053 section 7.1, table 18.
constexpr CurveId kCurves[] = {{1, Curve::kP256}, {2, Curve::kP384}, {3, Curve::kP521}};

Error evidence(const char* code, std::string detail) {
  return Error{Blame::kEvidence, code, std::move(detail)};
}

Result<SignatureAlgorithm> read_algorithm(cbor::Reader& in) {
  const cbor::Kind kind = TRY(in.peek());
  ENSURE(kind != cbor::Kind::kText, in.error("cose.algorithm", "algorithms named by text are unknown"));
  const std::int64_t id = TRY(in.integer());
  for (const AlgorithmId& known : kAlgorithms) {
    if (known.id == id) return known.algorithm;
  }
  return in.error("cose.algorithm", ("unknown algorithm " + std::to_string(id)).c_str());
}

// `crit` lists the headers that a reader must understand. We understand `alg`, and nothing else changes what we do.
Status check_critical(cbor::Reader& in) {
  const std::uint64_t count = TRY(in.array());
  ENSURE(count > 0, in.error("cose.critical", "an empty list"));
  for (std::uint64_t i = 0; i < count; ++i) {
    const cbor::Kind kind = TRY(in.peek());
    const bool text = kind == cbor::Kind::kText;
    const Bytes label = TRY(in.skip());
    ENSURE(!text && label.size() == 1 && label[0] == kLabelAlgorithm,
           in.error("cose.critical", "the label that ends here is unknown"));
  }
  return ok();
}

// The algorithm that the protected header names, if it names one.
Result<std::optional<SignatureAlgorithm>> parse_protected(Bytes header) {
  std::optional<SignatureAlgorithm> algorithm;
  if (header.empty()) return algorithm;  // how RFC 9052 section 3 writes a header without members
  cbor::Reader in(header, "cose protected header");
  const auto on_header = [&algorithm](const cbor::Key& key, cbor::Reader& value) -> Status {
    if (key.is(kLabelAlgorithm)) {
      algorithm = TRY(read_algorithm(value));
    } else if (key.is(kLabelCritical)) {
      TRY(check_critical(value));
    } else {
      TRY(value.skip());
    }
    return ok();
  };
  TRY(cbor::read_map(in, on_header));
  TRY(in.end());
  return algorithm;
}

// What is not signed may say neither how to verify nor what must be understood (RFC 9052 section 3.1).
Status check_unprotected(cbor::Reader& in) {
  return cbor::read_map(in, [](const cbor::Key& key, cbor::Reader& value) -> Status {
    ENSURE(!key.is(kLabelAlgorithm), value.error("cose.algorithm-unprotected", "algorithm in the unprotected header"));
    ENSURE(!key.is(kLabelCritical), value.error("cose.critical", "critical list in the unprotected header"));
    TRY(value.skip());
    return ok();
  });
}

Result<Bytes> read_payload(cbor::Reader& in) {
  const cbor::Kind kind = TRY(in.peek());
  if (kind != cbor::Kind::kSimple) return in.bytes();
  TRY(in.null());
  return in.error("cose.detached", "the payload is not in the message");
}

// RFC 9052 section 4.4: Sig_structure of context "Signature1".
Buffer signature_structure(Bytes protected_header, Bytes external_aad, Bytes payload) {
  cbor::Writer out;
  out.array(4).text("Signature1").bytes(protected_header).bytes(external_aad).bytes(payload);
  return out.take();
}

}  // namespace

Result<Sign1> parse_sign1(Bytes message, const char* what) {
  cbor::Reader in(message, what);
  const cbor::Kind outermost = TRY(in.peek());
  ENSURE(outermost == cbor::Kind::kTag, in.error("cose.untagged", "tag 18 is missing"));
  const std::uint64_t tag = TRY(in.tag());
  ENSURE(tag == kSign1Tag, in.error("cose.untagged", "another tag than 18"));
  const cbor::Kind tagged = TRY(in.peek());
  ENSURE(tagged == cbor::Kind::kArray, in.error("cose.shape", "no array in the tag"));
  const std::uint64_t count = TRY(in.array());
  ENSURE(count == 4, in.error("cose.shape", "a COSE_Sign1 has four parts"));

  Sign1 out{};
  out.protected_header = TRY(in.bytes());
  const std::optional<SignatureAlgorithm> algorithm = TRY(parse_protected(out.protected_header));
  TRY(check_unprotected(in));
  ENSURE(algorithm.has_value(), in.error("cose.algorithm", "no algorithm in the protected header"));
  out.algorithm = *algorithm;
  out.payload = TRY(read_payload(in));
  out.signature = TRY(in.bytes());
  ENSURE(!out.signature.empty(), in.error("cose.empty-signature", "a signature of no octets"));
  TRY(in.end());
  return out;
}

Status verify_sign1(const Sign1& message, const crypto::PublicKey& key, Bytes external_aad) {
  const Buffer signed_bytes = signature_structure(message.protected_header, external_aad, message.payload);
  return crypto::verify(key, message.algorithm, signed_bytes, message.signature);
}

Status verify_sign1(const Sign1& message, const crypto::PublicKey& key, crypto::VerificationMemo& memo) {
  const Buffer signed_bytes = signature_structure(message.protected_header, {}, message.payload);
  return memo.verify(key, message.algorithm, signed_bytes, message.signature);
}

Result<Buffer> make_sign1(const crypto::PrivateKey& key, crypto::SignatureAlgorithm algorithm, Bytes payload) {
  std::optional<std::int64_t> id;
  for (const AlgorithmId& known : kAlgorithms) {
    if (known.algorithm == algorithm) id = known.id;
  }
  ENSURE(id.has_value(), Error{Blame::kInternal, "cose.algorithm", crypto::to_string(algorithm)});
  cbor::Writer header;
  header.map(1).integer(kLabelAlgorithm).integer(*id);
  const Buffer signed_bytes = signature_structure(header.view(), {}, payload);
  const Buffer signature = TRY(crypto::sign(key, algorithm, signed_bytes));
  cbor::Writer out;
  out.tag(kSign1Tag).array(4).bytes(header.view()).map(0).bytes(payload).bytes(signature);
  return out.take();
}

namespace {

// The members of an EC2 key that we read; absent ones are empty.
struct Ec2Members {
  std::optional<std::int64_t> key_type;
  std::optional<std::int64_t> curve;
  Bytes x, y;
};

Result<std::int64_t> read_identifier(cbor::Reader& in, const char* code) {
  const cbor::Kind kind = TRY(in.peek());
  ENSURE(kind == cbor::Kind::kUnsigned || kind == cbor::Kind::kNegative, in.error(code, "no integer"));
  return in.integer();
}

// A y that is true or false would be a compressed point, which attestation tokens do not use.
Result<Bytes> read_coordinate(cbor::Reader& in) {
  const cbor::Kind kind = TRY(in.peek());
  ENSURE(kind == cbor::Kind::kBytes, in.error("cose.key.shape", "a coordinate is not a byte string"));
  return in.bytes();
}

Status read_member(const cbor::Key& key, cbor::Reader& value, Ec2Members& out) {
  ENSURE(!key.is(kLabelPrivate), value.error("cose.key.private", "the key carries its private part"));
  if (key.is(kLabelKeyType)) {
    out.key_type = TRY(read_identifier(value, "cose.key.shape"));
  } else if (key.is(kLabelCurve)) {
    out.curve = TRY(read_identifier(value, "cose.key.curve"));
  } else if (key.is(kLabelX)) {
    out.x = TRY(read_coordinate(value));
  } else if (key.is(kLabelY)) {
    out.y = TRY(read_coordinate(value));
  } else {
    TRY(value.skip());
  }
  return ok();
}

Result<Curve> curve_from_id(std::int64_t id) {
  for (const CurveId& known : kCurves) {
    if (known.id == id) return known.curve;
  }
  return evidence("cose.key.curve", "unknown curve " + std::to_string(id));
}

std::int64_t id_of(Curve curve) {
  const auto* known = std::find_if(std::begin(kCurves), std::end(kCurves),
                                   [curve](const CurveId& candidate) { return candidate.curve == curve; });
  CHECK(known != std::end(kCurves));
  return known->id;
}

}  // namespace

Result<crypto::PublicKey> parse_ec2_key(Bytes key, const char* what) {
  cbor::Reader in(key, what);
  const cbor::Kind outermost = TRY(in.peek());
  ENSURE(outermost == cbor::Kind::kMap, in.error("cose.key.shape", "a COSE_Key is a map"));
  Ec2Members members;
  const auto on_member = [&members](const cbor::Key& label, cbor::Reader& value) {
    return read_member(label, value, members);
  };
  TRY(cbor::read_map(in, on_member));
  TRY(in.end());
  ENSURE(members.key_type == kKeyTypeEc2, in.error("cose.key.shape", "the key type is not EC2"));
  ENSURE(members.curve.has_value(), in.error("cose.key.shape", "no curve"));
  ENSURE(!members.x.empty() && !members.y.empty(), in.error("cose.key.shape", "no coordinates"));
  const Curve curve = TRY(curve_from_id(*members.curve));
  Result<crypto::PublicKey> point = crypto::PublicKey::from_ec_point(curve, members.x, members.y);
  // crypto/ blames its caller; here the octets came from the attester.
  ENSURE(point.has_value(), evidence(point.error().code, std::string(what) + ": " + point.error().detail));
  return point;
}

Buffer encode_ec2_key(const crypto::EcPoint& point) {
  cbor::Writer out;  // members in the order of RFC 8949 section 4.2.1
  out.map(4).integer(kLabelKeyType).integer(kKeyTypeEc2);
  out.integer(kLabelCurve).integer(id_of(point.curve));
  out.integer(kLabelX).bytes(point.x).integer(kLabelY).bytes(point.y);
  return out.take();
}

}  // namespace avouch::cose
