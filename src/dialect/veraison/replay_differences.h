// Where Avouch answers otherwise than was recorded of Veraison, on purpose. tools/compat.py makes the first table of
// docs/compat-veraison.md from these lines.
#pragma once

namespace avouch::dialect::veraison {

struct Reason {
  const char* request;
  const char* why;
};

struct Difference {
  int number;          // of the recording
  const char* theirs;  // as outcome() has it
  const char* ours;
  const Reason& reason;
};

inline constexpr Reason kOtherSchemes{"evidence of another scheme than ARM_CCA",
                                      "this build verifies Arm CCA; what it does not verify it does not take"};
inline constexpr Reason kPolicyRows{"CCA evidence after a policy was added and none activated",
                                    "there is always a policy: the default one, where nobody set another"};
inline constexpr Reason kServesOnce{"other evidence in a session that has had evidence",
                                    "a nonce serves once, so nobody can try evidence after evidence"};

// In the order of the recordings.
inline constexpr Difference kDifferences[] = {
    {54, "200 complete PSA_IOT=affirming", "415", kOtherSchemes},
    {56, "200 complete PSA_IOT=none", "415", kOtherSchemes},
    {58, "200 complete PARSEC_CCA=affirming", "415", kOtherSchemes},
    {60, "200 complete PARSEC_TPM=affirming", "415", kOtherSchemes},
    {62, "200 complete RIOT=affirming", "415", kOtherSchemes},
    {64, "200 complete SEVSNP=affirming", "415", kOtherSchemes},
    {66, "200 complete SEVSNP=affirming", "415", kOtherSchemes},
    {80, "500", "200 complete CCA_REALM=affirming CCA_SSD_PLATFORM=affirming", kPolicyRows},
    {84, "200 complete PARSEC_CCA=affirming", "415", kOtherSchemes},
    {86, "200 complete PARSEC_TPM=affirming", "415", kOtherSchemes},
    {88, "200 complete RIOT=affirming", "415", kOtherSchemes},
    {91, "200 complete CCA_REALM=affirming CCA_SSD_PLATFORM=affirming", "409", kServesOnce},
};

}  // namespace avouch::dialect::veraison
