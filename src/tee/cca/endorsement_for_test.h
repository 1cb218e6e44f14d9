// Good entries of a ta-store and a rv-store, for tests to bend.
#pragma once

#include <string>

#include "format/jwk.h"
#include "tee/cca/token_for_test.h"

namespace avouch::tee::cca::for_test {

inline std::string hex(std::size_t size_bytes, const char* octet) {
  std::string out;
  for (std::size_t i = 0; i < size_bytes; ++i) out += octet;
  return out;
}

inline Json anchor_entry() {
  const crypto::PublicKey key = crypto::PrivateKey::generate_ec(crypto::Curve::kP384).public_key();
  return Json::object({{"instance-id", "01" + hex(32, "AB")},
                       {"implementation-id", hex(32, "Cd")},
                       {"pkey", jose::jwk_from_public_key(key)}});
}

inline Json platform_entry() {
  const Json component = Json::object({{"measurement-value", hex(32, "11")}, {"signer-id", hex(48, "22")}});
  return Json::object({{"implementation-id", hex(32, "cd")},
                       {"platform-configuration", "CFcf"},
                       {"sw-components", Json::array({component})}});
}

inline Json realm_entry() {
  const std::string rem = hex(64, "00");
  return Json::object({{"initial-measurement", hex(64, "ab")},
                       {"rak-hash-algorithm", "sha-256"},
                       {"extensible-measurements", Json::array({rem, rem, rem, rem})},
                       {"personalization-value", hex(64, "00")}});
}

}  // namespace avouch::tee::cca::for_test
