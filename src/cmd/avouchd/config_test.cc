#include "cmd/avouchd/config.h"

#include <gmock/gmock.h>

#include "base/file.h"
#include "cmd/avouchd/config_reader.h"
#include "testing/code_of.h"
#include "testing/vectors.h"

namespace avouch::cmd {
namespace {

using avouch::testing::code_of;
using std::chrono::minutes;
using ::testing::HasSubstr;

Result<Config> read(const std::string& text, const char* name = "kbs-config.toml") {
  const std::string file = ::testing::TempDir() + "avouch-" + name;
  EXPECT_TRUE(write_file(file, as_bytes(text), 0600).has_value());
  return read_config(file);
}

std::string detail_of(const std::string& text) {
  const auto config = read(text);
  return config.has_value() ? "ok" : config.error().detail;
}

constexpr const char* kAugust2026 = R"([http_server]
sockets = ["127.0.0.1:8090"]
insecure_http = true
payload_request_size = 4
worker_count = 3
[admin]
authorization_mode = "AuthenticatedAuthorization"
[admin.authentication.bearer_jwt]
identity_providers = [ { issuer = "kbs-admin", audience = "kbs", public_key_uri = "file:///keys/admin.pub.pem" } ]
[admin.authorization.regex_acl]
acls = [ { role = "admin", allowed_endpoints = "^/kbs/v0/.+$" } ]
[storage_backend]
storage_type = "LocalFs"
[storage_backend.backends.local_fs]
dir_path = "storage"
[attestation_token]
trusted_certs_paths = ["keys/token-ca.pem"]
trusted_jwk_sets = ["file:///keys/jwks.json"]
extra_teekey_paths = ["/tee"]
insecure_header_jwk = true
[attestation_service]
type = "coco_as_builtin"
timeout = 7
[attestation_service.attestation_token_broker]
duration_min = 9
issuer_name = "me"
verbose_token = false
[attestation_service.attestation_token_broker.signer]
key_path = "keys/token-signer.key"
cert_path = "keys/token-chain.pem"
[attestation_service.rvps_config]
type = "BuiltIn"
[[plugins]]
name = "resource"
storage_backend_type = "kvstorage"
)";

TEST(Config, ReadsTheFormOfAugust2026) {
  const auto config = read(kAugust2026);
  ASSERT_TRUE(config.has_value()) << config.error().detail;
  EXPECT_EQ(config->addresses, std::vector<std::string>{"127.0.0.1:8090"});
  EXPECT_TRUE(config->insecure_http);
  EXPECT_EQ(config->body_limit_bytes, 4u * 1024 * 1024);
  EXPECT_EQ(config->worker_count, 3u);
  EXPECT_FALSE(config->own_admin);
  EXPECT_EQ(config->admin.mode, broker::AdminOptions::Mode::kTokens);
  EXPECT_FALSE(config->signer.is_verbose);
  ASSERT_EQ(config->admin_issuers.size(), 1u);
  EXPECT_EQ(config->admin_issuers[0].issuer.issuer, "kbs-admin");
  EXPECT_EQ(config->admin_issuers[0].issuer.audience, "kbs");
  EXPECT_EQ(config->admin_issuers[0].issuer.fixed_role, std::nullopt);
  EXPECT_EQ(config->admin_issuers[0].public_key_files, std::vector<std::string>{"/keys/admin.pub.pem"});
  ASSERT_EQ(config->admin.rules.size(), 1u);
  EXPECT_EQ(config->admin.rules[0].endpoints, "^/kbs/v0/.+$");
  EXPECT_EQ(config->storage, StorageKind::kLocalFs);
  EXPECT_EQ(config->local_fs_folder, "storage");
  EXPECT_EQ(config->trusted_jwk_set_files, std::vector<std::string>{"/keys/jwks.json"});
  EXPECT_TRUE(config->insecure_header_jwk);
  EXPECT_EQ(config->session_lifetime, minutes(7));
  EXPECT_EQ(config->signer.lifetime, minutes(9));
  EXPECT_EQ(config->signer.issuer, "me");
  EXPECT_EQ(config->plugins, std::vector<std::string>{"resource"});
  EXPECT_FALSE(config->december_2025);
}

TEST(Config, ReadsTheFormOfDecember2025) {
  const auto config = read(R"([http_server]
sockets = ["127.0.0.1:8080"]
[attestation_token]
insecure_key = true
[attestation_service]
type = "coco_as_builtin"
work_dir = "/opt/confidential-containers/attestation-service"
policy_engine = "opa"
[admin]
type = "Simple"
[[admin.personas]]
id = "operator"
public_key_path = "/keys/kbs.pem"
[[plugins]]
name = "resource"
)");
  ASSERT_TRUE(config.has_value()) << config.error().detail;
  EXPECT_TRUE(config->december_2025);
  EXPECT_TRUE(config->insecure_header_jwk);
  EXPECT_FALSE(config->own_admin);
  ASSERT_EQ(config->admin_issuers.size(), 1u);
  EXPECT_EQ(config->admin_issuers[0].issuer.name, "operator");
  EXPECT_EQ(config->admin_issuers[0].issuer.fixed_role, broker::kAdminRole);
  EXPECT_EQ(config->admin_issuers[0].public_key_files, std::vector<std::string>{"/keys/kbs.pem"});
}

TEST(Config, ReadsTheRecordedConfig) {
  NEEDS_VECTORS();
  const auto config = read_config(avouch::testing::vectors_folder() + "/trustee/keys-test-only/kbs.toml");
  ASSERT_TRUE(config.has_value()) << config.error().detail;
  EXPECT_EQ(config->admin.rules.size(), 2u);
  EXPECT_EQ(config->plugins, std::vector<std::string>{"resource"});
}

TEST(Config, IsSafeWhenItSaysNothing) {
  const auto config = read("");
  ASSERT_TRUE(config.has_value()) << config.error().detail;
  EXPECT_EQ(config->addresses, std::vector<std::string>{"127.0.0.1:8080"});
  EXPECT_FALSE(config->insecure_http || config->allow_sample || config->allow_rsa1_5 || config->insecure_header_jwk);
  EXPECT_TRUE(config->own_admin);
  EXPECT_EQ(config->admin.mode, broker::AdminOptions::Mode::kDenyAll);
  EXPECT_EQ(config->token_leeway.count(), 0);
}

TEST(Config, SaysHowServicesElsewhereAreSpokenTo) {
  const char* const broker = "[attestation_service]\ntype = \"coco_as_grpc\"\nas_addr = \"https://as.example\"\n";
  const auto config = read(std::string(broker) + R"([avouch]
keys_ca = "/keys/ca.pem"
[avouch.verifier]
ca = "/as/ca.pem"
certificate = "/as/own.pem"
private_key = "/as/own.key"
token_file = "/as/token"
)");
  ASSERT_TRUE(config.has_value()) << config.error().detail;
  EXPECT_EQ(config->keys_ca_file, "/keys/ca.pem");
  EXPECT_EQ(config->verifier_access.ca_file, "/as/ca.pem");
  EXPECT_EQ(config->verifier_access.certificate_file, "/as/own.pem");
  EXPECT_EQ(config->verifier_access.private_key_file, "/as/own.key");
  EXPECT_EQ(config->verifier_access.token_file, "/as/token");
  EXPECT_TRUE(config->references_access.ca_file.empty());
}

TEST(Config, RefusesAccessThatWouldMeanNothing) {
  const std::string as = "[attestation_service]\ntype = \"coco_as_grpc\"\nas_addr = \"http://127.0.0.1:1\"\n";
  for (const std::string& text : {std::string("[avouch.verifier]\ntoken_file = \"x\"\n"),  // judged here
                                  as + "[avouch.references]\ntoken_file = \"x\"\n",
                                  as + "[avouch.verifier]\nca = \"x\"\n",  // an authority, and no TLS
                                  as + "[avouch.verifier]\ncertificate = \"x\"\n",
                                  as + "[avouch.verifier]\ncertificate = \"x\"\nprivate_key = \"x\"\n"}) {
    const auto config = read(text);
    EXPECT_STREQ(config.has_value() ? "ok" : config.error().code, "config.conflict") << text;
  }
  EXPECT_STREQ(read(as + "[avouch.verifier]\ntoken = \"x\"\n").error().code, "config.unknown-key");
}

TEST(Config, NamesWhoseAndForWhomResultsCount) {
  const auto config =
      read("[avouch]\ntoken_issuers = [\"a\", \"b\"]\ntoken_profiles = [\"p\"]\ntoken_audiences = [\"k\"]\n");
  ASSERT_TRUE(config.has_value()) << config.error().detail;
  EXPECT_EQ(config->token_issuers, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(config->token_profiles, std::vector<std::string>{"p"});
  EXPECT_EQ(config->token_audiences, std::vector<std::string>{"k"});
  for (const char* name : {"token_issuers", "token_profiles", "token_audiences"}) {
    EXPECT_EQ(code_of(read("[avouch]\n" + std::string(name) + " = \"a\"\n")), "config.type") << name;
  }
}

TEST(Config, DeniesOrAllowsAdministrationOnlyWhenItSaysSo) {
  using Mode = broker::AdminOptions::Mode;
  for (const char* key : {"type", "authorization_mode"}) {
    const auto mode = [&](const char* value) {
      return read(std::string("[admin]\n") + key + " = \"" + value + "\"\n")->admin.mode;
    };
    EXPECT_EQ(mode("DenyAll"), Mode::kDenyAll);
    EXPECT_EQ(mode("InsecureAllowAll"), Mode::kInsecureAllowAll);
    EXPECT_EQ(code_of(read(std::string("[admin]\n") + key + " = \"AllowAll\"\n")), "config.value");
  }
  EXPECT_EQ(read("[admin]\ntype = \"Simple\"\n")->admin_issuers.size(), 0u) << "then nobody may";
}

TEST(Config, NamesFileLineKeyAndTheNearestOfAnUnknownKey) {
  const std::string detail = detail_of("[http_server]\ninsecure_http = true\npayload_reqest_size = 2\n");
  EXPECT_THAT(detail, HasSubstr("avouch-kbs-config.toml:3: http_server.payload_reqest_size means nothing"));
  EXPECT_THAT(detail, HasSubstr("the nearest key that does is http_server.payload_request_size"));
  EXPECT_THAT(detail_of("[http_server]\nsokets = []\n"), HasSubstr("the nearest key that does is http_server.sockets"));
}

TEST(Config, RefusesKeysThatMeanNothingWhereverTheyStand) {
  for (const char* text : {
           "x = 1\n",
           "[nonsense]\nx = 1\n",
           "[avouch]\nallow_samples = true\n",
           "[policy_engine]\npath = \"/p.rego\"\n",
           "[attestation_service.attestation_token_broker.signer]\nkey = \"x\"\n",
           "[admin]\nauthorization_mode = \"DenyAll\"\nmore = 1\n",
           "[admin]\ntype = \"Simple\"\n[[admin.personas]]\nid = \"a\"\npublic_key_path = \"k\"\nrole = \"x\"\n",
           "[[plugins]]\nname = \"resource\"\nstorage_type = \"x\"\n",
           "[admin]\nauthorization_mode = \"AuthenticatedAuthorization\"\n[admin.authentication.bearer_jwt]\n"
           "identity_providers = [{ public_key_uri = \"k\", isuer = \"x\" }]\n",
           "[admin]\nauthorization_mode = \"AuthenticatedAuthorization\"\n[admin.authentication.bearer_jwt]\n"
           "identity_providers = [{ public_key_uri = \"k\" }]\n[admin.authorization.regex_acl]\n"
           "acls = [{ role = \"r\", allowed_endpoints = \"^/x$\", method = \"GET\" }]\n",
       }) {
    EXPECT_EQ(code_of(read(text)), "config.unknown-key") << text;
  }
}

TEST(Config, RefusesNumbersOutOfRange) {
  const std::pair<const char*, std::vector<const char*>> cases[] = {
      {"[http_server]\npayload_request_size = ", {"0", "-1", "1025"}},
      {"[http_server]\nworker_count = ", {"-1", "1025"}},
      {"[attestation_service]\ntimeout = ", {"0", "-5", "1441"}},
      {"[attestation_service.attestation_token_broker]\nduration_min = ", {"0", "525601"}},
      {"[avouch]\ntoken_leeway_seconds = ", {"-1", "301"}},
  };
  for (const auto& [key, values] : cases) {
    for (const char* value : values) EXPECT_EQ(code_of(read(key + std::string(value))), "config.range") << key << value;
    EXPECT_EQ(code_of(read(key + std::string("\"5\""))), "config.type") << key;
    EXPECT_EQ(code_of(read(key + std::string("5"))), "ok") << key;
  }
}

TEST(Config, RefusesValuesOfAnotherKind) {
  for (const char* text :
       {"[http_server]\nsockets = \"127.0.0.1:80\"\n", "[http_server]\nsockets = [8080]\n",
        "[http_server]\ninsecure_http = \"true\"\n", "[http_server]\ninsecure_http = 1\n",
        "[avouch]\nallow_sample = \"yes\"\n", "[admin]\ntype = 1\n",
        "[attestation_token]\ntrusted_certs_paths = \"x\"\n", "[plugins]\nname = \"resource\"\n",
        "plugins = [\"resource\"]\n", "[[plugins]]\nname = \"resource\"\nstorage_backend_type = 1\n"}) {
    EXPECT_EQ(code_of(read(text)), "config.type") << text;
  }
}

TEST(Config, ReadsEveryStoreByBothOfItsNames) {
  const std::pair<const char*, StorageKind> kKinds[] = {
      {"Sqlite", StorageKind::kSqlite},       {"sqlite", StorageKind::kSqlite},
      {"Memory", StorageKind::kMemory},       {"memory", StorageKind::kMemory},
      {"LocalFs", StorageKind::kLocalFs},     {"local_fs", StorageKind::kLocalFs},
      {"LocalJson", StorageKind::kLocalJson}, {"local_json", StorageKind::kLocalJson},
      {"Postgres", StorageKind::kPostgres},   {"postgres", StorageKind::kPostgres},
      {"Redis", StorageKind::kRedis},         {"redis", StorageKind::kRedis},
  };
  for (const auto& [name, kind] : kKinds) {
    const auto config = read("session_storage_type = \"" + std::string(name) +
                             "\"\n[storage_backend]\nstorage_type = \"" + std::string(name) + "\"\n");
    ASSERT_TRUE(config.has_value()) << config.error().detail;
    EXPECT_EQ(config->storage, kind) << name;
    EXPECT_EQ(config->session_storage, kind) << name;
  }
  EXPECT_EQ(read("[storage_backend]\nstorage_type = \"Redis\"\n")->session_storage, std::nullopt);
}

TEST(Config, MakesOneUrlOfWhatItSaysOfPostgres) {
  const std::string table = "[storage_backend.backends.postgres]\n";
  EXPECT_EQ(read(table)->postgres_url, "postgresql://postgres@/postgres?host=localhost&port=5432");
  EXPECT_EQ(read(table + "db = \"kbs\"\nusername = \"a@b\"\npassword = \"p:/?#%\"\nhost = \"/run/pg\"\nport = 6432\n")
                ->postgres_url,
            "postgresql://a%40b:p%3A%2F%3F%23%25@/kbs?host=%2Frun%2Fpg&port=6432");
  EXPECT_EQ(code_of(read(table + "port = 65536\n")), "config.range");
  EXPECT_EQ(code_of(read(table + "pasword = \"sesame\"\n")), "config.unknown-key");
  EXPECT_EQ(read("[storage_backend.backends.redis]\nurl = \"rediss://h\"\n")->redis_url, "rediss://h");
  EXPECT_EQ(read("[storage_backend.backends.local_json]\nfile_dir_path = \"/srv/json\"\n")->local_json_folder,
            "/srv/json");
}

TEST(Config, TheEnvironmentWinsOverTheFile) {
  Config config = read("[storage_backend.backends.redis]\nurl = \"redis://file\"\n").value();
  ::setenv("REDIS_URL", "redis://environment", 1);
  ::setenv("POSTGRES_URL", "postgres://environment", 1);
  read_environment(config);
  ::unsetenv("REDIS_URL");
  ::unsetenv("POSTGRES_URL");
  EXPECT_EQ(config.redis_url, "redis://environment");
  EXPECT_EQ(config.postgres_url, "postgres://environment");
}

TEST(Config, RefusesWhatThisBuildCannotDoRatherThanDoSomethingElse) {
  for (const char* text : {
           "[attestation_service]\ntype = \"intel_ta\"\n",
           "[[plugins]]\nname = \"resource\"\ntype = \"Aliyun\"\n",
           "[storage_backend]\nstorage_type = \"MongoDb\"\n",
           "[[plugins]]\nname = \"nebula-ca\"\ncrt_path = \"x\"\n",
           "[[plugins]]\nname = \"resource\"\nstorage_backend_type = \"Vault\"\n",
       }) {
    EXPECT_EQ(code_of(read(text)), "config.unsupported") << text;
  }
}

TEST(Config, TakesKeysFromFilesAndByHttps) {
  const Config config = read(
                            "[attestation_token]\n"
                            "trusted_jwk_sets = [\"a.json\", \"file:///b.json\", \"https://example.org/jwks\"]\n"
                            "[admin]\nauthorization_mode = \"AuthenticatedAuthorization\"\n"
                            "[admin.authentication.bearer_jwt]\n"
                            "identity_providers = [{ issuer = \"i\", jwk_set_uri = \"https://idp.example\" },\n"
                            "  { public_key_uri = \"https://idp.example/key.pem\" }]\n")
                            .value();
  EXPECT_EQ(config.trusted_jwk_set_files, (std::vector<std::string>{"a.json", "/b.json"}));
  EXPECT_EQ(config.trusted_jwk_set_urls, std::vector<std::string>{"https://example.org/jwks"});
  ASSERT_EQ(config.admin_issuers.size(), 2U);
  EXPECT_EQ(config.admin_issuers[0].jwk_set_urls, std::vector<std::string>{"https://idp.example"});
  EXPECT_EQ(config.admin_issuers[1].public_key_urls, std::vector<std::string>{"https://idp.example/key.pem"});
}

TEST(Config, TakesNoKeysByPlainHttp) {
  EXPECT_EQ(code_of(read("[attestation_token]\ntrusted_jwk_sets = [\"http://example.org/jwks\"]\n")), "config.value");
  EXPECT_EQ(code_of(read("[admin]\nauthorization_mode = \"AuthenticatedAuthorization\"\n"
                         "[admin.authentication.bearer_jwt]\n"
                         "identity_providers = [{ jwk_set_uri = \"http://idp.example\" }]\n")),
            "config.value");
}

TEST(Config, RefusesWhatContradictsItself) {
  EXPECT_EQ(code_of(read("[admin]\ntype = \"Simple\"\nauthorization_mode = \"DenyAll\"\n")), "config.conflict");
  EXPECT_EQ(code_of(read("[http_server]\nprivate_key = \"k.pem\"\n")), "config.conflict") << "it would be plain HTTP";
  EXPECT_EQ(code_of(read("[http_server]\ncertificate = \"c.pem\"\n")), "config.conflict");
}

TEST(Config, ReadsTlsProfilesAndWhatOverridesThem) {
  const auto read_tls = [](const std::string& lines) { return read("[http_server]\n" + lines); };
  using net::TlsVersion;
  for (const char* profile :
       {"", "tls_profile = \"old\"\n", "tls_profile = \"intermediate\"\n", "tls_profile = \"custom\"\n"}) {
    EXPECT_EQ(read_tls(profile)->tls_minimum_version, TlsVersion::k1_2) << profile;
    EXPECT_EQ(read_tls(profile)->tls_maximum_version, TlsVersion::k1_3) << profile;
  }
  EXPECT_EQ(read_tls("tls_profile = \"modern\"\n")->tls_minimum_version, TlsVersion::k1_3);
  EXPECT_EQ(read_tls("tls_profile = \"modern\"\ntls_min_version = \"1.2\"\n")->tls_minimum_version, TlsVersion::k1_2);
  const auto custom =
      read_tls("tls_profile = \"custom\"\ntls_max_version = \"1.2\"\ntls_ciphers = \"a:b\"\ntls_groups = \"X25519\"\n");
  EXPECT_EQ(custom->tls_maximum_version, TlsVersion::k1_2);
  EXPECT_EQ(custom->tls_ciphers, "a:b");
  EXPECT_EQ(custom->tls_groups, "X25519");
  EXPECT_EQ(code_of(read_tls("tls_profile = \"Modern\"\n")), "config.unsupported");
  EXPECT_EQ(code_of(read_tls("tls_min_version = \"1.1\"\n")), "config.unsupported");
  EXPECT_EQ(code_of(read_tls("tls_profile = \"modern\"\ntls_max_version = \"1.2\"\n")), "config.conflict");
  EXPECT_EQ(code_of(read("[avouch]\ntls_client_ca = \"ca.pem\"\n")), "config.conflict") << "plain HTTP asks nobody";
}

TEST(Config, RefusesAdministratorsWithoutKeysAndRulesWithoutAnchors) {
  const std::string mode = "[admin]\nauthorization_mode = \"AuthenticatedAuthorization\"\n";
  const std::string providers = mode + "[admin.authentication.bearer_jwt]\nidentity_providers = ";
  EXPECT_EQ(code_of(read(mode)), "config.shape");
  EXPECT_EQ(code_of(read(providers + "[]\n")), "config.shape");
  EXPECT_EQ(code_of(read(providers + "[{ issuer = \"x\" }]\n")), "config.shape");
  const std::string rules = providers + "[{ public_key_uri = \"k\" }]\n[admin.authorization.regex_acl]\nacls = ";
  for (const char* rule : {"/kbs/.+", "^/kbs/.+", "/kbs/.+$", "kbs", "^kbs$", ""}) {
    EXPECT_EQ(code_of(read(rules + "[{ role = \"r\", allowed_endpoints = \"" + rule + "\" }]\n")), "config.value")
        << rule;
  }
  EXPECT_EQ(code_of(read(rules + "[{ role = \"r\" }]\n")), "config.shape");
  EXPECT_EQ(code_of(read(rules + "[{ allowed_endpoints = \"^/x$\" }]\n")), "config.shape");
  EXPECT_EQ(code_of(read("[admin]\ntype = \"Simple\"\n[[admin.personas]]\nid = \"a\"\n")), "config.shape");
}

TEST(Config, ReadsJsonByItsName) {
  EXPECT_EQ(read(R"({"http_server":{"insecure_http":true}})", "c.json")->insecure_http, true);
  EXPECT_EQ(code_of(read(R"({"http_server":{"insecure":true}})", "c.json")), "config.unknown-key");
  EXPECT_EQ(code_of(read("[]", "c.json")), "config.shape");
  EXPECT_EQ(code_of(read("{", "c.json")), "json.syntax");
  EXPECT_THAT(read("{", "c.json").error().detail, HasSubstr("c.json: "));
}

TEST(Config, RefusesFilesThatAreNotThereOrNoToml) {
  EXPECT_NE(code_of(read_config("/nonexistent/kbs.toml")), "ok");
  for (const char* text : {"[", "a", "a = ", "a = 1\na = 2\n", "[a]\nx = 1\n[a]\ny = 1\n"}) {
    EXPECT_THAT(code_of(read(text)), HasSubstr("toml.")) << text;
  }
}

TEST(ConfigReader, TellsAbsentFromWrongAndForgetsNoKey) {
  const std::string file = ::testing::TempDir() + "avouch-reader.toml";
  ASSERT_TRUE(write_file(file, as_bytes("[a]\ntext = \"x\"\nnumber = 1\nlist = [\"y\"]\n"), 0600).has_value());
  ConfigReader in = *ConfigReader::open(file);
  EXPECT_EQ(*in.text("a.text"), "x");
  EXPECT_EQ(*in.integer("a.number"), 1);
  EXPECT_EQ(*in.text("a.none"), std::nullopt);
  EXPECT_EQ(code_of(in.boolean("a.text")), "config.type");
  EXPECT_EQ(code_of(in.finish()), "config.unknown-key") << "nobody asked for a.list";
  EXPECT_EQ(*in.texts("a.list"), std::vector<std::string>{"y"});
  EXPECT_EQ(code_of(in.finish()), "ok");
}

}  // namespace
}  // namespace avouch::cmd
