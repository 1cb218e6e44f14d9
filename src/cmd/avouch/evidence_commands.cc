// avouch evidence: judge evidence offline, with endorsements from files.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "appraise/endorsements.h"
#include "appraise/judge.h"
#include "appraise/reference_values.h"
#include "base/file.h"
#include "base/limits.h"
#include "cmd/avouch/command.h"
#include "cmd/avouch/evidence.h"
#include "cmd/common/printable.h"
#include "codec/hex.h"
#include "ledger/default_policies.h"
#include "store/backends.h"
#include "tee/rooms.h"

namespace avouch::cmd {
namespace {

using Options = EvidenceOptions;

struct Verdict {
  tee::Claims claims;
  appraise::Appraisal appraisal;
};

Result<Json> read_json(const std::string& file) {
  const std::string text = TRY(read_text_file(file, limits::kHttpBodyBytes));
  Result<Json> json = parse_json(text);
  ENSURE(json.has_value(), Error{Blame::kRequest, json.error().code, file + ": " + json.error().detail});
  return json;
}

Result<tee::EndorsedRecords> read_endorsements(const Options& options, const tee::Room& room) {
  tee::EndorsedRecords out;
  for (const std::string& file : {options.trust_anchor_store, options.reference_value_store}) {
    if (file.empty()) continue;
    const Json document = TRY(read_json(file));
    tee::EndorsedRecords records = TRY(room.read_endorsements(document));
    for (auto& record : records.trust_anchors) out.trust_anchors.push_back(std::move(record));
    for (auto& record : records.platform_references) out.platform_references.push_back(std::move(record));
    for (auto& record : records.reference_values) out.reference_values.push_back(std::move(record));
  }
  return out;
}

Result<tee::Binding> binding_of(const Options& options) {
  const tee::NotDemanded no_init_data{"offline: no init data given"};
  if (options.challenge.empty())
    return tee::Binding::make(tee::NotDemanded{"offline: no challenge given"}, no_init_data);
  Result<Buffer> challenge = codec::from_hex(options.challenge);
  ENSURE(challenge.has_value(), Error{Blame::kRequest, challenge.error().code,
                                      "--challenge has to be hexadecimal: " + challenge.error().detail});
  return tee::Binding::make(*std::move(challenge), no_init_data);
}

// What to judge with: failures here are the user's, and not verdicts on the evidence.
struct Inputs {
  const tee::Room* room;
  tee::EndorsedRecords records;
  tee::Binding binding;
  std::string policy;
  Buffer evidence;
};

Result<Inputs> read_inputs(const Options& options, const tee::Rooms& rooms) {
  const tee::Room* room = TRY(rooms.find(options.tee));
  tee::EndorsedRecords records = TRY(read_endorsements(options, *room));
  tee::Binding binding = TRY(binding_of(options));
  std::string policy = options.policy_file.empty() ? ledger::default_policies().at("default_cpu")
                                                   : TRY(read_text_file(options.policy_file, limits::kPolicyBytes));
  Buffer evidence = TRY(read_file(options.token, limits::kEvidenceBytes));
  return Inputs{room, std::move(records), std::move(binding), std::move(policy), std::move(evidence)};
}

Result<Verdict> judge(const Inputs& inputs, store::Store& memory, const Clock& clock) {
  appraise::Endorsements endorsements(memory, inputs.records);
  appraise::ReferenceValues reference_values(memory, clock);
  for (const auto& value : inputs.records.reference_values) TRY(reference_values.add(value.key, value.content));
  ledger::Policies policies(memory, "policy", {{"policy", inputs.policy}});
  const ledger::ActivePolicy policy = TRY(policies.get("policy"));

  const tee::Needs needs = TRY(inputs.room->needs(inputs.evidence));
  const tee::Collateral collateral = TRY(endorsements.get(needs));
  tee::Claims claims = TRY(inputs.room->verify(inputs.evidence, inputs.binding, collateral, clock.now()));
  const auto references = TRY(reference_values.snapshot());
  appraise::Hearing hearing;
  appraise::Appraisal appraisal = TRY(appraise::appraise(claims, appraise::policy_input(claims, nullptr, nullptr),
                                                         policy, *references, clock.now(), hearing));
  return Verdict{std::move(claims), std::move(appraisal)};
}

Json verdict_json(const Result<Verdict>& verdict) {
  if (!verdict.has_value()) {
    return Json::object({{"authentic", false},
                         {"error", Json::object({{"blame", to_string(verdict.error().blame)},
                                                 {"code", verdict.error().code},
                                                 {"detail", verdict.error().detail}})},
                         {"claims", nullptr},
                         {"appraisal", nullptr}});
  }
  Json findings = Json::array();
  for (const tee::Finding& finding : verdict->claims.findings) {
    findings.push_back(Json::object({{"code", finding.code}, {"detail", finding.detail}}));
  }
  return Json::object({{"authentic", true},
                       {"error", nullptr},
                       {"claims", verdict->claims.evidence},
                       {"appraisal", Json::object({{"status", ear::to_string(verdict->appraisal.status)},
                                                   {"vector", verdict->appraisal.vector.to_json()},
                                                   {"findings", std::move(findings)}})}});
}

void print_verdict(const Options& options, const Result<Verdict>& verdict) {
  if (!verdict.has_value()) {
    std::printf("%s: refused\n%s: %s\n", options.token.c_str(), verdict.error().code,
                printable(verdict.error().detail).c_str());
    return;
  }
  std::printf("%s: authentic\nappraisal: %s\n", options.token.c_str(), ear::to_string(verdict->appraisal.status));
  for (std::size_t i = 0; i < ear::kTrustClaimCount; ++i) {
    const auto claim = static_cast<ear::TrustClaim>(i);
    const std::optional<std::int8_t> value = verdict->appraisal.vector.get(claim);
    if (!value.has_value()) continue;
    std::printf("%s [%s]: %s\n", ear::title_of(claim), ear::to_string(ear::tier_of(*value)),
                ear::describe(claim, *value).c_str());
  }
  for (const tee::Finding& finding : verdict->claims.findings) {
    std::printf("finding %s: %s\n", finding.code, printable(finding.detail).c_str());
  }
}

}  // namespace

int verify_evidence(const EvidenceOptions& options) {
  const SystemClock clock;
  const tee::Rooms rooms(true);
  const Result<Inputs> inputs = read_inputs(options, rooms);
  if (!inputs.has_value()) {
    report(inputs.error());
    return kUsage;
  }
  const std::unique_ptr<store::Store> memory = store::make_memory_store(clock);
  const Result<Verdict> verdict = judge(*inputs, *memory, clock);
  if (options.json) {
    print_json(verdict_json(verdict));
  } else {
    print_verdict(options, verdict);
  }
  return verdict.has_value() ? kAccepted : kRefused;
}

void add_evidence_options(CLI::App& command, EvidenceOptions& options) {
  command.add_option("--tee", options.tee, "TEE that the evidence comes from")->capture_default_str();
  command.add_option("--ta-store", options.trust_anchor_store, "Trust anchors (JSON)");
  command.add_option("--rv-store", options.reference_value_store, "Reference values (JSON)");
  command.add_option("--challenge", options.challenge, "Challenge that it has to be bound to (hex)");
  command.add_flag("--json", options.json, "Print verdict, claims and appraisal as JSON");
}

void add_evidence(CLI::App& app, Invocation& invocation) {
  CLI::App* noun = app.add_subcommand("evidence", "Evidence: verify, create");
  end_help(*noun, {"avouch evidence verify --ta-store ta-store.json token.cbor"});
  noun->require_subcommand(1);
  add_evidence_create(*noun, invocation);
  CLI::App* command = noun->add_subcommand("verify", "Judge a token offline; exit 0 if it is authentic, 1 if not");
  end_help(*command, {"avouch evidence verify --tee cca --ta-store ta-store.json --rv-store rv-store.json token.cbor"},
           "Exit codes: 0 authentic, 1 not authentic, 2 usage: a file that is missing or does not read.");
  auto options = std::make_shared<Options>();
  command->add_option("TOKEN", options->token, "File with the evidence")->required();
  add_evidence_options(*command, *options);
  command->add_option("--policy", options->policy_file, "Policy (Rego) instead of the default one");
  command->callback([&invocation, options] { invocation.chosen = [options] { return verify_evidence(*options); }; });
}

}  // namespace avouch::cmd
