#include <openssl/ec_key.h>
#include <openssl/ecdh.h>
#include <openssl/evp.h>
#include <openssl/hkdf.h>
#include <openssl/kdf.h>

#include "base/check.h"
#include "crypto/encryption.h"
#include "crypto/native.h"

namespace avouch::crypto {
namespace {

void append_big_endian(Buffer& out, std::size_t value) {
  CHECK(value <= 0xffffffff);
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<std::uint8_t>(value >> shift));
}

}  // namespace

Result<Secret> ecdh(const PrivateKey& own, const PublicKey& peer) {
  const native::QuietErrors quiet;
  const std::optional<Curve> curve = native::curve_of(own.native());
  ENSURE(curve.has_value() && native::curve_of(peer.native()) == curve,
         Error{Blame::kRequest, "key.agreement", "both keys must be on the same curve"});
  Buffer octets(coordinate_bytes(*curve));
  const int written =
      ECDH_compute_key(octets.data(), octets.size(), EC_KEY_get0_public_key(EVP_PKEY_get0_EC_KEY(peer.native())),
                       EVP_PKEY_get0_EC_KEY(own.native()), nullptr);
  Secret shared(std::move(octets));
  ENSURE(written == static_cast<int>(shared.size_bytes()), Error{Blame::kRequest, "key.agreement", "no shared point"});
  return shared;
}

Secret concat_kdf_sha256(const Secret& shared, std::string_view algorithm, std::size_t size_bytes) {
  Buffer info;  // OtherInfo of SP 800-56A section 5.8.1.2, as RFC 7518 section 4.6.2 fills it
  append_big_endian(info, algorithm.size());
  info.insert(info.end(), algorithm.begin(), algorithm.end());
  append_big_endian(info, 0);               // PartyUInfo
  append_big_endian(info, 0);               // PartyVInfo
  append_big_endian(info, 8 * size_bytes);  // SuppPubInfo: the key's length in bits
  Buffer key(size_bytes);
  CHECK(SSKDF_digest(key.data(), key.size(), EVP_sha256(), shared.reveal().data(), shared.size_bytes(), info.data(),
                     info.size()) == 1);
  return Secret(std::move(key));
}

Secret hkdf_sha256(const Secret& input, Bytes salt, std::string_view info, std::size_t size_bytes) {
  Buffer key(size_bytes);
  CHECK(HKDF(key.data(), key.size(), EVP_sha256(), input.reveal().data(), input.size_bytes(), salt.data(), salt.size(),
             as_bytes(info).data(), info.size()) == 1);
  return Secret(std::move(key));
}

}  // namespace avouch::crypto
