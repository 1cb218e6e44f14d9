#include "cmd/compat/kbs_client/commands.h"

#include <CLI/CLI.hpp>
#include <cstdio>

#include "base/file.h"
#include "base/limits.h"
#include "cmd/common/printable.h"

namespace avouch::cmd::kbs_client {

int fail(const std::string& message) {
  std::fprintf(stderr, "Error: %s\n", printable(message).c_str());
  return 1;
}

int fail(const Error& error, const dialect::kbs::KbsClient& client) {
  const dialect::kbs::ErrorInformation& said = client.last_refusal();
  if (std::string_view(error.code) != "kbs.refused" || said.type.empty()) return fail(error.detail);
  std::fprintf(stderr, "WARN the KBS refused: ErrorInformation {\n    error_type: \"%s\",\n    detail: \"%s\",\n}\n",
               printable(said.type).c_str(), printable(said.detail).c_str());
  if (!said.decision_id.empty()) {
    const std::string decision = printable(said.decision_id);
    std::fprintf(stderr, "decision: %s (its operator sees the reason with: avouch why %s)\n", decision.c_str(),
                 decision.c_str());
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

std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) text.pop_back();
  return text;
}

void build_command_line(CLI::App& app, Options& options, std::function<int()>& chosen) {
  app.name("kbs-client");
  app.description("A command line client tool for KBS APIs.");
  app.set_version_flag("-V,--version", "KBS client 0.1.0 (avouch " AVOUCH_VERSION ")");
  app.require_subcommand(1);
  app.add_option("--url", options.url, "The KBS server root URL")->capture_default_str();
  app.add_option("--cert-file", options.certificate_file,
                 "The KBS HTTPS server custom root certificate file path (PEM format)");
  add_config_commands(*app.add_subcommand("config", "Set and Config KBS"), options, chosen);
  add_guest_commands(app, options, chosen);
}

}  // namespace avouch::cmd::kbs_client
