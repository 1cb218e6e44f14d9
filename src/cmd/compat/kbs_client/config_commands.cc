// What an administrator does: policies, secrets, reference values.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "base/file.h"
#include "base/limits.h"
#include "broker/admin.h"
#include "cmd/common/data_directory.h"
#include "cmd/common/printable.h"
#include "cmd/compat/kbs_client/commands.h"
#include "codec/base64.h"
#include "ledger/default_policies.h"

namespace avouch::cmd::kbs_client {
namespace {

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
    if (!file_exists(file)) continue;
    std::string token = TRY(read_text_file(file, limits::kTokenBytes));
    return trimmed(std::move(token));
  }
  std::fprintf(
      stderr,
      "WARN no admin token found: sending anonymous requests, which a server refuses unless it lets everybody in\n");
  return std::string();
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
    std::printf("%s\n", printable(report(*answer), "\n").c_str());
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
  Result<Buffer> file = read_file(options.resource_file, limits::kResourceBytes);
  if (!file.has_value()) return fail(file.error().detail);
  const Secret content(*std::move(file));
  return administer(options, "POST", "/kbs/v0/resource/" + options.path, std::string(as_text(content.reveal())),
                    [&](const std::string&) {
                      return "Set resource success \n resource: " + options.path + " (" +
                             std::to_string(content.size_bytes()) + " bytes)";
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

}  // namespace

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

}  // namespace avouch::cmd::kbs_client
