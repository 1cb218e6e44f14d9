#include "format/jwe.h"

#include <array>
#include <optional>

#include "base/check.h"
#include "codec/base64.h"
#include "crypto/encryption.h"
#include "crypto/random.h"
#include "format/jose_parts.h"
#include "format/jwk.h"

namespace avouch::jose {
namespace {

constexpr const char* kContentEncryption = "A256GCM";

struct KeyManagementName {
  const char* name;
  KeyManagement management;
  const char* key_type;
  std::array<const char*, 5> members;  // what counts in the JWK, sorted (RFC 8785); null-ended
};
constexpr std::array<KeyManagementName, 3> kKeyManagements{{
    {"ECDH-ES+A256KW", KeyManagement::kEcdhEsA256Kw, "EC", {"alg", "crv", "kty", "x", "y"}},
    {"RSA-OAEP-256", KeyManagement::kRsaOaep256, "RSA", {"alg", "e", "kty", "n", nullptr}},
    {"RSA1_5", KeyManagement::kRsa1_5, "RSA", {"alg", "e", "kty", "n", nullptr}},
}};

const KeyManagementName* find_key_management(const std::string* name) {
  if (name == nullptr) return nullptr;
  for (const KeyManagementName& known : kKeyManagements) {
    if (*name == known.name) return &known;
  }
  return nullptr;
}

const char* name_of(KeyManagement management) {
  for (const KeyManagementName& known : kKeyManagements) {
    if (management == known.management) return known.name;
  }
  CHECK(false);
}

crypto::RsaPadding padding_of(KeyManagement management) {
  return management == KeyManagement::kRsa1_5 ? crypto::RsaPadding::kPkcs1v15 : crypto::RsaPadding::kOaepSha256;
}

// RFC 7518 section 4.6: the key that wraps the content key, from the agreed point. No PartyUInfo, no PartyVInfo.
Secret key_encryption_key(const Secret& shared) {
  return crypto::concat_kdf_sha256(shared, name_of(KeyManagement::kEcdhEsA256Kw), crypto::kAesKeyBytes);
}

// The ephemeral key in the protected header, members sorted as Rust clients will write them again.
Json sorted_epk(const crypto::PublicKey& key) {
  const Json jwk = jwk_from_public_key(key);
  Json out = Json::object();
  for (const char* name : {"crv", "kty", "x", "y"}) out.set(name, *jwk.find(name));
  return out;
}

struct WrappedKey {
  Json header;
  Buffer encrypted_key;
};

Result<WrappedKey> wrap_content_key(const RecipientKey& recipient, const Secret& content_key) {
  Json header = Json::object({{"alg", name_of(recipient.key_management())}, {"enc", kContentEncryption}});
  if (recipient.key_management() != KeyManagement::kEcdhEsA256Kw) {
    const crypto::RsaPadding padding = padding_of(recipient.key_management());
    Buffer encrypted = TRY(crypto::rsa_encrypt(recipient.key(), padding, content_key.reveal()));
    return WrappedKey{std::move(header), std::move(encrypted)};
  }
  const std::optional<crypto::Curve> curve = recipient.key().curve();
  CHECK(curve.has_value());
  const crypto::PrivateKey ephemeral = crypto::PrivateKey::generate_ec(*curve);
  const Secret shared = TRY(crypto::ecdh(ephemeral, recipient.key()));
  header.set("epk", sorted_epk(ephemeral.public_key()));
  return WrappedKey{std::move(header), crypto::aes_key_wrap(key_encryption_key(shared), content_key)};
}

// What is in a flattened JWE, still sealed.
struct Sealed {
  std::string protected_text;  // as received: it is the associated data
  Json header;
  Buffer encrypted_key, nonce, ciphertext, tag;
};

Result<Sealed> parse_sealed(const Json& jwe) {
  ENSURE(jwe.as_object() != nullptr, Error{Blame::kRequest, "jwe.shape", "not an object"});
  // Members that would change the meaning: RFC 7516 section 7.2. seal_jwe makes none of them.
  for (const char* name : {"unprotected", "header", "recipients", "aad"}) {
    ENSURE(jwe.find(name) == nullptr, Error{Blame::kRequest, "jwe.shape", std::string(name) + " is not supported"});
  }
  // One statement a member: a TRY that returns out of a braced list would leak the members before it.
  Sealed out;
  const Buffer header_text = TRY(octets_member(jwe, "protected", "jwe.shape"));
  ENSURE(!header_text.empty(), Error{Blame::kRequest, "jwe.shape", "the protected header is empty"});
  out.protected_text = *jwe.find_string("protected");
  out.header = TRY(parse_json(as_text(header_text)));
  out.encrypted_key = TRY(octets_member(jwe, "encrypted_key", "jwe.shape"));
  out.nonce = TRY(octets_member(jwe, "iv", "jwe.shape"));
  out.ciphertext = TRY(octets_member(jwe, "ciphertext", "jwe.shape"));
  out.tag = TRY(octets_member(jwe, "tag", "jwe.shape"));
  ENSURE(out.header.as_object() != nullptr, Error{Blame::kRequest, "jwe.shape", "the protected header is no object"});
  ENSURE(out.nonce.size() == crypto::kGcmNonceBytes && out.tag.size() == crypto::kGcmTagBytes,
         Error{Blame::kRequest, "jwe.shape", "iv or tag has a wrong size"});
  return out;
}

Result<KeyManagement> key_management_of(const Json& header, const crypto::PrivateKey& key) {
  const KeyManagementName* known = find_key_management(header.find_string("alg"));
  ENSURE(known != nullptr, Error{Blame::kRequest, "jwe.algorithm", "alg is missing or unknown"});
  const std::string* encryption = header.find_string("enc");
  ENSURE(encryption != nullptr && *encryption == kContentEncryption,
         Error{Blame::kRequest, "jwe.algorithm", "enc is not A256GCM"});
  for (const char* name : {"crit", "zip", "apu", "apv"}) {
    ENSURE(header.find(name) == nullptr,
           Error{Blame::kRequest, "jwe.algorithm", std::string(name) + " is not supported"});
  }
  const bool wants_ec = known->management == KeyManagement::kEcdhEsA256Kw;
  ENSURE(key.kind() == (wants_ec ? crypto::KeyKind::kEc : crypto::KeyKind::kRsa),
         Error{Blame::kRequest, "jwe.algorithm", "alg does not suit the key"});
  return known->management;
}

Result<Secret> unwrap_content_key(const Sealed& sealed, const crypto::PrivateKey& key) {
  const KeyManagement management = TRY(key_management_of(sealed.header, key));
  if (management != KeyManagement::kEcdhEsA256Kw) {
    Result<Secret> content_key = crypto::rsa_decrypt(key, padding_of(management), sealed.encrypted_key);
    // RFC 7516 section 11.5: go on with a random key, so that bad padding and a bad tag look the same from outside.
    Secret substitute(crypto::random_bytes(crypto::kAesKeyBytes));
    const bool usable = content_key.has_value() && content_key->size_bytes() == crypto::kAesKeyBytes;
    return usable ? *std::move(content_key) : std::move(substitute);
  }
  const Json* epk = sealed.header.find("epk");
  ENSURE(epk != nullptr, Error{Blame::kRequest, "jwe.shape", "epk is missing"});
  const crypto::PublicKey ephemeral = TRY(public_key_from_jwk(*epk));
  const Secret shared = TRY(crypto::ecdh(key, ephemeral));
  Secret content_key = TRY(crypto::aes_key_unwrap(key_encryption_key(shared), sealed.encrypted_key));
  ENSURE(content_key.size_bytes() == crypto::kAesKeyBytes, Error{Blame::kEvidence, "seal.open", "content key size"});
  return content_key;
}

Result<Secret> open(const Json& jwe, const crypto::PrivateKey& key) {
  const Sealed sealed = TRY(parse_sealed(jwe));
  const Secret content_key = TRY(unwrap_content_key(sealed, key));
  return crypto::aes_gcm_open(content_key, sealed.nonce, sealed.ciphertext, sealed.tag,
                              as_bytes(sealed.protected_text));
}

}  // namespace

Result<RecipientKey> RecipientKey::from_jwk(const Json& jwk, bool allow_rsa1_5) {
  const KeyManagementName* known = find_key_management(jwk.find_string("alg"));
  ENSURE(known != nullptr, Error{Blame::kRequest, "teekey.alg", "alg is missing or unknown"});
  ENSURE(allow_rsa1_5 || known->management != KeyManagement::kRsa1_5,
         Error{Blame::kRequest, "teekey.alg-forbidden", known->name});
  crypto::PublicKey key = TRY(public_key_from_jwk(jwk));
  const std::string* type = jwk.find_string("kty");
  ENSURE(type != nullptr && *type == known->key_type,
         Error{Blame::kRequest, "teekey.alg", std::string(known->name) + " does not suit this kty"});
  Json filtered = Json::object();
  for (const char* name : known->members) {
    if (name != nullptr) filtered.set(name, *jwk.find(name));
  }
  return RecipientKey(std::move(key), known->management, std::move(filtered));
}

Result<Json> seal_jwe(const RecipientKey& recipient, Bytes plaintext) {
  const Secret content_key(crypto::random_bytes(crypto::kAesKeyBytes));
  Result<WrappedKey> wrapped = wrap_content_key(recipient, content_key);
  ENSURE(wrapped.has_value(), Error{Blame::kInternal, "jwe.seal", wrapped.error().code});
  const std::string protected_text = codec::to_base64url(as_bytes(to_text(wrapped->header)));
  const crypto::GcmSealed sealed = crypto::aes_gcm_seal(content_key, plaintext, as_bytes(protected_text));
  return Json::object({{"protected", protected_text},
                       {"encrypted_key", codec::to_base64url(wrapped->encrypted_key)},
                       {"iv", codec::to_base64url(sealed.nonce)},
                       {"ciphertext", codec::to_base64url(sealed.ciphertext)},
                       {"tag", codec::to_base64url(sealed.tag)}});
}

Result<Secret> open_jwe(const Json& jwe, const crypto::PrivateKey& key) {
  return blame_evidence(open(jwe, key));
}

}  // namespace avouch::jose
