// Signer: an appraisal becomes a signed EAR, and others learn by which keys.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "crypto/key.h"
#include "crypto/signature.h"
#include "crypto/x509.h"
#include "format/ear.h"

namespace avouch::appraise {

// Issuer and profile are the peer's by default, since relying parties of Trustee compare them; the verifier's own name
// is ours.
struct SignerOptions {
  std::string issuer = "CoCo-Attestation-Service";
  std::string developer = "Avouch";
  std::string build = "avouch " AVOUCH_VERSION;
  std::string profile = "tag:github.com,2024:confidential-containers/Trustee";
  std::chrono::minutes lifetime{5};
  std::vector<crypto::Certificate> certificates;  // x5c: leaf first; empty where there is none
  std::string certificate_url;                    // x5u; empty where there is none
  bool is_verbose = true;                         // else without the evidence of further devices, which may be large
};

// A result as another verifier's relying parties know it: its profile, no issuer, and the key not in the header.
struct PlainForm {
  std::string profile;
  Json::Object members;  // further ones at the top: "eat_nonce"
};

class Signer {
 public:
  //   fails   kRequest: signer.certificate (the leaf is for another key)
  static Result<Signer> make(crypto::PrivateKey key, SignerOptions options);

  // Fills profile, issuer, times and verifier id; `decision_id` becomes jti, which leads from a token to its record.
  //   fails   kInternal: signer.empty (no submodule), signature.failed
  Result<std::string> sign(std::vector<ear::Submod> submods, const std::string& decision_id, Instant now) const;

  Result<std::string> sign_plain(PlainForm form, std::vector<ear::Submod> submods, const std::string& decision_id,
                                 Instant now) const;

  crypto::PublicKey public_key() const { return key_.public_key(); }
  crypto::SignatureAlgorithm algorithm() const { return algorithm_; }
  const std::string& key_id() const { return key_id_; }
  Json jwks() const;  // {"keys": […]}: what /.well-known/jwks.json serves

 private:
  Signer(crypto::PrivateKey key, SignerOptions options);
  crypto::PrivateKey key_;
  crypto::SignatureAlgorithm algorithm_;
  SignerOptions options_;
  std::string key_id_;
  std::string encoded_header_, encoded_plain_header_;
};

}  // namespace avouch::appraise
