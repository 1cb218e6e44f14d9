#include "appraise/signer.h"

#include "codec/base64.h"
#include "format/jwk.h"
#include "format/jws.h"

namespace avouch::appraise {
namespace {

// Member order alg, x5c, x5u, kty, …: as the peer's, whose readers are known to accept it.
Json header_jwk(const crypto::PublicKey& key, crypto::SignatureAlgorithm algorithm, const SignerOptions& options) {
  Json jwk = Json::object({{"alg", crypto::to_string(algorithm)}});
  if (!options.certificates.empty()) {
    Json chain = Json::array();
    for (const crypto::Certificate& certificate : options.certificates) {
      chain.push_back(codec::to_base64(certificate.to_der()));
    }
    jwk.set("x5c", std::move(chain));
  }
  if (!options.certificate_url.empty()) jwk.set("x5u", options.certificate_url);
  const Json members = jose::jwk_from_public_key(key);
  for (const auto& [name, value] : *members.as_object()) jwk.set(name, value);
  return jwk;
}

// As the peer's configuration has it: its key and everything that was judged stay. Records of decisions keep the rest.
void leave_out_further_devices(std::vector<ear::Submod>& submods) {
  for (ear::Submod& submod : submods) {
    if (Json* claims = submod.annotated_evidence.find("runtime_data_claims")) claims->erase("additional-evidence");
  }
}

}  // namespace

Signer::Signer(crypto::PrivateKey key, SignerOptions options)
    : key_(std::move(key)),
      algorithm_(crypto::default_algorithm(key_.public_key())),
      options_(std::move(options)),
      key_id_(jose::thumbprint_sha256(key_.public_key())),
      encoded_header_(jose::encode_header(Json::object({{"typ", "JWT"},
                                                        {"alg", crypto::to_string(algorithm_)},
                                                        {"jwk", header_jwk(key_.public_key(), algorithm_, options_)},
                                                        {"kid", key_id_}}))),
      encoded_plain_header_(
          jose::encode_header(Json::object({{"alg", crypto::to_string(algorithm_)}, {"typ", "JWT"}}))) {}

Result<Signer> Signer::make(crypto::PrivateKey key, SignerOptions options) {
  if (!options.certificates.empty()) {
    const crypto::PublicKey certified = TRY(options.certificates.front().public_key());
    ENSURE(certified.to_spki_der() == key.public_key().to_spki_der(),
           Error{Blame::kRequest, "signer.certificate", "the first certificate is not for the signing key"});
  }
  return Signer(std::move(key), std::move(options));
}

Result<std::string> Signer::sign(std::vector<ear::Submod> submods, const std::string& decision_id, Instant now) const {
  ENSURE(!submods.empty(), Error{Blame::kInternal, "signer.empty", "an EAR needs at least one submodule"});
  if (!options_.is_verbose) leave_out_further_devices(submods);
  ear::Ear result{options_.profile,        now,
                  now + options_.lifetime, options_.issuer,
                  options_.developer,      options_.build,
                  std::move(submods),      {{"jti", Json(decision_id)}}};
  return jose::sign_jws_with(encoded_header_, ear::to_json(std::move(result)), key_, algorithm_);
}

Result<std::string> Signer::sign_plain(PlainForm form, std::vector<ear::Submod> submods, const std::string& decision_id,
                                       Instant now) const {
  ENSURE(!submods.empty(), Error{Blame::kInternal, "signer.empty", "an EAR needs at least one submodule"});
  form.members.emplace_back("jti", decision_id);
  ear::Ear result{std::move(form.profile), now,
                  now + options_.lifetime, /*issuer=*/"",
                  options_.developer,      options_.build,
                  std::move(submods),      std::move(form.members)};
  return jose::sign_jws_with(encoded_plain_header_, ear::to_json(std::move(result)), key_, algorithm_);
}

Json Signer::jwks() const {
  Json jwk = header_jwk(key_.public_key(), algorithm_, options_);
  jwk.set("kid", key_id_);
  jwk.set("use", "sig");
  return Json::object({{"keys", Json::array({std::move(jwk)})}});
}

}  // namespace avouch::appraise
