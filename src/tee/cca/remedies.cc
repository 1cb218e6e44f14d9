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
