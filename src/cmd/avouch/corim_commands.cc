// avouch refval from-corim: what a manifest holds, whether its signature counts, and its way to the server.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>

#include "appraise/corim_provenance.h"
#include "base/file.h"
#include "base/limits.h"
#include "cmd/avouch/manifest_options.h"
#include "cmd/common/printable.h"

namespace avouch::cmd {
namespace {

// The keys and roots given; none: the signature is not judged here.
Result<appraise::SupplierTrust> read_trust(const ManifestOptions& options) {
  appraise::SupplierTrust out;
  for (const std::string& file : options.keys) {
    const std::string pem = TRY(read_text_file(file, limits::kConfigBytes));
    out.keys.push_back(TRY(crypto::PublicKey::from_pem(pem)));
  }
  out.roots = TRY(read_roots(options));
  return out;
}

std::size_t left_out(const corim::Manifest& manifest, std::size_t taken_count) {
  std::size_t count = manifest.other_tags_count;
  for (const corim::Comid& module : manifest.modules) {
    count +=
        module.other_triples_count + module.endorsed.size() + module.identity_keys.size() + module.attest_keys.size();
    for (const corim::MeasurementTriple& triple : module.reference) count += triple.measurements.size();
  }
  return count - std::min(count, taken_count);
}

void set_times(Json& out, const char* of, const corim::Validity& validity) {
  if (validity.not_before.has_value()) out.set(std::string(of) + "-from", to_rfc3339(*validity.not_before));
  if (validity.not_after.has_value()) out.set(std::string(of) + "-until", to_rfc3339(*validity.not_after));
}

// `verified`: by the keys given; nothing if none was.
Json describe(const corim::Corim& corim, std::optional<bool> verified) {
  const corim::Manifest& manifest = corim.manifest;
  Json out = Json::object({{"id", to_text(manifest.id)}});
  if (manifest.profile.has_value()) out.set("profile", to_text(*manifest.profile));
  for (const std::string_view entity : manifest.entities) {
    if (out.find("entities") == nullptr) out.set("entities", Json::array());
    out.find("entities")->push_back(entity);
  }
  out.set("signed", corim.signature.has_value());
  if (corim.signature.has_value()) {
    out.set("signer", corim.signature->signer);
    set_times(out, "signature", corim.signature->validity);
  }
  out.set("verified", verified.has_value() ? Json(*verified) : Json());
  set_times(out, "manifest", manifest.validity);
  Json values = Json::array();
  const Json::Object found = appraise::preview_reference_values(manifest);
  for (std::size_t i = 0; i < found.size(); ++i) {
    Json each = Json::object({{"name", found[i].first}, {"value", found[i].second}});
    const auto is_same = [&](const Json::Member& later) { return later.first == found[i].first; };
    if (std::any_of(found.begin() + static_cast<std::ptrdiff_t>(i) + 1, found.end(), is_same))
      each.set("replaced", true);
    values.push_back(std::move(each));
  }
  out.set("reference-values", std::move(values));
  out.set("left-out", std::int64_t(left_out(manifest, found.size())));
  return out;
}

void print(const Json& manifest) {
  const auto line = [&manifest](const char* title, const char* member) {
    const Json* value = manifest.find(member);
    if (value == nullptr) return;
    const std::string* text = value->as_string();
    std::printf("%-12s %s\n", title, printable(text != nullptr ? *text : to_text(*value)).c_str());
  };
  line("manifest", "id");
  line("profile", "profile");
  line("made by", "entities");
  line("from", "manifest-from");
  line("until", "manifest-until");
  const Json* verified = manifest.find("verified");
  if (*manifest.find("signed") == Json(false)) {
    std::printf("%-12s by nobody\n", "signed");
  } else {
    line("signed by", "signer");
    line("", "signature-until");
    std::printf("%-12s %s\n", "signature",
                verified->is_null() ? "not verified here: name its signer with --key or --cert" : "good");
  }
  for (const Json& value : *manifest.find("reference-values")->as_array()) {
    std::printf("\n%s%s\n    %s\n", printable(*value.find_string("name")).c_str(),
                value.find("replaced") != nullptr ? " (another of this name follows, and replaces it)" : "",
                printable(to_text(*value.find("value"))).c_str());
  }
  if (*manifest.find("left-out") != Json(0)) {
    std::printf("\n%s more that give no reference value: endorsements, keys, other kinds of measurements or tags\n",
                to_text(*manifest.find("left-out")).c_str());
  }
}

int run(const Invocation& invocation, const ManifestOptions& options) {
  const Result<Buffer> document = read_file(options.file, limits::kCorimBytes);
  if (!document.has_value()) return report(document.error());
  const Result<corim::Corim> corim = corim::parse_corim(*document);
  if (!corim.has_value()) return report(corim.error());
  std::optional<bool> verified;
  if (!options.keys.empty() || !options.certificates.empty()) {
    const Result<appraise::SupplierTrust> trust = read_trust(options);
    if (!trust.has_value()) return report(trust.error());
    const Result<appraise::BelievedManifest> believed =
        appraise::BelievedManifest::believe(*corim, *trust, SystemClock().now());
    if (!believed.has_value()) {
      report(believed.error());
      return kRefused;
    }
    verified = true;
  }
  if (goes_to_server(options)) return send_manifest(invocation, options, "corim", *document);
  const Json manifest = describe(*corim, verified);
  if (options.json) {
    print_json(manifest);
  } else {
    print(manifest);
  }
  return kAccepted;
}

}  // namespace

void add_from_corim(CLI::App& noun, Invocation& invocation) {
  CLI::App* command = noun.add_subcommand("from-corim", "Show what a CoRIM manifest holds, or register it");
  end_help(*command, {"avouch refval from-corim firmware.corim --key acme.pem",
                      "avouch refval from-corim firmware.corim --stage"});
  ManifestOptions& options = add_manifest_options(*command, invocation, run);
  command->add_option("--key", options.keys, "Public key (PEM) that has to have signed it");
}

}  // namespace avouch::cmd
