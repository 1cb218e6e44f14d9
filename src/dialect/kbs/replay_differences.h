// Where Avouch answers otherwise than was recorded of Trustee, on purpose. tools/compat.py makes the first table of
// docs/compat-trustee.md from these lines.
#pragma once

namespace avouch::dialect::kbs {

struct Reason {
  const char* request;
  const char* why;
};

struct Difference {
  int number;          // of the recording
  const char* theirs;  // as outcome() has it; "0 " is a connection closed without an answer
  const char* ours;
  const Reason& reason;
};

inline constexpr Reason kNoSampleDevice{"attesting with the test device `sampledevice` as the TEE",
                                        "test evidence is for tests; only `sample` can be allowed, by the config"};
inline constexpr Reason kContraindicated{"a secret for evidence that no reference value affirms, default policies",
                                         "the default policy releases to nothing that is not affirmed"};
inline constexpr Reason kPaddedInitData{"Arm CCA evidence bound to init data by a digest shorter than 64 octets",
                                        "shorter digests are zero-padded, as the init-data specification says"};
inline constexpr Reason kOlder{"`auth` with version 0.1.0 to 0.3.0, or another 0.4.x",
                               "guests of every deployed version are served"};
inline constexpr Reason kEarly{"`auth` for a TEE that this build does not verify",
                               "no guest makes evidence in vain: the peer takes `auth` and refuses `attest`"};
inline constexpr Reason kServesOnce{"`attest` a second time in a session, with whatever evidence",
                                    "a challenge serves once; the peer returns the first token unseen"};
inline constexpr Reason kServesOnceWrong{"`attest` rightly after a wrong answer",
                                         "a challenge serves once, right or wrong, so nobody can try answers"};
inline constexpr Reason kRsa15{"RSA1_5 as key transport",
                               "it invites padding oracles; `avouch.allow_rsa1_5` brings it back"};
inline constexpr Reason kBadKey{"`attest` with a key that nothing can be sealed to",
                                "a bad key is found where it is presented, not after an attestation in vain"};
inline constexpr Reason kBadKeyInToken{"a token that names such a key", "the key is one of the token's faults"};
inline constexpr Reason kDevices{"`attest` with evidence of a further device",
                                 "nothing that is not verified is let through"};
inline constexpr Reason kNoLeeway{"a token up to 60 s after `exp`",
                                  "over is over; `avouch.token_leeway_seconds = 60` as before"};
inline constexpr Reason kFuture{"a token whose `nbf` or `iat` is still to come", "both are checked"};
inline constexpr Reason kNoAlg{"a token whose JWK has no `alg`",
                               "RFC 7517 does not ask for it; the header's has to suit the key"};
inline constexpr Reason kNoPlugin{"plugin `sample`", "it serves the peer's own tests"};
inline constexpr Reason kNames{"a reference value with a space in its name",
                               "only storage of type LocalFs cannot hold it"};
inline constexpr Reason kPolicyFault{"a resource policy that faults", "a guest sees nothing of a policy"};
inline constexpr Reason kUnknownClaim{"`attest` under a policy that sets a claim that AR4SI does not know",
                                      "the peer's task panics and closes the connection"};
inline constexpr Reason kNoTrustValue{"`attest` under a policy that sets a claim to 300",
                                      "no value of AR4SI; the peer cuts it to eight bits, and 258 would affirm"};
inline constexpr Reason kNoClaims{"`attest` under a policy without `trust_claims`",
                                  "it judges nothing, so there is no result to sign"};
inline constexpr Reason kForgedTpm{"`attest` with a TPM quote by a key that nobody vouches for",
                                   "the peer asks for no endorsement of the key, and released the secret"};
inline constexpr Reason kTpmPanic{"`attest` with TPM evidence of other lengths than expected",
                                  "the peer's task panics and closes the connection"};

inline constexpr Difference kDifferences[] = {
    {4, "200 application/json", "401 AttestationError", kNoSampleDevice},
    {5, "200 application/json", "401 AttestationError", kNoSampleDevice},
    {19, "200 application/json", "401 PolicyDeny", kContraindicated},
    {22, "401 AttestationError", "200 application/json", kPaddedInitData},
    {304, "401 AttestationError", "200 application/json", kOlder},
    {305, "401 AttestationError", "200 application/json", kOlder},
    {306, "401 AttestationError", "200 application/json", kOlder},
    {307, "401 AttestationError", "200 application/json", kOlder},
    {308, "401 AttestationError", "200 application/json", kOlder},
    {315, "200 application/json", "401 AttestationError", kEarly},
    {316, "200 application/json", "401 AttestationError", kEarly},
    {317, "200 application/json", "401 AttestationError", kEarly},
    {319, "200 application/json", "401 AttestationError", kEarly},
    {320, "200 application/json", "401 AttestationError", kEarly},
    {321, "200 application/json", "401 AttestationError", kEarly},
    {322, "200 application/json", "401 AttestationError", kEarly},
    {323, "200 application/json", "401 AttestationError", kEarly},
    {324, "200 application/json", "401 AttestationError", kEarly},
    {325, "200 application/json", "401 AttestationError", kEarly},
    {326, "200 application/json", "401 AttestationError", kEarly},
    {346, "200 application/json", "401 AttestationError", kServesOnce},
    {347, "200 application/json", "401 AttestationError", kServesOnce},
    {351, "200 application/json", "401 TokenVerifierError", kRsa15},
    {352, "200 application/json", "401 AttestationError", kBadKey},
    {353, "401 JweError", "401 TokenVerifierError", kBadKeyInToken},
    {354, "200 application/json", "401 AttestationError", kBadKey},
    {355, "401 JweError", "401 TokenVerifierError", kBadKeyInToken},
    {356, "200 application/json", "401 AttestationError", kBadKey},
    {357, "401 JweError", "401 TokenVerifierError", kBadKeyInToken},
    {358, "200 application/json", "401 AttestationError", kBadKey},
    {359, "401 JweError", "401 TokenVerifierError", kBadKeyInToken},
    {364, "200 application/json", "401 AttestationError", kDevices},
    {368, "200 application/json", "401 AttestationError", kServesOnceWrong},
    {395, "200 application/json", "401 TokenVerifierError", kNoLeeway},
    {396, "200 application/json", "401 TokenVerifierError", kNoLeeway},
    {400, "200 application/json", "401 TokenVerifierError", kFuture},
    {401, "200 application/json", "401 TokenVerifierError", kFuture},
    {403, "401 TokenVerifierError", "200 application/json", kNoAlg},
    {421, "401 AdminAuthInitialization", "404 PluginNotFound", kNoPlugin},
    {422, "200 text/xml", "404 PluginNotFound", kNoPlugin},
    {459, "401 RvpsError", "200 application/json", kNames},
    {469, "401 PolicyEngineError", "401 PolicyDeny", kPolicyFault},
    {476, "0 ", "401 AttestationError", kUnknownClaim},
    {478, "200 application/json", "401 AttestationError", kNoTrustValue},
    {479, "200 application/json", "401 AttestationError", kNoClaims},
    {521, "200 application/json", "401 AttestationError", kForgedTpm},
    {522, "200 application/json", "401 PolicyDeny", kForgedTpm},
    {523, "0 ", "401 AttestationError", kTpmPanic},
    {524, "0 ", "401 AttestationError", kTpmPanic},
};

}  // namespace avouch::dialect::kbs
