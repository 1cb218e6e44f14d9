// Attestation results for tests, signed by whatever key a test likes. The certificates are good until 2046 and their
// keys are here for all to read: they prove nothing.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "broker/verified_ear.h"
#include "format/jwk.h"
#include "format/jws.h"
#include "testing/manual_clock.h"

namespace avouch::broker {

inline constexpr const char* kTestIssuerPem = R"(-----BEGIN CERTIFICATE-----
MIIBpzCCAU2gAwIBAgIUWgiYmdWRqdHZjRRvf5TNP+0MzlcwCgYIKoZIzj0EAwIw
KTEnMCUGA1UEAwweVEVTVCBPTkxZIGlzc3VlciBvZiB0b2tlbiBrZXlzMB4XDTI2
MTEyMjE4NTYxOVoXDTQ2MTExNzE4NTYxOVowKTEnMCUGA1UEAwweVEVTVCBPTkxZ
IGlzc3VlciBvZiB0b2tlbiBrZXlzMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE
zxw0wqkNItPGNmMK2l2GcoFLLTs3ERJ75OtkQkgJZzVZWaow5st4c14oTOlUA9NE
I9l4DLBhib2zZwBDo2fkrqNTMFEwHQYDVR0OBBYEFOdQ1iAAwVxfTnvo/sv8COzh
chfJMB8GA1UdIwQYMBaAFOdQ1iAAwVxfTnvo/sv8COzhchfJMA8GA1UdEwEB/wQF
MAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIgF+qJGOgrswDwuWqIv5nQ0CeM0G4zeMBN
2b7ADmNaZwcCIQDXIwdJDKHCZCG3kcsIjit6zPFiYSYRLnRuppuQuEXUeQ==
-----END CERTIFICATE-----
)";
// The certificate of kTestSignerKey, by the issuer above, in base64 as x5c has it.
inline constexpr const char* kTestSignerDer =
    "MIIBQDCB6AIUTtpvyLlGiiscCQ5g/ZyZcWWENIIwCgYIKoZIzj0EAwIwKTEnMCUGA1UEAwweVEVTVCBPTkxZIGlzc3VlciBvZiB0b2tlbiBr"
    "ZXlzMB4XDTI2MTEyMjE4NTYxOVoXDTQ2MDEyMTE4NTYxOVowHjEcMBoGA1UEAwwTVEVTVCBPTkxZIHRva2VuIGtleTBZMBMGByqGSM49AgEG"
    "CCqGSM49AwEHA0IABONF+Qelt554cqgrTOSx0KCuUyufo405zCOKVtHVjNxmnX8acivTXBh6fMZG0E89VM8nHb7+BWy/3SJ/7n1Z6a0wCgYI"
    "KoZIzj0EAwIDRwAwRAIgGT2hFFMJdLkzPTooENL4n+gmWWXhnxSt22U4+rBBHHYCIFU76QHlhGiETrp32T0aDhNhPDaCLWqjRSrfquK4R1M1";
inline constexpr const char* kTestSignerKey = R"(-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgbvp1n36ip4T39EZF
WZNDrEZQNtH/1eq9Oe8Jg/UGxSahRANCAATjRfkHpbeeeHKoK0zksdCgrlMrn6ON
OcwjilbR1YzcZp1/GnIr01wYenzGRtBPPVTPJx2+/gVsv90if+59Wemt
-----END PRIVATE KEY-----
)";

// A key that secrets can be sealed to, as a guest presents it.
inline Json tee_public_jwk(const crypto::PrivateKey& key) {
  Json jwk = jose::jwk_from_public_key(key.public_key());
  jwk.set("alg", key.kind() == crypto::KeyKind::kRsa ? "RSA-OAEP-256" : "ECDH-ES+A256KW");
  return jwk;
}

// Claims as our own signer writes them, as far as a broker looks: good from `now` for five minutes.
inline Json ear_claims(const crypto::PrivateKey& tee_key, Instant now, const char* status = "affirming") {
  const Json runtime = Json::object({{"runtime_data_claims", Json::object({{"tee-pubkey", tee_public_jwk(tee_key)}})}});
  const Json cpu = Json::object({{"ear.status", status}, {"ear.veraison.annotated-evidence", runtime}});
  return Json::object({{"iat", to_unix_seconds(now)},
                       {"exp", to_unix_seconds(now) + 300},
                       {"jti", "decision-of-the-test"},
                       {"submods", Json::object({{"cpu0", cpu}})}});
}

// The key in the header's jwk, which also names its algorithm, as Trustee's signer does it.
inline Json ear_header(const crypto::PrivateKey& key) {
  const char* algorithm = crypto::to_string(crypto::default_algorithm(key.public_key()));
  Json jwk = jose::jwk_from_public_key(key.public_key());
  jwk.set("alg", algorithm);
  return Json::object({{"typ", "JWT"}, {"alg", algorithm}, {"jwk", std::move(jwk)}});
}

inline std::string sign_ear(const Json& header, const Json& claims, const crypto::PrivateKey& key) {
  const Result<std::string> token = jose::sign_jws(header, claims, key, crypto::default_algorithm(key.public_key()));
  EXPECT_TRUE(token.has_value());
  return token.value_or("");
}

inline std::string sign_ear(const Json& claims, const crypto::PrivateKey& key) {
  return sign_ear(ear_header(key), claims, key);
}

}  // namespace avouch::broker
