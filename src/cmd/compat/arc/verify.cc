// arc verify: believes a token or says why not, and reports its trustworthiness vectors.
#include "base/file.h"
#include "cmd/compat/arc/claims.h"
#include "cmd/compat/arc/commands.h"
#include "cmd/compat/arc/go_text.h"
#include "cmd/compat/arc/token.h"
#include "format/ear.h"

namespace avouch::arc {
namespace {

constexpr const char* kDefaultKeyFile = "pkey.json";

struct VerificationKey {
  crypto::PublicKey key;
  Algorithm algorithm;
  std::string name;  // how messages call it
  bool is_from_token;
};

// The key that the token brings along: it proves that the token is whole, and nothing about who made it.
Result<VerificationKey> key_from_header(const std::string& token) {
  const Result<UnverifiedToken> unverified = decode_token(token);
  ENSURE(unverified.has_value(), refused("failed to parse serialized JWT: " + unverified.error().detail));
  const Json* jwk = unverified->header.find("jwk");
  ENSURE(jwk != nullptr, refused("failed to get JWK key from JWT header"));
  const std::string* name = unverified->header.find_string("alg");
  ENSURE(name != nullptr, refused("failed to get key algorithm from JWT header"));
  const Algorithm algorithm = TRY(algorithm_from_name(*name));
  Result<crypto::PublicKey> key = verification_key(*jwk);
  ENSURE(key.has_value(), refused("failed to parse serialized JWT: " + key.error().detail));
  return VerificationKey{*std::move(key), algorithm, "JWK header", true};
}

Result<VerificationKey> key_from_text(const std::string& text, const std::string& path, const std::string& alg) {
  const auto parse = [&]() -> Result<crypto::PublicKey> {
    const Json jwk = TRY(parse_key_file(text));
    return verification_key(jwk);
  };
  Result<crypto::PublicKey> key = parse();
  ENSURE(key.has_value(), refused("parsing verification key from " + quoted(path) + ": " + key.error().detail));
  const Result<Algorithm> algorithm = algorithm_from_name(alg);
  ENSURE(algorithm.has_value(), refused("parsing algorithm from " + quoted(alg) + ": " + algorithm.error().detail));
  return VerificationKey{*std::move(key), *algorithm, path, false};
}

Result<VerificationKey> find_key(const CommandLine& line, const std::string& token, const Terminal& terminal) {
  const std::string& path = line.value("pkey");
  const Result<std::string> text = load(path);
  if (text.has_value()) return key_from_text(*text, path, line.value("alg"));
  ENSURE(path == kDefaultKeyFile,
         refused("loading verification key from " + quoted(path) + ": " + text.error().detail));
  // A default key file that is there but cannot be read must not make us trust the token instead.
  ENSURE(!file_exists(path), refused("loading verification key from " + quoted(path) + ": " + text.error().detail));
  terminal.out << "Using JWK key from JWT header\n";
  return key_from_header(token);
}

// Veraison's colours. Its tool writes the four characters \033 and not an escape; scripts know it so.
const char* colour_of(ear::Tier tier) {
  switch (tier) {
    case ear::Tier::kNone:
      return R"(\033[47m)";
    case ear::Tier::kAffirming:
      return R"(\033[42m)";
    case ear::Tier::kWarning:
      return R"(\033[43m)";
    case ear::Tier::kContraindicated:
      return R"(\033[41m)";
  }
  return "";
}

std::string tier_tag(ear::Tier tier, bool in_colour) {
  if (!in_colour) return std::string("[") + ear::to_string(tier) + "]";
  return std::string("[") + colour_of(tier) + ear::to_string(tier) + R"(\033[0m])";
}

void report_vector(const Json& vector, const CommandLine& line, const Terminal& terminal) {
  for (std::size_t i = 0; i < ear::kTrustClaimCount; ++i) {
    const auto claim = static_cast<ear::TrustClaim>(i);
    const Json* member = vector.find(ear::to_string(claim));
    const auto value = static_cast<std::int8_t>(member == nullptr ? 0 : member->as_integer().value_or(0));
    const std::string words = line.is_on("verbose") ? ear::explain(claim, value) : ear::describe(claim, value);
    terminal.out << ear::title_of(claim) << " " << tier_tag(ear::tier_of(value), line.is_on("color")) << ": " << words
                 << "\n";
  }
  terminal.out << "\n";
}

void report(const Json& claims, const CommandLine& line, const Terminal& terminal) {
  terminal.out << to_go_indented(claims) << "\n[trustworthiness vectors]\n";
  for (const Json::Member& submod : *claims.find("submods")->as_object()) {
    terminal.out << "submod(" << printable(submod.first) << "):\n";
    const Json* vector = submod.second.find("ear.trustworthiness-vector");
    if (vector != nullptr) {
      report_vector(*vector, line, terminal);
    } else {
      terminal.out << "not present\n";
    }
  }
}

}  // namespace

Status verify(const CommandLine& line, const Terminal& terminal, Instant now) {
  ENSURE(line.arguments.size() == 1, refused("validating arguments: no input file supplied"));
  const std::string& path = line.arguments[0];
  const Result<std::string> token = load(path);
  ENSURE(token.has_value(), refused("loading signed EAR from " + quoted(path) + ": " + token.error().detail));
  const VerificationKey key = TRY(find_key(line, *token, terminal));
  const auto believe = [&]() -> Result<Json> {
    const Json payload = TRY(verify_token(*token, key.key, key.algorithm, now));
    return read_claims(payload);
  };
  const Result<Json> claims = believe();
  ENSURE(claims.has_value(), refused("verifying signed EAR from " + quoted(path) + " using " + quoted(key.name) +
                                     " key: " + claims.error().detail));
  terminal.out << ">> " << quoted(path) << " signature successfully verified using " << quoted(key.name) << " key\n";
  if (key.is_from_token) {
    terminal.err << "Warning: " << quoted(path) << " vouched for itself: it was verified with the key in its own "
                 << "header, and anybody can make such a token. Give the verifier's key with --pkey.\n";
  }
  terminal.out << "[claims-set]\n";
  const Status valid = validate_claims(*claims);
  ENSURE(valid.has_value(), refused("unable to re-serialize the EAR claims-set: " + valid.error().detail));
  report(*claims, line, terminal);
  return ok();
}

}  // namespace avouch::arc
