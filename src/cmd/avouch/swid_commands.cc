// avouch refval from-swid: what a SWID manifest (TCG RIM) holds, whether its signature counts, and its way to the
// server.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "appraise/provenance.h"
#include "base/file.h"
#include "base/limits.h"
#include "cmd/avouch/manifest_options.h"
#include "cmd/common/printable.h"
#include "codec/base64.h"

namespace avouch::cmd {
namespace {

// The roots given. Without any, the signature is not judged here.
Result<appraise::ProvenanceTrust> read_trust(const ManifestOptions& options) {
  appraise::ProvenanceTrust out;
  out.swid.roots = TRY(read_roots(options));
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

int run(const Invocation& invocation, const ManifestOptions& options) {
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
  if (goes_to_server(options)) return send_manifest(invocation, options, "swid", *document);
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
  add_manifest_options(*command, invocation, run);
}

}  // namespace avouch::cmd
