#include "broker/admin.h"

#include "broker/ear_fixture.h"
#include "broker/key_source_fixture.h"
#include "testing/code_of.h"

namespace avouch::broker {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using testing::code_of;

class AdminTest : public ::testing::Test {
 protected:
  AdminOptions options() const {
    AdminOptions out;
    out.mode = AdminOptions::Mode::kTokens;
    out.issuers = {{"test", {key.public_key()}, "issuer", "", {}}};
    out.rules = {{"admin", "^/kbs/v0/.+$"}, {"reader", "^/kbs/v0/reference-value/.+$"}};
    return out;
  }
  std::string ask(const AdminOptions& with, const std::string& token, const char* path = "/kbs/v0/x") const {
    const auto who = Admin::make(with)->authorize(token, path, clock.now());
    return who.has_value() ? *who : who.error().code;
  }
  std::string token(std::string_view issuer, std::string_view role, seconds lifetime = minutes(5)) const {
    return *make_admin_token(key, issuer, role, clock.now(), lifetime);
  }
  const testing::ManualClock clock;
  const crypto::PrivateKey key = crypto::PrivateKey::generate_ed25519();
};

TEST_F(AdminTest, NamesWhoAskedAndInWhichRole) {
  EXPECT_EQ(ask(options(), token("issuer", "admin")), "test (admin)");
  EXPECT_EQ(ask(options(), token("issuer", "reader"), "/kbs/v0/reference-value/a/b"), "test (reader)");
}

TEST_F(AdminTest, BelievesAnIssuersKeysElsewhereAsLongAsItHasThem) {
  const auto elsewhere = std::make_shared<FixedKeys>();
  AdminOptions with = options();
  with.issuers.front().keys.clear();
  with.issuers.front().sources = {elsewhere};
  const Admin admin = *Admin::make(with);
  const auto ask = [&](const std::string& token) { return code_of(admin.authorize(token, "/kbs/v0/x", clock.now())); };
  EXPECT_EQ(ask(token("issuer", "admin")), "admin.token");
  EXPECT_EQ(elsewhere->asked_count, 1);
  elsewhere->set({{crypto::PrivateKey::generate_ed25519().public_key(), ""}, {key.public_key(), ""}});
  EXPECT_EQ(ask(token("issuer", "admin")), "ok");
  EXPECT_EQ(ask(token("another", "admin")), "admin.token") << "of them too, the issuer counts";
  EXPECT_EQ(elsewhere->asked_count, 1);
  elsewhere->set({});
  EXPECT_EQ(ask(token("issuer", "admin")), "admin.token");
}

TEST_F(AdminTest, DeniesEverybodyUnlessToldOtherwise) {
  EXPECT_EQ(ask(AdminOptions{}, token("issuer", "admin")), "admin.closed");
  AdminOptions open;
  open.mode = AdminOptions::Mode::kInsecureAllowAll;
  EXPECT_EQ(code_of(Admin::make(open)->authorize(std::nullopt, "/x", clock.now())), "ok");
}

TEST_F(AdminTest, RefusesWithoutAToken) {
  EXPECT_EQ(code_of(Admin::make(options())->authorize(std::nullopt, "/kbs/v0/x", clock.now())), "admin.no-token");
  EXPECT_EQ(ask(options(), ""), "admin.token");
}

TEST_F(AdminTest, RefusesTokensOfOthersAndThoseThatAreOver) {
  EXPECT_EQ(ask(options(), token("someone", "admin")), "admin.token");
  EXPECT_EQ(ask(options(), token("", "admin")), "admin.token");
  EXPECT_EQ(ask(options(), token("issuer", "admin", seconds(0))), "admin.token");
  EXPECT_EQ(ask(options(), token("issuer", "admin", -minutes(5))), "admin.token");
  const crypto::PrivateKey stranger = crypto::PrivateKey::generate_ed25519();
  EXPECT_EQ(ask(options(), *make_admin_token(stranger, "issuer", "admin", clock.now(), minutes(5))), "admin.token");
  AdminOptions nobody = options();
  nobody.issuers.clear();
  EXPECT_EQ(ask(nobody, token("issuer", "admin")), "admin.token");
}

TEST_F(AdminTest, AllowsTheConfiguredLeewayAndNoMore) {
  AdminOptions lenient = options();
  lenient.leeway = seconds(60);
  EXPECT_EQ(ask(lenient, token("issuer", "admin", -seconds(59))), "test (admin)");
  EXPECT_EQ(ask(lenient, token("issuer", "admin", -seconds(61))), "admin.token");
}

TEST_F(AdminTest, DemandsTheAudienceWhereTheConfigNamesOne) {
  AdminOptions strict = options();
  strict.issuers.front().audience = "here";
  const auto with = [&](const Json& audience) {
    const Json claims = Json::object(
        {{"iss", "issuer"}, {"role", "admin"}, {"aud", audience}, {"exp", to_unix_seconds(clock.now()) + 300}});
    return ask(strict, sign_ear(Json::object({{"alg", "EdDSA"}}), claims, key));
  };
  EXPECT_EQ(with("here"), "test (admin)");
  EXPECT_EQ(with(Json::array({"there", "here"})), "test (admin)");
  for (const Json& wrong : {Json("there"), Json(nullptr), Json::array(), Json::array({7}), Json::object()}) {
    EXPECT_EQ(with(wrong), "admin.token") << to_text(wrong);
  }
  EXPECT_EQ(ask(strict, token("issuer", "admin")), "admin.token");
}

TEST_F(AdminTest, RefusesRolesThatNoRuleLetsIn) {
  EXPECT_EQ(ask(options(), token("issuer", "")), "admin.role");
  EXPECT_EQ(ask(options(), token("issuer", "Admin")), "admin.role");
  EXPECT_EQ(ask(options(), token("issuer", ".*")), "admin.role");
  EXPECT_EQ(ask(options(), token("issuer", "reader")), "admin.role");
}

TEST_F(AdminTest, MatchesRulesAgainstTheWholePath) {
  const std::string reader = token("issuer", "reader");
  for (const char* path : {"/kbs/v0/reference-value", "/kbs/v0/reference-value/", "/x/kbs/v0/reference-value/a",
                           "/kbs/v0/resource/reference-value/a", "", "/"}) {
    EXPECT_EQ(ask(options(), reader, path), "admin.role") << path;
  }
  // The peer checks only that a rule begins with ^ and ends with $, which this one does.
  AdminOptions loose = options();
  loose.rules = {{"admin", "^/kbs|x$"}};
  EXPECT_EQ(ask(loose, token("issuer", "admin"), "/kbs/v0/resource/a/b/x"), "admin.role");
  EXPECT_EQ(ask(loose, token("issuer", "admin"), "/kbs"), "test (admin)");
}

TEST_F(AdminTest, RefusesRulesThatAreNoExpressions) {
  for (const std::string& rule : {std::string("^/("), std::string("["), std::string("*"), std::string(513, 'a')}) {
    AdminOptions bad = options();
    bad.rules = {{"admin", rule}};
    EXPECT_EQ(code_of(Admin::make(bad)), "admin.rule") << rule;
  }
}

TEST_F(AdminTest, MatchesNoPathThatIsVeryLong) {
  const std::string path = "/kbs/v0/" + std::string(5'000, 'a');
  EXPECT_EQ(ask(options(), token("issuer", "admin"), path.c_str()), "admin.role");
}

TEST_F(AdminTest, FixesTheRoleOfAPersonaWhateverItsTokenSays) {
  AdminOptions personas = options();
  personas.issuers = {{"operator", {key.public_key()}, "", "", "admin"}};
  EXPECT_EQ(ask(personas, token("", "")), "operator (admin)");
  EXPECT_EQ(ask(personas, token("anyone", "reader")), "operator (admin)");
}

}  // namespace
}  // namespace avouch::broker
