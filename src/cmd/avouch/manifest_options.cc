#include "cmd/avouch/manifest_options.h"

#include <CLI/CLI.hpp>
#include <memory>

#include "appraise/provenance.h"
#include "base/file.h"
#include "base/limits.h"
#include "codec/base64.h"

namespace avouch::cmd {

ManifestOptions& add_manifest_options(CLI::App& command, Invocation& invocation, RunManifest run) {
  auto options = std::make_shared<ManifestOptions>();
  command.add_option("FILE", options->file, "The manifest, signed or not")->required();
  command.add_option("--cert", options->certificates, "Root (PEM) that its signer's certificate has to chain to");
  CLI::Option* registers = command.add_flag("--register", options->registers,
                                            "Set its values at the server, if the server trusts who signed it");
  command.add_flag("--stage", options->stages, "Make its values candidates there, likewise")->excludes(registers);
  command.add_flag("--json", options->json, "Print everything, as JSON");
  command.callback([&invocation, options, run = std::move(run)] {
    invocation.chosen = [&invocation, options, run] { return run(invocation, *options); };
  });
  return *options;  // lives as long as the command, whose callback holds it
}

Result<std::vector<crypto::Certificate>> read_roots(const ManifestOptions& options) {
  std::vector<crypto::Certificate> out;
  for (const std::string& file : options.certificates) {
    const std::string pem = TRY(read_text_file(file, limits::kConfigBytes));
    for (crypto::Certificate& root : TRY(crypto::Certificate::from_pem_chain(pem))) out.push_back(std::move(root));
  }
  return out;
}

bool goes_to_server(const ManifestOptions& options) {
  return options.registers || options.stages;
}

int send_manifest(const Invocation& invocation, const ManifestOptions& options, std::string_view type, Bytes manifest) {
  return ask_and_print(invocation, "POST", options.stages ? "reference-values?stage=true" : "reference-values",
                       appraise::make_provenance(type, codec::to_base64(manifest)));
}

}  // namespace avouch::cmd
