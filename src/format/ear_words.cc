// What the values of trust claims are called: draft-ietf-rats-ar4si-10 section 2.3.4, in the words that Veraison's
// `arc` prints and that its users look for in reports.
#include <array>

#include "format/ear.h"

namespace avouch::ear {
namespace {

struct Words {
  TrustClaim claim;
  std::int8_t value;
  const char* tag;          // how people write it
  const char* description;  // a phrase
  const char* sentence;
};

// Values whose meaning does not depend on the claim.
struct CommonWords {
  std::int8_t value;
  const char* tag;
  const char* description;
  const char* sentence;
};
constexpr std::array<CommonWords, 4> kCommonWords{{
    {-1, "verifier_malfunction", "verifier malfunction",
     "A verifier malfunction occurred during the Verifier's appraisal processing."},
    {0, "no_claim", "no claim being made", "The Evidence received is insufficient to make a conclusion."},
    {1, "unexected_evidence", "unexpected evidence",  // the tag is misspelt in Veraison, and must be to be understood
     "The Evidence received contains unexpected elements which the Verifier is unable to parse."},
    {99, "crypto_failed", "cryptographic validation failed", "Cryptographic validation of the Evidence has failed."},
}};

constexpr std::array<Words, 28> kWords{{
    {TrustClaim::kInstanceIdentity, 2, "recognized_instance", "recognized and not compromised",
     "The Attesting Environment is recognized, and the associated instance of the Attester is not known to be "
     "compromised."},
    {TrustClaim::kInstanceIdentity, 96, "untrustworthy_instance", "recognized but not trustworthy",
     "The Attesting Environment is recognized, but its unique private key indicates a device which is not "
     "trustworthy."},
    {TrustClaim::kInstanceIdentity, 97, "unrecognized_instance", "not recognized",
     "The Attesting Environment is not recognized; however the Verifier believes it should be."},

    {TrustClaim::kConfiguration, 2, "approved_config", "all recognized and approved",
     "The configuration is a known and approved config."},
    {TrustClaim::kConfiguration, 3, "safe_config", "no known vulnerabilities",
     "The configuration includes or exposes no known vulnerabilities"},
    {TrustClaim::kConfiguration, 32, "unsafe_config", "known vulnerabilities",
     "The configuration includes or exposes known vulnerabilities."},
    {TrustClaim::kConfiguration, 96, "unsupportable_config", "unacceptable security vulnerabilities",
     "The configuration is unsupportable as it exposes unacceptable security vulnerabilities"},

    {TrustClaim::kExecutables, 2, "approved_rt", "recognized and approved boot- and run-time",
     "Only a recognized genuine set of approved executables, scripts, files, and/or objects have been loaded during "
     "and after the boot process."},
    {TrustClaim::kExecutables, 3, "approved_boot", "recognized and approved boot-time",
     "Only a recognized genuine set of approved executables have been loaded during the boot process."},
    {TrustClaim::kExecutables, 32, "unsafe_rt", "recognized but known bugs or vulnerabilities",
     "Only a recognized genuine set of executables, scripts, files, and/or objects have been loaded. However the "
     "Verifier cannot vouch for a subset of these due to known bugs or other known vulnerabilities."},
    {TrustClaim::kExecutables, 33, "unrecognized_rt", "unrecognized run-time",
     "Runtime memory includes executables, scripts, files, and/or objects which are not recognized."},
    {TrustClaim::kExecutables, 96, "contraindicated_rt", "contraindicated run-time",
     "Runtime memory includes executables, scripts, files, and/or object which are contraindicated."},

    {TrustClaim::kFileSystem, 2, "approved_fs", "all recognized and approved",
     "Only a recognized set of approved files are found."},
    {TrustClaim::kFileSystem, 32, "unrecognized_fs", "unrecognized item(s) found",
     "The file system includes unrecognized executables, scripts, or files."},
    {TrustClaim::kFileSystem, 96, "contraindicated_fs", "contraindicated item(s) found",
     "The file system includes contraindicated executables, scripts, or files."},

    {TrustClaim::kHardware, 2, "genuine_hw", "genuine",
     "An Attester has passed its hardware and/or firmware verifications needed to demonstrate that these are "
     "genuine/supported."},
    {TrustClaim::kHardware, 32, "unsafe_hw", "genuine but known bugs or vulnerabilities",
     "An Attester contains only genuine/supported hardware and/or firmware, but there are known security "
     "vulnerabilities."},
    {TrustClaim::kHardware, 96, "contraindicated_hw", "genuine but contraindicated",
     "Attester hardware and/or firmware is recognized, but its trustworthiness is contraindicated."},
    {TrustClaim::kHardware, 97, "unrecognized_hw", "unrecognized",
     "A Verifier does not recognize an Attester's hardware or firmware, but it should be recognized."},

    {TrustClaim::kRuntimeOpaque, 2, "encrypted_rt", "memory encryption",
     "the Attester's executing Target Environment and Attesting Environments are encrypted and within Trusted "
     "Execution Environment(s) opaque to the operating system, virtual machine manager, and peer applications."},
    {TrustClaim::kRuntimeOpaque, 32, "isolated_rt", "memory isolation",
     "the Attester's executing Target Environment and Attesting Environments are inaccessible from any other parallel "
     "application or Guest VM running on the Attester's physical device."},
    {TrustClaim::kRuntimeOpaque, 96, "visible_rt", "visible",
     "The Verifier has concluded that in memory objects are unacceptably visible within the physical host that "
     "supports the Attester."},

    {TrustClaim::kStorageOpaque, 2, "hw_encrypted_secrets", "encrypted secrets with HW-backed keys",
     "the Attester encrypts all secrets in persistent storage via using keys which are never visible outside an HSM "
     "or the Trusted Execution Environment hardware."},
    {TrustClaim::kStorageOpaque, 32, "sw_encrypted_secrets", "encrypted secrets with non HW-backed keys",
     "the Attester encrypts all persistently stored secrets, but without using hardware backed keys."},
    {TrustClaim::kStorageOpaque, 96, "unencrypted_secrets", "unencrypted secrets",
     "There are persistent secrets which are stored unencrypted in an Attester."},

    {TrustClaim::kSourcedData, 2, "trusted_sources", "from attesters in the affirming tier",
     "All essential Attester source data objects have been provided by other Attester(s) whose most recent "
     "appraisal(s) had both no Trustworthiness Claims of \"0\" where the current Trustworthiness Claim is "
     "\"Affirming\", as well as no \"Warning\" or \"Contraindicated\" Trustworthiness Claims."},
    {TrustClaim::kSourcedData, 32, "untrusted_sources", "from unattested sources or attesters in the warning tier",
     "Attester source data objects come from unattested sources, or attested sources with \"Warning\" type "
     "Trustworthiness Claims"},
    {TrustClaim::kSourcedData, 96, "contraindicated_sources", "from attesters in the contraindicated tier",
     "Attester source data objects come from contraindicated sources."},
}};

// Calls `choose` with the words of the value, or says that it has none.
template <class Choose>
std::string find_words(TrustClaim claim, std::int8_t value, Choose choose) {
  for (const CommonWords& words : kCommonWords) {
    if (words.value == value) return choose(words);
  }
  for (const Words& words : kWords) {
    if (words.claim == claim && words.value == value) return choose(words);
  }
  return "unknown code-point " + std::to_string(value);
}

}  // namespace

std::string describe(TrustClaim claim, std::int8_t value) {
  return find_words(claim, value, [](const auto& words) { return words.description; });
}

std::string explain(TrustClaim claim, std::int8_t value) {
  return find_words(claim, value, [](const auto& words) { return words.sentence; });
}

std::optional<std::int8_t> value_from_tag(std::string_view tag) {
  for (const CommonWords& words : kCommonWords) {
    if (tag == words.tag) return words.value;
  }
  for (const Words& words : kWords) {
    if (tag == words.tag) return words.value;
  }
  return std::nullopt;
}

}  // namespace avouch::ear
