// The claims of a token, signed by a key that counts: what is believed is what was signed, and a secret can be sealed
// to the key found in it. The same token by a key that does not count is refused whatever it says, as is the input
// itself.
#include "broker/verified_ear.h"

#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "format/jwk.h"
#include "format/jws.h"

namespace {

using namespace avouch;

const Instant kNow = from_unix_seconds(1'800'000'000);

const crypto::PrivateKey& signer(bool trusted) {
  static const crypto::PrivateKey ours = crypto::PrivateKey::generate_ec(crypto::Curve::kP256);
  static const crypto::PrivateKey stranger = crypto::PrivateKey::generate_ec(crypto::Curve::kP256);
  return trusted ? ours : stranger;
}

const broker::EarVerifier& verifier() {
  static const broker::EarVerifier only = [] {
    broker::EarTrust trust;
    trust.keys = {{signer(true).public_key(), ""}};
    return broker::EarVerifier(trust);
  }();
  return only;
}

std::string sign(const Json& claims, const crypto::PrivateKey& key) {
  Json header = Json::object({{"alg", "ES256"}, {"jwk", jose::jwk_from_public_key(key.public_key())}});
  return jose::sign_jws(header, claims, key, crypto::default_algorithm(key.public_key())).value();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text({data, size});
  const Result<broker::VerifiedEar> raw = verifier().verify(text, kNow);
  CHECK(!raw.has_value() && raw.error().blame == Blame::kEvidence);
  const Result<Json> claims = parse_json(text);
  if (!claims.has_value() || claims->as_object() == nullptr) return 0;

  CHECK(!verifier().verify(sign(*claims, signer(false)), kNow).has_value());
  const Result<broker::VerifiedEar> ear = verifier().verify(sign(*claims, signer(true)), kNow);
  if (!ear.has_value()) {
    CHECK(ear.error().blame == Blame::kEvidence);
    return 0;
  }
  CHECK(ear->claims() == *claims);
  CHECK(claims->find("exp")->as_number().value() >= 1'800'000'000);
  CHECK(to_text(*claims).find("tee-pubkey") != std::string::npos);
  CHECK(jose::seal_jwe(ear->recipient(), as_bytes("secret")).has_value());
  return 0;
}
