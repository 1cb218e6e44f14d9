// Admin: who may change policies, secrets and reference values, by the modes of the peers' configs. There is no open
// default.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "codec/json.h"
#include "collateral/key_source.h"
#include "crypto/key.h"

namespace avouch::broker {

// An issuer of admin tokens.
struct AdminIssuer {
  std::string name;  // for records: "demo_admin", or the issuer
  std::vector<crypto::PublicKey> keys;
  std::string issuer;                     // required `iss`; empty: not looked at
  std::string audience;                   // required `aud`; empty: not looked at
  std::optional<std::string> fixed_role;  // a persona without roles in its tokens; else the claim `role` counts
  std::vector<std::shared_ptr<const collateral::KeySource>> sources = {};  // of further keys, elsewhere
};

// A role may call the endpoints whose path matches.
struct AdminRule {
  std::string role;
  std::string endpoints;  // regular expression over the whole path
};

struct AdminOptions {
  enum class Mode : unsigned char { kDenyAll, kTokens, kInsecureAllowAll };
  Mode mode = Mode::kDenyAll;
  std::vector<AdminIssuer> issuers;
  std::vector<AdminRule> rules;
  std::chrono::seconds leeway{0};
};

class Admin {
 public:
  //   fails   kRequest: admin.rule (an expression that does not compile)
  static Result<Admin> make(AdminOptions options);

  // Who asks, if that is enough for this path: "name (role)".
  //   fails   kRequest: admin.no-token, admin.token (malformed, badly signed, expired, wrong issuer),
  //           admin.role (no rule lets this role do that), admin.closed (all administration is off)
  Result<std::string> authorize(std::optional<std::string_view> bearer_token, std::string_view path, Instant now) const;

 private:
  Result<std::pair<std::string, std::string>> role_of(const AdminIssuer& issuer, const Json& claims, Instant now) const;
  explicit Admin(AdminOptions options) : options_(std::move(options)) {}
  Result<std::pair<std::string, std::string>> authenticate(std::string_view token, Instant now) const;
  AdminOptions options_;
};

// A token for an admin, as both the peer's clients and ours make one: EdDSA (or ES256), iat, nbf, exp, and iss and role
// if given.
Result<std::string> make_admin_token(const crypto::PrivateKey& key, std::string_view issuer, std::string_view role,
                                     Instant now, std::chrono::seconds lifetime);

inline constexpr const char* kOwnIssuer = "avouch";
inline constexpr const char* kAdminRole = "admin";

}  // namespace avouch::broker
