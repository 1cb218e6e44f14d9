// CoMID: what a manufacturer says of modules (draft-ietf-rats-corim-09 section 5): by environment, the values that are
// to be measured there and the keys that sign there. Read strictly and within limits; nothing in it may be believed
// before the manifest that holds it is (format/corim.h). Everything borrows from the octets parsed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace avouch::corim {

// What names a class, an instance, a group, a measured element or a register. Each of these has its own choice.
struct Name {
  enum class Kind : unsigned char {
    kText,
    kUnsigned,
    kUuid,              // 16 octets
    kOid,               // BER, without its tag and length
    kUeid,              // 33 octets
    kImplementationId,  // 32 octets: tag 600 of earlier drafts, that PSA and Arm CCA tools still write
    kBytes,
    kKey,    // of an instance: one of CryptoKey's choices; octets are the whole item
    kOther,  // what we do not know; octets are the whole item
  };
  Kind kind = Kind::kOther;
  std::string_view text{};
  std::uint64_t number = 0;
  Bytes octets{};
};
std::string to_text(const Name& name);  // a UUID with its dashes, an OID with its dots, other octets in hex

struct Class {
  std::optional<Name> id{};
  std::optional<std::string_view> vendor{}, model{};
  std::optional<std::uint64_t> layer{}, index{};
};

// Never without any member.
struct Environment {
  std::optional<Class> device_class{};
  std::optional<Name> instance{}, group{};
};

struct Digest {
  std::int64_t algorithm = 0;         // of IANA's Named Information registry: 1 is sha-256, 7 sha-384, 8 sha-512
  std::string_view algorithm_name{};  // where it is named by text instead
  Bytes value{};
};

struct SecurityVersion {
  std::uint64_t number = 0;
  bool is_minimum = false;  // any that is not lower fits
};

struct RawValue {
  Bytes value{};
  std::optional<Bytes> mask{};  // the bits of the value that count
  bool is_tagged_masked = false;
};

struct Register {
  Name id{};
  std::vector<Digest> digests{};
};

struct CryptoKey {
  enum class Kind : std::uint16_t {  // the tag that says so
    kPublicKeyPem = 554,
    kCertificatePem = 555,
    kCertificatePathPem = 556,
    kKeyThumbprint = 557,
    kCoseKey = 558,
    kCertificateThumbprint = 559,
    kBytes = 560,
    kPathThumbprint = 561,
    kCertificateDer = 562,
  };
  Kind kind = Kind::kBytes;
  std::string_view text{};  // PEM
  Bytes octets{};           // DER, plain octets, or a COSE_Key as it came
  Digest digest{};          // a thumbprint
};

// What one element is to measure: at least one member has been given.
struct Measurement {
  std::optional<Name> key{};  // which element; without it there is only one
  std::optional<std::string_view> version{};
  std::optional<SecurityVersion> security_version{};
  std::vector<Digest> digests{};
  std::optional<RawValue> raw_value{};
  std::optional<std::string_view> serial_number{}, name{};
  std::optional<Bytes> ueid{}, uuid{};
  std::vector<CryptoKey> crypto_keys{};
  std::vector<Register> registers{};
  std::vector<CryptoKey> authorized_by{};
  bool has_others = false;  // flags, addresses, or what extensions define
};

struct MeasurementTriple {
  Environment environment{};
  std::vector<Measurement> measurements{};
};

struct KeyTriple {
  Environment environment{};
  std::vector<CryptoKey> keys{};
};

struct Comid {
  Name id{};                                   // a text or a UUID
  std::uint64_t version = 0;                   // of the tag: a higher one takes a lower one's place
  std::vector<MeasurementTriple> reference{};  // values that evidence is compared with
  std::vector<MeasurementTriple> endorsed{};   // values that are true of what matches the environment
  std::vector<KeyTriple> identity_keys{}, attest_keys{};
  std::size_t other_triples_count = 0;  // dependencies, memberships, conditional endorsements and the like: not read
};

// How much one manifest may make us hold, whatever its octets claim: shared by all its tags.
struct Allowance {
  std::size_t items_left;
};

// One concise-mid-tag with nothing after it.
//   fails   kEvidence: cbor.*, comid.shape, comid.missing (a mandatory member), comid.empty (a list or map that has to
//           hold something), comid.size (of a UUID, UEID, implementation id or digest), comid.too-many
//   source  draft-ietf-rats-corim-09 section 5.1
Result<Comid> parse_comid(Bytes tag, Allowance& allowance);

}  // namespace avouch::corim
