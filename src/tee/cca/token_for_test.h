// Mints CCA tokens for tests, right or wrong in any one place: every claim can be replaced, dropped or doubled before
// it is signed. Independent of the emulator, so that a mistake would have to be made twice.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "codec/cbor.h"
#include "codec/hex.h"
#include "crypto/digest.h"
#include "crypto/key.h"
#include "format/cose.h"
#include "tee/cca/evidence.h"
#include "tee/collateral.h"

namespace avouch::tee::cca::for_test {

// A claims-set as label -> encoded value.
using ClaimsSet = std::map<std::int64_t, Buffer>;

inline Buffer bstr(std::size_t size_bytes, std::uint8_t fill) {
  cbor::Writer out;
  out.bytes(Buffer(size_bytes, fill));
  return out.take();
}
inline Buffer bstr(Bytes octets) {
  cbor::Writer out;
  out.bytes(octets);
  return out.take();
}
inline Buffer tstr(std::string_view text) {
  cbor::Writer out;
  out.text(text);
  return out.take();
}
inline Buffer uint(std::uint64_t number) {
  cbor::Writer out;
  out.unsigned_integer(number);
  return out.take();
}
inline Buffer list(const std::vector<Buffer>& items) {
  cbor::Writer out;
  out.array(items.size());
  for (const Buffer& item : items) out.raw(item);
  return out.take();
}
inline Buffer encode(const ClaimsSet& claims) {
  cbor::Writer out;
  out.map(claims.size());
  for (const auto& [label, value] : claims) {
    out.integer(label);
    out.raw(value);
  }
  return out.take();
}
// The same with one pair more at the end: the way to say a thing twice.
inline Buffer encode_with_extra(const ClaimsSet& claims, std::int64_t label, const Buffer& value) {
  cbor::Writer out;
  out.map(claims.size() + 1);
  for (const auto& [number, content] : claims) {
    out.integer(number);
    out.raw(content);
  }
  out.integer(label);
  out.raw(value);
  return out.take();
}

inline ClaimsSet component() {
  return {{1, tstr("RMM")}, {2, bstr(32, 0x21)}, {4, tstr("0.6.0")}, {5, bstr(32, 0x51)}, {6, tstr("sha-256")}};
}

// A minter of good tokens; a test bends one member and calls token().
struct Minter {
  crypto::PrivateKey cpak = crypto::PrivateKey::generate_ec(crypto::Curve::kP384);
  crypto::PrivateKey rak = crypto::PrivateKey::generate_ec(crypto::Curve::kP384);
  crypto::SignatureAlgorithm platform_algorithm = crypto::SignatureAlgorithm::kEs384;
  crypto::SignatureAlgorithm realm_algorithm = crypto::SignatureAlgorithm::kEs384;
  ClaimsSet platform, realm;
  bool bind = true;  // writes claim 10 of the platform from claim 44237 of the realm, by SHA-256

  Minter() {
    platform = {{265, tstr("tag:arm.com,2023:cca_platform#1.0.0")},
                {2396, bstr(32, 0x10)},
                {256, bstr(instance_id())},
                {2401, bstr(4, 0xcf)},
                {2395, uint(0x3003)},
                {2402, tstr("sha-256")},
                {2399, list({encode(component())})}};
    realm = {{265, tstr("tag:arm.com,2023:realm#1.0.0")},
             {10, bstr(64, 0xab)},
             {44235, bstr(64, 0x00)},
             {44236, tstr("sha-256")},
             {44237, bstr(cose::encode_ec2_key(*rak.public_key().ec_point()))},
             {44238, bstr(32, 0x44)},
             {44239, list({bstr(32, 0), bstr(32, 1), bstr(32, 2), bstr(32, 3)})},
             {44240, tstr("sha-256")}};
  }

  static Buffer instance_id() {
    Buffer ueid(33, 0x20);
    ueid[0] = 0x01;
    return ueid;
  }

  TrustAnchor anchor() const {
    return {codec::to_hex(Buffer(32, 0x10)) + "/" + codec::to_hex(instance_id()), cpak.public_key()};
  }

  Buffer platform_claims() {
    if (bind) {
      cbor::Reader key(realm.at(44237), "test");
      const Bytes octets = key.bytes().value();
      platform[10] = bstr(crypto::digest(crypto::Hash::kSha256, octets).bytes());
    }
    return encode(platform);
  }

  static Buffer collection(Bytes platform_token, Bytes realm_token, std::uint64_t tag = 399) {
    cbor::Writer out;
    out.tag(tag).map(2);
    out.integer(44234).bytes(platform_token);
    out.integer(44241).bytes(realm_token);
    return out.take();
  }

  Buffer sign(Bytes platform_set, Bytes realm_set) const {
    return collection(cose::make_sign1(cpak, platform_algorithm, platform_set).value(),
                      cose::make_sign1(rak, realm_algorithm, realm_set).value());
  }
  Buffer token() { return sign(platform_claims(), encode(realm)); }
};

// The code of a refusal, or "" of a success.
template <class T>
std::string code_of(const Result<T>& result) {
  return result.has_value() ? "" : result.error().code;
}

}  // namespace avouch::tee::cca::for_test
