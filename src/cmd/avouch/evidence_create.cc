// avouch evidence create: evidence of one's own making, to try policies with.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "base/file.h"
#include "base/limits.h"
#include "base/secret.h"
#include "cmd/avouch/command.h"
#include "cmd/avouch/evidence.h"
#include "format/jwk.h"
#include "tee/cca/emulator/mint.h"

namespace avouch::cmd {
namespace {

namespace emulator = tee::cca::emulator;

struct CreateOptions {
  std::string tee = "cca";
  std::string platform_claims, realm_claims;  // files, JSON
  std::string cpak, rak;                      // files, PEM or JWK
  std::string out;                            // file; empty for standard output
};

// Says which of the files a failure is about.
template <class T>
Result<T> in_file(const std::string& file, Result<T> result) {
  ENSURE(result.has_value(), Error{result.error().blame, result.error().code, file + ": " + result.error().detail});
  return result;
}

Result<Json> read_claims(const std::string& file) {
  const std::string text = TRY(read_text_file(file, limits::kEvidenceBytes));
  return in_file(file, parse_json(text));
}

Result<crypto::PrivateKey> read_key(const std::string& file) {
  const Secret content(TRY(read_file(file, limits::kTeeKeyBytes)));
  const std::string_view text = as_text(content.reveal());
  if (!text.starts_with('{')) return in_file(file, crypto::PrivateKey::from_pem(text));
  const Json jwk = TRY(in_file(file, parse_json(text)));
  return in_file(file, jose::private_key_from_jwk(jwk));
}

Result<Buffer> create_token(const CreateOptions& options) {
  Json platform = TRY(read_claims(options.platform_claims));
  Json realm = TRY(read_claims(options.realm_claims));
  const crypto::PrivateKey cpak = TRY(read_key(options.cpak));
  const crypto::PrivateKey rak = TRY(read_key(options.rak));
  return emulator::mint_token({std::move(platform), std::move(realm)}, {cpak, rak}, emulator::Collection::kEat399);
}

int create_evidence(const CreateOptions& options) {
  if (options.out.empty() && ::isatty(STDOUT_FILENO) != 0) {
    std::fprintf(stderr,
                 "avouch: evidence is no text for a terminal: name a file with --out, or redirect the output\n");
    return kUsage;
  }
  const Result<Buffer> token = create_token(options);
  if (!token.has_value()) return report(token.error());
  if (!options.out.empty()) {
    const Status written = write_file(options.out, *token, 0644);
    return written.has_value() ? kAccepted : report(written.error());
  }
  const bool is_whole =
      std::fwrite(token->data(), 1, token->size(), stdout) == token->size() && std::fflush(stdout) == 0;
  return is_whole ? kAccepted : report(Error{Blame::kUnavailable, "file.write", "standard output does not take it"});
}

}  // namespace

void add_evidence_create(CLI::App& noun, Invocation& invocation) {
  CLI::App* command = noun.add_subcommand("create",
                                          "Make evidence from claims and keys, to try policies with. The realm's "
                                          "public key and the platform's challenge follow from --rak");
  end_help(*command,
           {"avouch evidence create --platform-claims platform.json --realm-claims realm.json --cpak cpak.pem "
            "--rak rak.pem --out token.cbor"});
  auto options = std::make_shared<CreateOptions>();
  command->add_option("--tee", options->tee, "TEE that it shall be of")
      ->check(CLI::IsMember({"cca"}))
      ->capture_default_str();
  command->add_option("--platform-claims", options->platform_claims, "Claims of the platform (JSON)")->required();
  command->add_option("--realm-claims", options->realm_claims, "Claims of the realm (JSON)")->required();
  command->add_option("--cpak", options->cpak, "Private key of the platform (EC; PEM or JWK)")->required();
  command->add_option("--rak", options->rak, "Private key of the realm (P-384; PEM or JWK)")->required();
  command->add_option("--out", options->out, "File for the token; if absent, standard output");
  command->callback([&invocation, options] { invocation.chosen = [options] { return create_evidence(*options); }; });
}

}  // namespace avouch::cmd
