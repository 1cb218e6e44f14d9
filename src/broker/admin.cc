#include "broker/admin.h"

#include <regex>

#include "format/jws.h"

namespace avouch::broker {
namespace {

constexpr std::size_t kRuleLengthMax = 512;
constexpr std::size_t kPathLengthMax = 1'024;  // std::regex recurses: keep what it is fed short

Error refused(const char* code, std::string detail) {
  return Error{Blame::kRequest, code, std::move(detail)};
}

// std::regex throws; nothing else of ours does.
std::optional<bool> matches(const std::string& expression, std::string_view text) {
  try {
    return std::regex_match(text.begin(), text.end(), std::regex(expression, std::regex::ECMAScript));
  } catch (const std::regex_error&) {
    return std::nullopt;
  }
}

}  // namespace

Result<Admin> Admin::make(AdminOptions options) {
  for (const AdminRule& rule : options.rules) {
    ENSURE(rule.endpoints.size() <= kRuleLengthMax && matches(rule.endpoints, "").has_value(),
           refused("admin.rule", "not a regular expression: " + rule.endpoints));
  }
  return Admin(std::move(options));
}

Result<std::string> Admin::authorize(std::optional<std::string_view> bearer_token, std::string_view path,
                                     Instant now) const {
  if (options_.mode == AdminOptions::Mode::kInsecureAllowAll) return std::string("anyone (insecure_allow_all)");
  ENSURE(options_.mode == AdminOptions::Mode::kTokens, refused("admin.closed", "the config denies all administration"));
  ENSURE(bearer_token.has_value(), refused("admin.no-token", "no Authorization: Bearer header"));
  const auto [name, role] = TRY(authenticate(*bearer_token, now));
  ENSURE(path.size() <= kPathLengthMax, refused("admin.role", "the path is too long"));
  for (const AdminRule& rule : options_.rules) {
    if (rule.role == role && matches(rule.endpoints, path).value_or(false)) return name + " (" + role + ")";
  }
  return refused("admin.role", "role " + role + " may not call " + std::string(path));
}

// Of a token that this issuer signed: who it is, and in which role.
Result<std::pair<std::string, std::string>> Admin::role_of(const AdminIssuer& issuer, const Json& claims,
                                                           Instant now) const {
  const Status timely = jose::check_times(claims, now, options_.leeway);
  ENSURE(timely.has_value(), refused("admin.token", timely.error().detail));
  const std::string* says = claims.find_string("iss");
  ENSURE(issuer.issuer.empty() || (says != nullptr && *says == issuer.issuer),
         refused("admin.token", "the token's issuer is not " + issuer.issuer));
  ENSURE(issuer.audience.empty() || jose::has_audience(claims, issuer.audience),
         refused("admin.token", "the token's audience is not " + issuer.audience));
  if (issuer.fixed_role.has_value()) return std::pair(issuer.name, *issuer.fixed_role);
  const std::string* role = claims.find_string("role");
  ENSURE(role != nullptr, refused("admin.role", "the token names no role"));
  return std::pair(issuer.name, *role);
}

Result<std::pair<std::string, std::string>> Admin::authenticate(std::string_view token, Instant now) const {
  Result<jose::Jws> jws = jose::parse_jws(token);
  ENSURE(jws.has_value(), refused("admin.token", jws.error().detail));
  for (const AdminIssuer& issuer : options_.issuers) {
    for (const crypto::PublicKey& key : issuer.keys) {
      if (jose::verify_jws(*jws, key).has_value()) return role_of(issuer, jws->payload, now);
    }
    for (const auto& source : issuer.sources) {
      for (const collateral::NamedKey& named : *source->keys()) {
        if (jose::verify_jws(*jws, named.key).has_value()) return role_of(issuer, jws->payload, now);
      }
    }
  }
  for (const AdminIssuer& issuer : options_.issuers) {
    for (const auto& source : issuer.sources) source->look_again();
  }
  return refused("admin.token", options_.issuers.empty() ? "no issuer of admin tokens is configured"
                                                         : "the token is not signed by a key of an admin");
}

Result<std::string> make_admin_token(const crypto::PrivateKey& key, std::string_view issuer, std::string_view role,
                                     Instant now, std::chrono::seconds lifetime) {
  const crypto::SignatureAlgorithm algorithm = crypto::default_algorithm(key.public_key());
  Json claims = Json::object(
      {{"iat", to_unix_seconds(now)}, {"nbf", to_unix_seconds(now)}, {"exp", to_unix_seconds(now + lifetime)}});
  if (!issuer.empty()) claims.set("iss", issuer);
  if (!role.empty()) claims.set("role", role);
  return jose::sign_jws(Json::object({{"alg", crypto::to_string(algorithm)}, {"typ", "JWT"}}), claims, key, algorithm);
}

}  // namespace avouch::broker
