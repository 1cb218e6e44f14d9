#include "appraise/remedies.h"

#include <algorithm>
#include <functional>

namespace avouch::appraise {
namespace {

using tee::kAttestAgain;
using tee::kBrokenGuest;
using tee::Remedy;

constexpr std::string_view kCorrectPolicy = "Correct the policy, try it on this very evidence, and set it again";
constexpr std::string_view kTestPolicy = "avouch policy test FILE --decision {attestation}";

// By what an operator meets first: measurements, freshness, messages, policies, results, secrets, administration.
constexpr Remedy kRemedies[] = {
    // What a policy compared.
    {"reference.missing",
     "No reference value \"{name}\" is endorsed, so what was measured as {claim} cannot be recognised.",
     "If it is what you built, endorse exactly that", "avouch refval approve {attestation}"},
    {"reference.mismatched", "What was measured as {claim} is not among the values endorsed as \"{name}\".",
     "If it is what you built, endorse exactly that", "avouch refval approve {attestation}"},
    {"reference.expired", "The reference value \"{name}\" expired at {expired}, so it counts as missing.",
     "If what was measured as {claim} is still to be trusted, endorse it anew", "avouch refval approve {attestation}"},
    {"reference.revoked",
     "What was measured as {claim} was endorsed as \"{name}\" and revoked by {by} at {at}{reason}.",
     "Let the guest run what is still endorsed. The act is decision {decision}.", ""},
    {"reference.ended", "What was measured as {claim} was endorsed as \"{name}\" until {ends}{reason}.",
     "Let the guest run what is still endorsed; or let this count again", "avouch refval activate {name} {value}"},
    {"reference.candidate", "What was measured as {claim} is staged as \"{name}\" since {at}, and not active yet.",
     "If it is what you built, activate it", "avouch refval activate {name} {value}"},
    {"reference.damaged", "The stored reference value \"{detail}\" cannot be read, and must not be taken for missing.",
     "Delete it, and endorse it again", "avouch refval delete {detail}"},

    // Freshness.
    {"session.unknown", "The challenge is none of this server's, or of the time before it was restarted: {detail}.",
     "Let the guest attest again. If several servers share one address, let each guest stay with one of them.", ""},
    {"session.expired", "The guest answered after its challenge had expired.",
     "Let the guest attest again; if it is slow, give it more time: attestation_service.timeout in the config.", ""},
    {"session.used", "The challenge had been answered before, and each serves once.",
     "Let the guest ask for a new challenge. If it did not answer twice, somebody replays its messages.", ""},
    {"session.nonce", "The guest repeats another nonce than that of its session: {detail}.",
     "Let the guest send the cookie and the nonce of one and the same challenge.", ""},
    {"session.too-many", "More challenges were answered within their lifetime than this server remembers.",
     "Wait a minute. If nobody floods the server, lower attestation_service.timeout in the config.", ""},

    // Messages.
    {"kbs.auth.version", "The guest speaks version {detail} of the protocol; this server speaks 0.1.0 to 0.4.x.",
     "Use a client of such a version.", ""},
    {"kbs.attest.additional", "The guest presents evidence of further devices, which this build does not verify.",
     "Let it attest its CPU alone: with additional_evidence empty.", ""},
    {"kbs.no-token", "No attestation result was presented.", kAttestAgain, ""},
    {"kbs.", "The message is not one of the KBS protocol: {detail}.", kBrokenGuest, ""},
    {"initdata.", "The init data that the guest presents is malformed: {detail}.",
     "Correct the init data (its specification is that of Confidential Containers).", ""},
    {"jwk.", "The key that the guest presents is unusable: {detail}.", kBrokenGuest, ""},
    {"teekey.", "No secret can be sealed to the key that the guest presents: {detail}.",
     "Use RSA-OAEP-256 or ECDH-ES+A256KW; RSA1_5 only with avouch.allow_rsa1_5 = true in the config.", ""},
    {"json.", "The message is not JSON within the limits: {detail}.", kBrokenGuest, ""},
    {"base64.", "The message holds a text that is not base64: {detail}.", kBrokenGuest, ""},
    {"cbor.", "The evidence is not well-formed CBOR: {detail}.", kBrokenGuest, ""},
    {"cose.", "The evidence is no acceptable COSE message: {detail}.", kBrokenGuest, ""},

    // Roles apart.
    {"as.refused", "The attestation service elsewhere refused the evidence: {detail}.",
     "Ask there, with the decision that its answer names", "avouch --url URL why DECISION"},
    {"as.unavailable", "The attestation service elsewhere cannot be reached: {detail}.",
     "See that it runs, and that attestation_service.as_addr in the config names it.", ""},
    {"as.other-key", "The attestation service elsewhere answered with a token about another guest's key.",
     "Look at what stands between it and this server: somebody mixes up or replaces its answers.", ""},
    {"as.unbound", "The evidence came without runtime data, so nothing shows when it was made.",
     "Let whoever asks send runtime data; avouch.allow_unbound in the config takes evidence without.", ""},
    {"as.", "The request to the attestation service is malformed: {detail}.",
     "Correct whoever asks: a broker, or a program of somebody's own.", ""},
    {"rvps.", "Reference values are kept elsewhere, and could not be asked for: {detail}.",
     "See that the provider of reference values runs, and that rvps_config.address in the config names it.", ""},
    {"protobuf.", "The gRPC message is malformed: {detail}.", kBrokenGuest, ""},

    {"http.too-large", "The body of the request is larger than this server takes.",
     "If it is an honest one, set http_server.payload_request_size in the config higher.", ""},
    {"http.overloaded", "More requests waited than this server works off.",
     "Let the guest try again. If nobody floods the server, give it more processors: http_server.worker_count.", ""},
    {"http.", "The request was refused before anybody looked at what it says: {code}.", kBrokenGuest, ""},

    // Policies.
    {"policy.absent-path", "Policy {policy} reads input.{path} in line {line}, which this evidence does not have.",
     kCorrectPolicy, kTestPolicy},
    {"policy.verdict", "Policy {policy} itself says {claims}, and no reference value would change that.",
     "Read it; if it is not meant so, correct it", "avouch policy get {policy} --kind {kind}"},
    {"policy.forgotten", "Another policy was in force then, and its text is kept no longer.",
     "Attest again, and ask about that decision.", ""},
    {"policy.unknown", "There is no policy for this kind of evidence: {detail}.", "Set one.", ""},
    {"policy.invalid", "The policy in the store does not compile: {detail}.", "Go back to the default, or set another",
     "avouch policy reset {policy} --kind {kind}"},
    {"policy.steps", "Policy {policy} was stopped after too many steps: {detail}.",
     "Until it is made simpler, go back to the default", "avouch policy reset {policy} --kind {kind}"},
    {"policy.time", "Policy {policy} was stopped because it took too long: {detail}.",
     "Until it is made simpler, go back to the default", "avouch policy reset {policy} --kind {kind}"},
    {"policy.", "Policy {policy} failed while it was evaluated: {detail}.",
     "Until it is corrected, go back to the default", "avouch policy reset {policy} --kind {kind}"},
    {"appraisal.", "The attestation policy gave a result that is none: {detail}. It said: {said}.", kCorrectPolicy,
     kTestPolicy},

    // Results that are presented for a secret.
    {"jwt.expired", "The attestation result had expired: {detail}.", kAttestAgain, ""},
    {"jwt.", "The times of the token do not hold: {detail}.",
     "Set the clock of the machine that made it, or of this one; avouch.token_leeway_seconds tolerates small "
     "differences.",
     ""},
    {"ear.untrusted-key", "The attestation result was not signed by a key that this server trusts: {detail}.",
     "Let the guest attest with this server. If another verifier made the result and is yours, name its keys in the "
     "config: attestation_token.trusted_jwk_sets.",
     ""},
    {"ear.chain", "The certificates of the attestation result lead to no trusted root: {detail}.",
     "If another verifier made it and is yours, name its root in the config: attestation_token.trusted_certs_paths.",
     ""},
    {"ear.audience", "The attestation result was made for somebody else than this server: {detail}.",
     "If it is meant for this one, name that audience in the config: avouch.token_audiences.", ""},
    {"ear.issuer", "The attestation result is by an issuer that the config does not name: {detail}.",
     "If that verifier is yours, name it in the config: avouch.token_issuers.", ""},
    {"ear.profile", "The attestation result has a profile that the config does not name: {detail}.",
     "If results of that profile are to count, name it in the config: avouch.token_profiles.", ""},
    {"ear.no-tee-key", "The attestation result binds no key to seal a secret to: {detail}.",
     "If it stands at another place, name that in the config: attestation_token.extra_teekey_paths.", ""},
    {"ear.", "The attestation result is not usable: {detail}.", kAttestAgain, ""},
    {"signature.", "The attestation result was changed after it was signed, or its signature is none: {detail}.",
     "Let the guest attest again; if it stays so, look at what carries its token.", ""},
    {"jws.", "The attestation result is malformed: {detail}.", kAttestAgain, ""},

    // Secrets.
    {"release.not-affirming", "The resource policy {policy} denies because {short}.",
     "Whatever made the attestation fall short has to be put right; ask about it", "avouch why {attestation}"},
    {"release.rule", "The resource policy {policy} denies by a rule of its own, whatever the evidence says: {lines}.",
     "If it should be allowed, correct the policy and set it again", "avouch policy get {policy} --kind resource"},
    {"release.denied", "{detail}.", "Read the policy", "avouch policy get {policy} --kind resource"},
    {"resource.unknown", "The guest may have the resource {subject}, but there is none.", "Store it",
     "kbs-client config set-resource --path {subject} --resource-file FILE"},
    {"resource.path", "What was asked for is no path of a resource: {subject}.",
     "Let the guest ask for REPOSITORY/TYPE/TAG.", ""},
    {"vault.", "The stored secret does not open: {detail}.", "Restore the master key or the store from the backup.",
     ""},
    {"store.", "The store cannot be read or written: {detail}.",
     "See the server's log; restore the backup if it is damaged.", ""},

    // Administration.
    {"admin.no-token", "No admin token was presented.",
     "Make one where the server's data directory is, and present that", "avouch admin token"},
    {"admin.token", "The admin token does not count: {detail}.",
     "Make a fresh one where the server's data directory is, and check the clocks", "avouch admin token"},
    {"admin.role", "The administrator is known, but may not do that: {detail}.",
     "Give that role a rule in the config: admin.authorization.regex_acl.acls.", ""},
    {"admin.closed", "The config switches all administration off.", "Change admin.authorization_mode in the config.",
     ""},
};

constexpr std::string_view kUnquoted = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/:@+=-";

// A guest chooses paths and names: pasted into a shell, they must stay one word.
std::string shell_quoted(const std::string& text) {
  if (!text.empty() && text.front() != '-' && text.find_first_not_of(kUnquoted) == std::string::npos) return text;
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string filled_in(std::string_view words, const Json& facts,
                      const std::function<std::string(const std::string&)>& spelled) {
  std::string out;
  while (!words.empty()) {
    const std::size_t open = words.find('{');
    out += words.substr(0, open);
    if (open == std::string_view::npos) break;
    const std::size_t close = words.find('}', open);
    const std::string name(words.substr(open + 1, close - open - 1));
    const std::string* value = facts.find_string(name);
    out += value == nullptr ? "<" + name + ">" : spelled(*value);
    words.remove_prefix(close + 1);
  }
  return out;
}

}  // namespace

Remedies::Remedies(const std::vector<tee::Remedy>& of_rooms) : rows_(std::begin(kRemedies), std::end(kRemedies)) {
  rows_.insert(rows_.end(), of_rooms.begin(), of_rooms.end());
}

const Remedy* Remedies::find(std::string_view code) const {
  const Remedy* best = nullptr;
  for (const Remedy& row : rows_) {
    if (row.code == code) return &row;
    const bool is_area = row.code.ends_with('.') && code.starts_with(row.code);
    if (is_area && (best == nullptr || best->code.size() < row.code.size())) best = &row;
  }
  return best;
}

Json Remedies::in_words(std::string_view code, const Json& facts) const {
  static constexpr Remedy kUnknown{"", "{detail}.", "See {code} in docs/errors.md.", ""};
  const Remedy* found = find(code);
  const Remedy& remedy = found == nullptr ? kUnknown : *found;
  const auto as_it_is = [](const std::string& text) { return text; };
  Json with_code = facts;
  with_code.set("code", code);
  std::string next = filled_in(remedy.next, with_code, as_it_is);
  const std::string command = filled_in(remedy.command, with_code, shell_quoted);
  if (!command.empty()) next += ": " + command;
  Json out = Json::object({{"code", code}, {"cause", filled_in(remedy.cause, with_code, as_it_is)}, {"next", next}});
  if (!command.empty()) out.set("command", command);
  return out;
}

}  // namespace avouch::appraise
