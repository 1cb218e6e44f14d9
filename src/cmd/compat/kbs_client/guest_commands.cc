// What a guest does: attest, and fetch.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "base/file.h"
#include "base/limits.h"
#include "cmd/compat/kbs_client/commands.h"
#include "codec/base64.h"
#include "guest/attester.h"

namespace avouch::cmd::kbs_client {
namespace {

Result<crypto::PrivateKey> tee_key(const Options& options) {
  if (options.tee_key_file.empty()) return crypto::PrivateKey::generate_ec(crypto::Curve::kP256);
  return read_private_key(options.tee_key_file);
}

// Attests as the TEE that this machine is, and says which: never silently as one that proves nothing.
Result<std::string> fresh_token(const Options& options, dialect::kbs::KbsClient& client,
                                const crypto::PrivateKey& key) {
  guest::DetectOptions detect;
  detect.allow_sample = options.allow_sample;
  const std::unique_ptr<guest::Attester> attester = TRY(guest::detect(detect));
  std::fprintf(stderr, "attesting as TEE: %s\n", std::string(attester->tee()).c_str());
  std::optional<std::string> init_data;
  if (!options.init_data.empty()) init_data = options.init_data;
  return client.attest(*attester, key, init_data);
}

int attest(const Options& options) {
  Result<dialect::kbs::KbsClient> client = connect(options);
  if (!client.has_value()) return fail(client.error().detail);
  const Result<crypto::PrivateKey> key = tee_key(options);
  if (!key.has_value()) return fail(key.error().detail);
  const Result<std::string> token = fresh_token(options, *client, *key);
  if (!token.has_value()) return fail(token.error(), *client);
  std::printf("%s\n", token->c_str());
  return 0;
}

Result<std::string> given_token(const Options& options) {
  std::string text = TRY(read_text_file(options.token_file, limits::kTokenBytes));
  return trimmed(std::move(text));
}

int get_resource(const Options& options) {
  if (!options.token_file.empty() && options.tee_key_file.empty()) {
    return fail(
        "if `--attestation-token` is set, `--tee_key_file` argument should also be set, and the public part of TEE Key "
        "should be consistent with tee-pubkey in the token.");
  }
  Result<dialect::kbs::KbsClient> client = connect(options);
  if (!client.has_value()) return fail(client.error().detail);
  const Result<crypto::PrivateKey> key = tee_key(options);
  if (!key.has_value()) return fail(key.error().detail);
  const Result<std::string> token =
      options.token_file.empty() ? fresh_token(options, *client, *key) : given_token(options);
  if (!token.has_value()) return fail(token.error(), *client);
  const Result<Secret> resource = client->get_resource(options.path, *token, *key);
  if (!resource.has_value()) {
    if (std::string_view(resource.error().code) == "kbs.refused") return fail(resource.error(), *client);
    return fail("decrypt KBS response body failed: " + resource.error().detail);
  }
  const Secret text(to_buffer(as_bytes(codec::to_base64(resource->reveal()))));
  std::printf("%.*s\n", static_cast<int>(text.size_bytes()), as_text(text.reveal()).data());
  return 0;
}

}  // namespace

void add_guest_commands(CLI::App& app, Options& options, std::function<int()>& chosen) {
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
}

}  // namespace avouch::cmd::kbs_client
