#include "broker/verified_ear.h"

#include <algorithm>
#include <array>

#include "codec/base64.h"
#include "codec/utf8.h"
#include "crypto/digest.h"
#include "format/jwk.h"
#include "format/jws.h"

namespace avouch::broker {
namespace {

// Where the peers' results carry the key, in the peer's order.
constexpr std::array<std::string_view, 5> kTeeKeyPaths = {
    "/tdx/attester_runtime_data/tee-pubkey", "/tdx/attester_user_data/tee-pubkey",
    "/customized_claims/runtime_data/tee-pubkey",
    "/submods/cpu0/ear.veraison.annotated-evidence/runtime_data_claims/tee-pubkey", "/tee-pubkey"};

Error refused(const char* code, std::string detail) {
  return Error{Blame::kEvidence, code, std::move(detail)};
}

// The key of the certificate chain in a header's JWK, if the chain leads to a root and the JWK is the leaf's key.
Result<crypto::PublicKey> key_of_chain(const Json::Array& x5c, const crypto::PublicKey& jwk_key,
                                       const std::vector<crypto::Certificate>& roots, Instant now) {
  constexpr std::size_t kChainMax = 8;
  ENSURE(!x5c.empty() && x5c.size() <= kChainMax, refused("ear.chain", "x5c has to hold 1 to 8 certificates"));
  std::vector<crypto::Certificate> chain;
  for (const Json& entry : x5c) {
    const std::string* text = entry.as_string();
    ENSURE(text != nullptr, refused("ear.chain", "x5c has to hold texts"));
    const Result<Buffer> der = codec::from_any_base64(*text);
    ENSURE(der.has_value(), refused("ear.chain", "x5c holds a text that is not base64"));
    Result<crypto::Certificate> certificate = crypto::Certificate::from_der(*der);
    ENSURE(certificate.has_value(), refused("ear.chain", certificate.error().detail));
    chain.push_back(*std::move(certificate));
  }
  const Result<crypto::PublicKey> leaf = chain.front().public_key();
  ENSURE(leaf.has_value() && leaf->to_spki_der() == jwk_key.to_spki_der(),
         refused("ear.chain", "the first certificate of x5c is for another key than the token's jwk"));
  const Status path = crypto::verify_path(chain.front(), std::span(chain).subspan(1), roots, now);
  ENSURE(path.has_value(), refused("ear.chain", path.error().detail));
  return leaf;
}

// A text of the token's own, short enough for a record.
std::string printable(const std::string& text) {
  constexpr std::size_t kShown = 64;
  return "\"" + std::string(codec::utf8_prefix(text, kShown)) + "\"";
}

Status check_member(const Json& claims, const char* name, const std::vector<std::string>& accepted, const char* code) {
  if (accepted.empty()) return ok();
  const std::string* said = claims.find_string(name);
  ENSURE(said != nullptr && std::find(accepted.begin(), accepted.end(), *said) != accepted.end(),
         refused(code, std::string(name) + " is " + (said == nullptr ? "missing" : printable(*said)) +
                           ", none that the config names"));
  return ok();
}

}  // namespace

std::string VerifiedEar::decision_id() const {
  const std::string* id = claims().find_string("jti");
  return id == nullptr ? "" : *id;
}

EarVerifier::EarVerifier(EarTrust trust) : trust_(std::move(trust)) {
  for (const collateral::NamedKey& named : trust_.keys) thumbprints_.push_back(jose::thumbprint_sha256(named.key));
}

// For people: thumbprints (RFC 7638), as /.well-known/jwks.json has them for our own.
std::string EarVerifier::trusted_keys() const {
  constexpr std::size_t kShown = 4;
  std::string out;
  for (std::size_t i = 0; i < thumbprints_.size() && i < kShown; ++i) {
    out += (i == 0 ? "" : ", ") + thumbprints_[i];
  }
  if (thumbprints_.size() > kShown) out += " and " + std::to_string(thumbprints_.size() - kShown) + " more";
  return out.empty() ? "none" : out;
}

// The trusted key for which is_wanted(thumbprint, name) holds. A set elsewhere may have a new one: if none does, it is
// asked, for the next token.
template <class Predicate>
std::optional<EarVerifier::SigningKey> EarVerifier::find_key(const Predicate& is_wanted) const {
  for (std::size_t i = 0; i < trust_.keys.size(); ++i) {
    if (is_wanted(thumbprints_[i], trust_.keys[i].id)) return SigningKey{trust_.keys[i].key, true};
  }
  for (const auto& source : trust_.sources) {
    for (const collateral::NamedKey& named : *source->keys()) {
      if (is_wanted(jose::thumbprint_sha256(named.key), named.id)) return SigningKey{named.key, false};
    }
  }
  for (const auto& source : trust_.sources) source->look_again();
  return std::nullopt;
}

Result<EarVerifier::SigningKey> EarVerifier::signing_key(const Json& header, Instant now) const {
  const Json* jwk = header.find("jwk");
  if (jwk == nullptr) {
    const std::string* key_id = header.find_string("kid");
    const auto is_named = [key_id](const std::string& thumbprint, const std::string& id) {
      return key_id != nullptr && !key_id->empty() && (thumbprint == *key_id || id == *key_id);
    };
    if (std::optional<SigningKey> found = find_key(is_named)) return *std::move(found);
    return refused("ear.untrusted-key", "the token names " +
                                            (key_id == nullptr ? "no key" : "key " + printable(*key_id)) +
                                            ", and those trusted are " + trusted_keys());
  }
  const Result<crypto::PublicKey> key = jose::public_key_from_jwk(*jwk);
  ENSURE(key.has_value(), refused("ear.untrusted-key", std::string("the token's jwk is no key: ") + key.error().code));
  const std::string thumbprint = jose::thumbprint_sha256(*key);
  const auto is_it = [&thumbprint](const std::string& other, const std::string&) { return other == thumbprint; };
  if (std::optional<SigningKey> found = find_key(is_it)) return *std::move(found);
  const Json* x5c = jwk->find("x5c");
  if (x5c != nullptr && x5c->as_array() != nullptr && !trust_.roots.empty()) {
    crypto::PublicKey certified = TRY(key_of_chain(*x5c->as_array(), *key, trust_.roots, now));
    return SigningKey{std::move(certified), false};
  }
  ENSURE(trust_.insecure_header_jwk,
         refused("ear.untrusted-key", "the token was signed by key " + thumbprint +
                                          ", for which only the token itself vouches; those trusted are " +
                                          trusted_keys()));
  return SigningKey{*key, false};
}

Result<VerifiedEar> EarVerifier::verify(std::string_view token, Instant now) const {
  const crypto::Digest digest = crypto::digest(crypto::Hash::kSha256, as_bytes(token));
  Fingerprint fingerprint{};
  std::copy_n(digest.bytes().begin(), fingerprint.size(), fingerprint.begin());
  if (const std::optional<VerifiedEar> known = known_.find(fingerprint)) {
    TRY(jose::check_times(known->claims(), now, trust_.leeway));
    return *known;
  }

  jose::Jws jws = TRY(jose::parse_jws(token));
  const SigningKey signer = TRY(signing_key(jws.header, now));
  TRY(jose::verify_jws(jws, signer.key));
  TRY(jose::check_times(jws.payload, now, trust_.leeway));
  TRY(check_names(jws.payload));
  jose::RecipientKey recipient = TRY(recipient_of(jws.payload));
  Result<policy::Document> input = policy::Document::make(jws.payload);
  ENSURE(input.has_value(), refused("ear.claims", "no policy can read the claims: " + input.error().detail));
  VerifiedEar ear(std::make_shared<VerifiedEar::Content>(
      VerifiedEar::Content{std::move(jws.payload), *std::move(input), std::move(recipient)}));
  if (signer.is_lasting) known_.remember(fingerprint, ear);
  return ear;
}

// A key that we trust may sign for several services: what it says of itself must be what we trust it for. Whoever does
// not find itself in `aud` must refuse (RFC 7519 section 4.1.3), also where no audience is configured.
Status EarVerifier::check_names(const Json& claims) const {
  TRY(check_member(claims, "iss", trust_.issuers, "ear.issuer"));
  TRY(check_member(claims, "eat_profile", trust_.profiles, "ear.profile"));
  const auto is_named = [&claims](const std::string& audience) { return jose::has_audience(claims, audience); };
  ENSURE(claims.find("aud") == nullptr || std::any_of(trust_.audiences.begin(), trust_.audiences.end(), is_named),
         refused("ear.audience", "aud names others, and none of avouch.token_audiences"));
  return ok();
}

Result<jose::RecipientKey> EarVerifier::recipient_of(const Json& claims) const {
  const Json* tee_key = nullptr;
  for (const std::string& path : trust_.extra_teekey_paths) {
    if (tee_key == nullptr) tee_key = claims.at(path);
  }
  for (const std::string_view path : kTeeKeyPaths) {
    if (tee_key == nullptr) tee_key = claims.at(path);
  }
  ENSURE(tee_key != nullptr, refused("ear.no-tee-key", "the token binds no key to seal a secret to"));
  Result<jose::RecipientKey> recipient = jose::RecipientKey::from_jwk(*tee_key, trust_.allow_rsa1_5);
  ENSURE(recipient.has_value(), refused("ear.tee-key", recipient.error().detail));
  return recipient;
}

}  // namespace avouch::broker
