#include "tee/cca/remedies.h"

namespace avouch::tee::cca {
namespace {

constexpr Remedy kRemedies[] = {
    // Platforms.
    {"cca.platform.unknown", "No attestation key (CPAK) is endorsed for this platform, {key}.",
     "If the platform is yours, endorse it with the file that its maker gives", "avouch endorsement add FILE"},
    {"cca.platform.revoked",
     "The attestation key (CPAK) of this platform, {key}, was revoked at {revoked}, in decision {act}.",
     "If that was a mistake, endorse it again", "avouch endorsement add FILE"},
    {"cca.platform.signature", "The platform token was signed by another key than those endorsed for this platform.",
     "Somebody forges, or the endorsed key is wrong: then revoke it and add the right one",
     "avouch endorsement revoke {key} && avouch endorsement add FILE"},
    {"cca.platform.firmware-unknown", "No firmware is endorsed for this platform: {detail}.",
     "If its firmware, as shown under \"measured\", is what you trust, endorse it", "avouch endorsement add FILE"},
    {"cca.platform.firmware-mismatched", "Firmware or configuration of the platform is not as endorsed: {detail}.",
     "If it was updated on purpose, endorse the new record beside the old one", "avouch endorsement add FILE"},
    {"cca.platform.not-secured", "The platform is not in a state that protects its realms: {detail}.",
     "No endorsement and no policy lifts this: use a platform whose lifecycle is secured.", ""},
    {"cca.endorsement.damaged", "A stored endorsement cannot be read: {detail}.", "Restore the store from its backup.",
     ""},

    // The verifier elsewhere, where the config names one.
    {"cca.remote-refused", "The verifier elsewhere does not vouch for the platform and its realm: {detail}.",
     "If the platform is yours, endorse it there, with its maker's CoRIM.", ""},
    {"cca.remote-doubts", "The verifier elsewhere vouches for the platform, but not for all that it runs: {detail}.",
     "Provision there what the platform runs, if it is to be trusted.", ""},
    {"cca.remote-other-evidence", "The verifier elsewhere answered about other evidence: {detail}.",
     "Look at what stands between it and this server: somebody mixes up or replaces its answers.", ""},
    {"cca.remote-signature",
     "The verifier elsewhere answered with a result that its published key did not sign: {detail}.",
     "Let the guest attest again. If it stays so, somebody replaces its answers, or its replicas have different keys.",
     ""},
    {"cca.remote-nonce", "The verifier elsewhere answered with a result for another session: {detail}.",
     "Look at what stands between it and this server: somebody mixes up or replays its answers.", ""},
    {"cca.remote-media-type", "The verifier elsewhere takes no evidence of Arm CCA, or not of this profile: {detail}.",
     "Give it a scheme for Arm CCA, or name another verifier in the file of avouch.cca_config_file.", ""},
    {"cca.remote-resting", "The verifier elsewhere failed just now, and is not asked again yet: {detail}.",
     "See that it runs, then let the guest attest again.", ""},
    {"cca.remote-unavailable", "The verifier elsewhere cannot be reached: {detail}.",
     "See that it runs, and that the file of avouch.cca_config_file names its address and its ca-cert.", ""},
    {"cca.remote-failed", "The verifier elsewhere failed with this evidence: {detail}.",
     "Let the guest attest again. If it stays so, see its log.", ""},
    {"cca.remote-result", "The verifier elsewhere answered with a result that does not count: {detail}.",
     "Set the clocks of both machines. If it stays so, see that the file of avouch.cca_config_file names a Veraison.",
     ""},
    {"cca.remote-protocol", "The verifier elsewhere did not answer as Veraison's interface has it: {detail}.",
     "See that the address in the file of avouch.cca_config_file is that of a Veraison verification service, and its "
     "log.",
     ""},

    // Tokens.
    {"cca.realm.binder", "The platform token vouches for another realm key (RAK) than the one that signed: {detail}.",
     "Two tokens were put together that do not belong together: by a broken guest, or by somebody who forges.", ""},
    {"cca.realm.signature", "The realm token's signature is not by the realm key that it carries.",
     "The token was changed on its way, or somebody forges: let the guest attest again, and look at what carries it.",
     ""},
    {"cca.profile.mixed", "The token mixes two profiles: {detail}.",
     "Update firmware and RMM of the platform together.", ""},
    {"cca.", "The Arm CCA token is not what a genuine platform makes: {code}: {detail}.", kBrokenGuest, ""},

    // Freshness and binding.
    {"cca.realm.challenge-mismatch",
     "The evidence binds something else than the nonce of this session and the key that the guest sent.",
     "Let the guest attest again. If it stays so, the guest does not hash nonce and key as this protocol has it, or "
     "somebody presents another's evidence.",
     ""},
    {"cca.realm.init-data", "The realm was started with other init data than the guest presents.",
     "Present the init data that the realm was started with, or start it with the digest of the new one.", ""},
};

}  // namespace

std::span<const Remedy> remedies() {
  return kRemedies;
}

}  // namespace avouch::tee::cca
