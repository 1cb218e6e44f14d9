// arc create: signs a claims-set.
#include "base/file.h"
#include "cmd/compat/arc/claims.h"
#include "cmd/compat/arc/commands.h"
#include "cmd/compat/arc/go_text.h"
#include "cmd/compat/arc/token.h"
#include "format/jwk.h"
#include "format/jws.h"

namespace avouch::arc {
namespace {

Result<Json> parse_claims(const std::string& text) {
  ENSURE(!text.empty(), refused("unexpected end of JSON input"));
  Result<Json> parsed = parse_json(text);
  ENSURE(parsed.has_value(), refused(parsed.error().detail));
  ENSURE(parsed->as_object() != nullptr,
         refused("json: cannot unmarshal " + std::string(parsed->as_array() != nullptr ? "array" : go_type(*parsed)) +
                 " into Go value of type map[string]interface {}"));
  Json claims = TRY(read_claims(*parsed));
  TRY(validate_claims(claims));
  return claims;
}

Result<std::string> sign(const Json& claims, const Json& jwk, const Algorithm& algorithm) {
  const std::string prefix = "jwt.signFast: failed to sign payload with " + algorithm.name + ": ";
  ENSURE(algorithm.algorithm.has_value(),
         refused(prefix + "jwsbb.Sign: unsupported signature algorithm " + quoted(algorithm.name)));
  const Result<crypto::PrivateKey> key = jose::private_key_from_jwk(jwk);
  ENSURE(key.has_value(), refused(prefix + key.error().code + ": " + key.error().detail));
  Json header = Json::object({{"alg", algorithm.name}});
  if (const std::string* kid = jwk.find_string("kid")) header.set("kid", *kid);
  header.set("typ", "JWT");
  Result<std::string> token = jose::sign_jws(header, claims, *key, *algorithm.algorithm);
  ENSURE(token.has_value(), refused(prefix + token.error().code + ": " + token.error().detail));
  return token;
}

// Puts what went wrong after what was being done, as Go's fmt.Errorf("...: %w") does.
template <class T>
Result<T> within(const std::string& doing, Result<T> result) {
  ENSURE(result.has_value(), refused(doing + ": " + result.error().detail));
  return result;
}

}  // namespace

Status create(const CommandLine& line, const Terminal& terminal) {
  ENSURE(line.arguments.size() == 1, refused("validating arguments: no output file supplied"));
  const std::string& output = line.arguments[0];
  const std::string& claims_file = line.value("claims");
  const std::string& key_file = line.value("skey");
  const std::string claims_text = TRY(within("loading EAR claims-set from " + quoted(claims_file), load(claims_file)));
  const Json claims = TRY(within("decoding EAR claims-set from " + quoted(claims_file), parse_claims(claims_text)));
  const std::string key_text = TRY(within("loading signing key from " + quoted(key_file), load(key_file)));
  const Json jwk = TRY(within("parsing signing key from " + quoted(key_file), parse_key_file(key_text)));
  const std::string& name = line.value("alg");
  const Algorithm algorithm = TRY(within("parsing algorithm from " + quoted(name), algorithm_from_name(name)));
  const std::string token = TRY(within("signing EAR", sign(claims, jwk, algorithm)));
  TRY(within("saving signer EAR to file " + quoted(output), write_file(output, as_bytes(token), 0644)));
  terminal.out << ">> created " << quoted(output) << " from " << quoted(claims_file) << " using " << quoted(key_file)
               << " as signing key\n";
  return ok();
}

}  // namespace avouch::arc
