// avouch refval from-swid: what a SWID manifest (TCG RIM) holds, whether its signature counts, and its way to the
// server.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "appraise/provenance.h"
#include "base/file.h"
#include "base/limits.h"
#include "cmd/avouch/command.h"
#include "cmd/common/printable.h"
#include "codec/base64.h"

namespace avouch::cmd {
namespace {

struct Options {
  std::string file;
  std::vector<std::string> certificates;
  bool registers = false, stages = false, json = false;
};

// The roots given. Without any, the signature is not judged here.
Result<appraise::ProvenanceTrust> read_trust(const Options& options) {
  appraise::ProvenanceTrust out;
  for (const std::string& file : options.certificates) {
    const std::string pem = TRY(read_text_file(file, limits::kConfigBytes));
    for (crypto::Certificate& root : TRY(crypto::Certificate::from_pem_chain(pem)))
      out.swid.roots.push_back(std::move(root));
  }
  out.swid.allow_unsigned = out.swid.roots.empty();
  return out;
}

void print(const appraise::Provenance& manifest) {
  std::printf("%-12s %s\n", "signature",
              manifest.signer.empty() ? "not verified here: name its signer's root with --cert" : "good");
  if (!manifest.signer.empty()) std::printf("%-12s %s\n", "signed by", printable(manifest.signer).c_str());
  for (const auto& [name, value] : manifest.values) {
    std::printf("\n%s\n    %s\n", printable(name).c_str(), printable(to_text(value)).c_str());
  }
}

Json to_json(const appraise::Provenance& manifest) {
  Json values = Json::array();
  for (const auto& [name, value] : manifest.values) {
    values.push_back(Json::object({{"name", name}, {"value", value}}));
  }
  return Json::object({{"signer", manifest.signer.empty() ? Json() : Json(manifest.signer)},
                       {"verified", manifest.signer.empty() ? Json() : Json(true)},
                       {"reference-values", std::move(values)}});
}

int run(const Invocation& invocation, const Options& options) {
  const Result<Buffer> document = read_file(options.file, limits::kXmlBytes);
  if (!document.has_value()) return report(document.error());
  const Result<appraise::ProvenanceTrust> trust = read_trust(options);
  if (!trust.has_value()) return report(trust.error());
  const std::string message = appraise::make_provenance("swid", codec::to_base64(*document));
  const Result<appraise::Provenance> manifest = appraise::read_provenance(message, *trust, SystemClock().now());
  if (!manifest.has_value()) {
    report(manifest.error());
    return kRefused;
  }
  if (options.registers || options.stages) {
    return ask_and_print(invocation, "POST", options.stages ? "reference-values?stage=true" : "reference-values",
                         message);
  }
  if (options.json) {
    print_json(to_json(*manifest));
  } else {
    print(*manifest);
  }
  return kAccepted;
}

}  // namespace

void add_from_swid(CLI::App& noun, Invocation& invocation) {
  CLI::App* command = noun.add_subcommand("from-swid", "Show what a SWID manifest (TCG RIM) holds, or register it");
  end_help(*command, {"avouch refval from-swid vbios.swidtag --cert vendor-root.pem",
                      "avouch refval from-swid vbios.swidtag --stage"});
  auto options = std::make_shared<Options>();
  command->add_option("FILE", options->file, "The manifest, in XML")->required();
  command->add_option("--cert", options->certificates, "Root (PEM) that its signer's certificate has to chain to");
  CLI::Option* registers = command->add_flag("--register", options->registers,
                                             "Set its values at the server, if the server trusts who signed it");
  command->add_flag("--stage", options->stages, "Make its values candidates there, likewise")->excludes(registers);
  command->add_flag("--json", options->json, "Print everything, as JSON");
  command->callback(
      [&invocation, options] { invocation.chosen = [&invocation, options] { return run(invocation, *options); }; });
}

}  // namespace avouch::cmd
