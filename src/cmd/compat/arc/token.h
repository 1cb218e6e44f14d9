// Signed EARs on their way in. Failures are said in the words of the library behind Veraison's `arc` (jwx v3), which
// people search for; what is accepted is decided by format/jws.h.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "codec/json.h"
#include "crypto/key.h"
#include "crypto/signature.h"

namespace avouch::arc {

// The algorithms that the command line names; `algorithm` is absent for those that no EAR may be signed with (none,
// HS256, ES256K ...).
struct Algorithm {
  std::string name;
  std::optional<crypto::SignatureAlgorithm> algorithm;
};
//   fails   kRequest: arc.refused ("invalid key value: \"XYZ\": invalid key algorithm")
Result<Algorithm> algorithm_from_name(const std::string& name);

// A compact token, decoded and not believed.
struct UnverifiedToken {
  Json header;
  std::string payload;  // decoded octets
};
//   fails   kRequest: arc.refused ("jws.Parse: ...")
Result<UnverifiedToken> decode_token(std::string_view compact);

// The claims of a token whose signature and times hold. A token without `exp`, which is how Veraison issues them, has
// no end.
//   fails   kRequest: arc.refused ("failed verifying JWT message: jwt.Parse: failed to parse token: ...")
Result<Json> verify_token(std::string_view compact, const crypto::PublicKey& key, const Algorithm& algorithm,
                          Instant now);

// The public key of a JWK file; of a key pair, its public half.
//   fails   kRequest: arc.refused ("jwk.Parse: ...")
Result<Json> parse_key_file(std::string_view text);
Result<crypto::PublicKey> verification_key(const Json& jwk);

}  // namespace avouch::arc
