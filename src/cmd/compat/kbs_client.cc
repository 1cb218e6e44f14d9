// kbs-client: Trustee's command line client, same commands and options. It differs where that one harms its user: it
// says which TEE it found and fails where there is none, asks once, and does not print secrets that it sets.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <functional>

#include "base/file.h"
#include "base/limits.h"
#include "broker/admin.h"
#include "cmd/common/data_directory.h"
#include "codec/base64.h"
#include "dialect/kbs/client.h"
#include "ledger/policies.h"

namespace avouch::cmd {
namespace {

struct Options {
  std::string url = "http://127.0.0.1:8080", certificate_file;
  std::string admin_token_file, admin_key_file;
  std::string tee_key_file, token_file, path, init_data;
  std::string policy_file, policy_type = "rego", policy_id = "default_cpu";
  std::string resource_file, reference_name, reference_value;
  bool allow_all = false, deny_all = false, affirming = false, use_default = false;
  bool as_integer = false, as_bool = false, as_single_value = false;
  bool allow_sample = false;
};

int fail(const std::string& message) {
  std::fprintf(stderr, "Error: %s\n", message.c_str());
  return 1;
}

// What the server refused, in the words that users of the peer's client know, and where an operator finds the reason.
int fail(const Error& error, const dialect::kbs::KbsClient& client) {
  const dialect::kbs::ErrorInformation& said = client.last_refusal();
  if (std::string_view(error.code) != "kbs.refused" || said.type.empty()) return fail(error.detail);
  std::fprintf(stderr, "WARN the KBS refused: ErrorInformation {\n    error_type: \"%s\",\n    detail: \"%s\",\n}\n",
               said.type.c_str(), said.detail.c_str());
  if (!said.decision_id.empty()) {
    std::fprintf(stderr, "decision: %s (its operator sees the reason with: avouch why %s)\n", said.decision_id.c_str(),
                 said.decision_id.c_str());
  }
  return fail("request unauthorized");
}

Result<dialect::kbs::KbsClient> connect(const Options& options) {
  net::HttpClientOptions http;
  if (!options.certificate_file.empty()) {
    http.trust.roots = net::TlsTrust::Roots::kSystemAndGiven;
    http.trust.given_pem = TRY(read_text_file(options.certificate_file, limits::kConfigBytes));
  }
  net::HttpClient client = TRY(net::HttpClient::make(options.url, std::move(http)));
  return dialect::kbs::KbsClient(std::move(client));
}

Result<crypto::PrivateKey> read_private_key(const std::string& file) {
  const Secret pem(TRY(read_file(file, limits::kConfigBytes)));
  Result<crypto::PrivateKey> key = crypto::PrivateKey::from_pem(as_text(pem.reveal()));
  ENSURE(key.has_value(), Error{Blame::kRequest, "key.pem", file + ": " + key.error().detail});
  return key;
}

Result<crypto::PrivateKey> tee_key(const Options& options) {
  if (options.tee_key_file.empty()) return crypto::PrivateKey::generate_ec(crypto::Curve::kP256);
  return read_private_key(options.tee_key_file);
}

std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) text.pop_back();
  return text;
}

// The places where the peer's client looks, then our own data directory; "" for none.
Result<std::string> admin_token(const Options& options) {
  if (!options.admin_key_file.empty()) {
    const crypto::PrivateKey key = TRY(read_private_key(options.admin_key_file));
    return broker::make_admin_token(key, "", "", SystemClock().now(), std::chrono::hours(2));
  }
  if (!options.admin_token_file.empty())
    return trimmed(TRY(read_text_file(options.admin_token_file, limits::kTokenBytes)));
  const char* home = std::getenv("HOME");
  const std::string candidates[] = {"kbs/config/docker-compose/admin-token",
                                    std::string(home != nullptr ? home : "") + "/.trustee/admin-token",
                                    default_data_directory() + "/admin-token"};
  for (const std::string& file : candidates) {
    if (file_exists(file)) return trimmed(TRY(read_text_file(file, limits::kTokenBytes)));
  }
  std::fprintf(
      stderr,
      "WARN no admin token found: sending anonymous requests, which a server refuses unless it lets everybody in\n");
  return std::string();
}

int attest(const Options& options) {
  Result<dialect::kbs::KbsClient> client = connect(options);
  if (!client.has_value()) return fail(client.error().detail);
  const Result<crypto::PrivateKey> key = tee_key(options);
  if (!key.has_value()) return fail(key.error().detail);
  guest::DetectOptions detect;
  detect.allow_sample = options.allow_sample;
  const Result<std::unique_ptr<guest::Attester>> attester = guest::detect(detect);
  if (!attester.has_value()) return fail(attester.error().detail);
  std::fprintf(stderr, "attesting as TEE: %s\n", std::string((*attester)->tee()).c_str());
  const Result<std::string> token = client->attest(
      **attester, *key, options.init_data.empty() ? std::optional<std::string>() : std::optional(options.init_data));
  if (!token.has_value()) return fail(token.error(), *client);
  std::printf("%s\n", token->c_str());
  return 0;
}

int get_resource(const Options& options) {
  if (!options.token_file.empty() && options.tee_key_file.empty()) {
    return fail(
        "if `--attestation-token` is set, `--tee_key_file` argument should also be set, and the public part of TEE "
        "Key should be consistent with tee-pubkey in the token.");
  }
  Result<dialect::kbs::KbsClient> client = connect(options);
  if (!client.has_value()) return fail(client.error().detail);
  const Result<crypto::PrivateKey> key = tee_key(options);
  if (!key.has_value()) return fail(key.error().detail);
  std::string token;
  if (!options.token_file.empty()) {
    const Result<std::string> text = read_text_file(options.token_file, limits::kTokenBytes);
    if (!text.has_value()) return fail(text.error().detail);
    token = trimmed(*text);
  } else {
    guest::DetectOptions detect;
    detect.allow_sample = options.allow_sample;
    const Result<std::unique_ptr<guest::Attester>> attester = guest::detect(detect);
    if (!attester.has_value()) return fail(attester.error().detail);
    std::fprintf(stderr, "attesting as TEE: %s\n", std::string((*attester)->tee()).c_str());
    Result<std::string> fresh = client->attest(
        **attester, *key, options.init_data.empty() ? std::optional<std::string>() : std::optional(options.init_data));
    if (!fresh.has_value()) return fail(fresh.error(), *client);
    token = *std::move(fresh);
  }
  const Result<Secret> resource = client->get_resource(options.path, token, *key);
  if (!resource.has_value()) {
    if (std::string_view(resource.error().code) == "kbs.refused") return fail(resource.error(), *client);
    return fail("decrypt KBS response body failed: " + resource.error().detail);
  }
  std::printf("%s\n", codec::to_base64(resource->reveal()).c_str());
  return 0;
}

// One administrative call, and what to print when it went well.
int administer(const Options& options, const char* method, const std::string& path, const std::string& body,
               const std::function<std::string(const std::string& answer)>& report) {
  Result<dialect::kbs::KbsClient> client = connect(options);
  if (!client.has_value()) return fail(client.error().detail);
  const Result<std::string> token = admin_token(options);
  if (!token.has_value()) return fail(token.error().detail);
  const Result<std::string> answer = client->administer(method, path, *token, body);
  if (answer.has_value()) {
    std::printf("%s\n", report(*answer).c_str());
    return 0;
  }
  if (std::string_view(answer.error().code) != "kbs.refused") return fail(answer.error().detail);
  return fail("Request Failed, Response: " + to_text(Json(client->last_body())));
}

int set_policy(const Options& options, const char* path, Json message, const std::string& text, const char* what) {
  message.set("policy", codec::to_base64url(as_bytes(text)));
  return administer(options, "POST", path, to_text(message), [&](const std::string&) {
    return std::string("Set ") + what + " policy success \n policy: " + codec::to_base64(as_bytes(text));
  });
}

int set_attestation_policy(const Options& options) {
  const Result<std::string> text = read_text_file(options.policy_file, limits::kPolicyBytes);
  if (!text.has_value()) return fail(text.error().detail);
  return set_policy(options, "/kbs/v0/attestation-policy",
                    Json::object({{"type", options.policy_type}, {"policy_id", options.policy_id}}), *text,
                    "attestation");
}

int set_resource_policy(const Options& options) {
  std::string name = options.allow_all     ? "resource_allow_all"
                     : options.deny_all    ? "resource_deny_all"
                     : options.affirming   ? "resource_affirming"
                     : options.use_default ? "resource_default"
                                           : "";
  if (name.empty() && options.policy_file.empty()) return fail("No policy specified");
  std::string text;
  if (!name.empty()) {
    text = ledger::default_policies().at(name);
  } else {
    Result<std::string> read = read_text_file(options.policy_file, limits::kPolicyBytes);
    if (!read.has_value()) return fail(read.error().detail);
    text = *std::move(read);
  }
  return set_policy(options, "/kbs/v0/resource-policy", Json::object(), text, "resource");
}

int set_resource(const Options& options) {
  const Result<Buffer> content = read_file(options.resource_file, limits::kResourceBytes);
  if (!content.has_value()) return fail(content.error().detail);
  return administer(
      options, "POST", "/kbs/v0/resource/" + options.path, std::string(as_text(*content)), [&](const std::string&) {
        return "Set resource success \n resource: " + options.path + " (" + std::to_string(content->size()) + " bytes)";
      });
}

int set_reference_value(const Options& options) {
  Json value = options.reference_value;
  if (options.as_integer || options.as_bool) {
    const Result<Json> parsed = parse_json(options.reference_value);
    const bool fits =
        parsed.has_value() && (options.as_bool ? parsed->as_bool() != nullptr : parsed->as_integer().has_value());
    if (!fits)
      return fail(options.reference_value + (options.as_bool ? " is neither true nor false" : " is no integer"));
    value = *parsed;
  }
  if (!options.as_single_value) value = Json::array({value});
  const std::string payload = to_text(Json::object({{options.reference_name, value}}));
  const Json message =
      Json::object({{"version", "0.1.0"}, {"type", "sample"}, {"payload", codec::to_base64(as_bytes(payload))}});
  return administer(options, "POST", "/kbs/v0/reference-value", to_text(message),
                    [](const std::string&) { return std::string("Reference Values Updated"); });
}

void add_config_commands(CLI::App& config, Options& options, std::function<int()>& chosen) {
  config.require_subcommand(1);
  config.add_option(
      "--admin-token-file", options.admin_token_file,
      "Admin bearer token; if absent: kbs/config/docker-compose/admin-token, ~/.trustee/admin-token, then "
      "Avouch's data directory");
  config.add_option("--auth-private-key", options.admin_key_file,
                    "Private key of an admin (PEM): makes a token for this call");

  CLI::App* policy = config.add_subcommand("set-attestation-policy", "Set attestation verification policy");
  policy->add_option("--policy-file", options.policy_file, "Policy file path")->required();
  policy->add_option("--type", options.policy_type, "Policy format type, e.g \"rego\"");
  policy->add_option("--id", options.policy_id, "Policy ID, e.g \"default_cpu\"");
  policy->callback([&] { chosen = [&] { return set_attestation_policy(options); }; });

  CLI::App* resource_policy = config.add_subcommand("set-resource-policy", "Set resource policy");
  CLI::Option_group* which = resource_policy->add_option_group("policy");
  which->add_option("--policy-file", options.policy_file, "Policy file path");
  which->add_flag("--allow-all", options.allow_all, "Anybody with an attestation result may have every resource");
  which->add_flag("--deny-all", options.deny_all, "Nobody may have any resource");
  which->add_flag("--affirming", options.affirming, "Release only if every submodule of the result is affirming");
  which->add_flag("--default", options.use_default, "Avouch's default: affirming, and only for plugin resource");
  which->require_option(0, 1);
  resource_policy->callback([&] { chosen = [&] { return set_resource_policy(options); }; });

  CLI::App* set = config.add_subcommand("set-resource", "Set confidential resource");
  set->add_option("--path", options.path, "KBS Resource path, e.g my_repo/resource_type/123abc")->required();
  set->add_option("--resource-file", options.resource_file, "Resource file path")->required();
  set->callback([&] { chosen = [&] { return set_resource(options); }; });

  CLI::App* remove = config.add_subcommand("delete-resource", "Delete confidential resource");
  remove->add_option("--path", options.path, "KBS Resource path, e.g my_repo/resource_type/123abc")->required();
  remove->callback([&] {
    chosen = [&] {
      return administer(options, "DELETE", "/kbs/v0/resource/" + options.path, "",
                        [](const std::string&) { return std::string("Delete resource success"); });
    };
  });

  CLI::App* get_value = config.add_subcommand("get-reference-value", "Get reference value given its ID");
  get_value->add_option("--id", options.reference_name, "The ID of the reference value")->required();
  get_value->callback([&] {
    chosen = [&] {
      return administer(options, "GET", "/kbs/v0/reference-value/" + net::percent_encode(options.reference_name), "",
                        [](const std::string& answer) { return to_text(Json(answer)); });
    };
  });

  CLI::App* set_value = config.add_subcommand("set-sample-reference-value", "Set a reference value");
  set_value->add_option("NAME", options.reference_name, "The name of the reference value")->required();
  set_value->add_option("VALUE", options.reference_value, "The reference value itself, a text by default")->required();
  set_value->add_flag("--as-integer", options.as_integer, "The value is an integer");
  set_value->add_flag("--as-bool", options.as_bool, "The value is true or false");
  set_value->add_flag("--as-single-value", options.as_single_value, "The value stands alone instead of in a list");
  set_value->callback([&] { chosen = [&] { return set_reference_value(options); }; });
}

int run(int argc, char** argv) {
  Options options;
  std::function<int()> chosen;
  CLI::App app("A command line client tool for KBS APIs.", "kbs-client");
  app.set_version_flag("-V,--version", "KBS client 0.1.0 (avouch " AVOUCH_VERSION ")");
  app.require_subcommand(1);
  app.add_option("--url", options.url, "The KBS server root URL")->capture_default_str();
  app.add_option("--cert-file", options.certificate_file,
                 "The KBS HTTPS server custom root certificate file path (PEM format)");
  add_config_commands(*app.add_subcommand("config", "Set and Config KBS"), options, chosen);

  CLI::App* get = app.add_subcommand("get-resource", "Get confidential resource");
  get->add_option("--path", options.path, "KBS Resource path, e.g my_repo/resource_type/123abc")->required();
  get->add_option("--tee-key-file", options.tee_key_file,
                  "Private key (PEM) that the resource is sealed to; made anew if absent");
  get->add_option("--attestation-token", options.token_file, "Attestation token to use instead of attesting now");
  get->add_option("INIT_DATA", options.init_data, "InitData plaintext");
  get->add_flag("--allow-sample", options.allow_sample,
                "Where there is no TEE, use the sample attester, which proves nothing");
  get->callback([&] { chosen = [&] { return get_resource(options); }; });

  CLI::App* token = app.add_subcommand("attest", "Attestation and get attestation results token");
  token->add_option("--tee-key-file", options.tee_key_file, "Private key (PEM) whose public part goes into the token");
  token->add_option("INIT_DATA", options.init_data, "InitData plaintext. See get-resource");
  token->add_flag("--allow-sample", options.allow_sample,
                  "Where there is no TEE, use the sample attester, which proves nothing");
  token->callback([&] { chosen = [&] { return attest(options); }; });

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return chosen();
}

}  // namespace
}  // namespace avouch::cmd

int main(int argc, char** argv) {
  return avouch::cmd::run(argc, argv);
}
