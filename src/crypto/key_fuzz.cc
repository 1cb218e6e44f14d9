// Keys and certificates of strangers, in every form that we read. What is accepted must survive its own encoding, and
// must be a key that signatures and sealing can be tried with.
#include <cstdlib>

#include "crypto/encryption.h"
#include "crypto/key.h"
#include "crypto/signature.h"
#include "crypto/x509.h"

namespace {

using namespace avouch;
using namespace avouch::crypto;

void require(bool condition) {
  if (!condition) std::abort();
}

void inspect(const PublicKey& key) {
  const Buffer der = key.to_spki_der();
  const Result<PublicKey> again = PublicKey::from_spki_der(der);
  require(again.has_value() && again->to_spki_der() == der);
  require(PublicKey::from_pem(key.to_pem()).has_value());
  if (const auto point = key.ec_point()) {
    require(PublicKey::from_ec_point(point->curve, point->x, point->y)->to_spki_der() == der);
  }
  if (const auto numbers = key.rsa_numbers()) {
    require(PublicKey::from_rsa(numbers->modulus, numbers->exponent)->to_spki_der() == der);
  }
  if (const auto raw = key.ed25519_raw()) require(PublicKey::from_ed25519(*raw)->to_spki_der() == der);
  require(!verify(key, default_algorithm(key), as_bytes("message"), Buffer(key.rsa_bits() / 8 + 64)).has_value());
}

void inspect(const PrivateKey& key) {
  inspect(key.public_key());
  const Secret pem = key.to_pkcs8_pem();
  const Result<PrivateKey> again = PrivateKey::from_pem(as_text(pem.reveal()));
  require(again.has_value() && again->public_key().to_spki_der() == key.public_key().to_spki_der());
}

void inspect(const Certificate& certificate) {
  require(Certificate::from_der(certificate.to_der()).has_value());
  for (const char c : certificate.subject()) require(static_cast<unsigned char>(c) >= 0x20);
  if (const Result<PublicKey> key = certificate.public_key(); key.has_value()) inspect(*key);
  // Nobody is trusted, so nothing may be accepted.
  require(!verify_path(certificate, {&certificate, 1}, {}, from_unix_seconds(1'795'000'000)).has_value());
  // Itself trusted, the answer is open, but there is one.
  static_cast<void>(verify_path(certificate, {}, {&certificate, 1}, from_unix_seconds(1'795'000'000)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input(data, size);
  if (const auto key = PublicKey::from_spki_der(input); key.has_value()) inspect(*key);
  if (const auto key = PublicKey::from_pem(as_text(input)); key.has_value()) inspect(*key);
  if (const auto key = PublicKey::from_ed25519(input); key.has_value()) inspect(*key);
  if (const auto key = PrivateKey::from_pem(as_text(input)); key.has_value()) inspect(*key);
  if (const auto certificate = Certificate::from_der(input); certificate.has_value()) inspect(*certificate);
  if (const auto chain = Certificate::from_pem_chain(as_text(input)); chain.has_value()) {
    for (const Certificate& certificate : *chain) inspect(certificate);
  }
  return 0;
}
