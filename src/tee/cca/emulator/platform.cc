#include "tee/cca/emulator/platform.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/file.h"
#include "base/secret.h"
#include "codec/hex.h"
#include "crypto/digest.h"
#include "crypto/signature.h"
#include "format/cose.h"
#include "format/jwk.h"
#include "tee/cca/emulator/firmware.h"
#include "tee/cca/emulator/token.h"
#include "tee/cca/evidence.h"

namespace avouch::tee::cca::emulator {
namespace {

constexpr std::size_t kStateFileBytes = 16 * 1024;
constexpr mode_t kFolderMode = 0700;
constexpr mode_t kFileMode = 0600;

Error damaged(const std::string& path, const std::string& why) {
  return Error{Blame::kRequest, "realm.state", path + ": " + why};
}

// A UEID of type RAND that follows from the key, so that no crash between two files can part the one from the other.
Buffer instance_id_of(const crypto::PublicKey& cpak) {
  const crypto::Digest digest = crypto::digest(crypto::Hash::kSha256, cpak.to_spki_der());
  Buffer instance_id(kInstanceIdBytes, 0x01);
  std::copy(digest.bytes().begin(), digest.bytes().end(), instance_id.begin() + 1);
  return instance_id;
}

Result<crypto::PrivateKey> read_key(const std::string& path) {
  Result<Buffer> content = read_file(path, kStateFileBytes);
  ENSURE(content.has_value(), damaged(path, content.error().code));
  const Secret pem(*std::move(content));
  Result<crypto::PrivateKey> key = crypto::PrivateKey::from_pem(as_text(pem.reveal()));
  ENSURE(key.has_value() && key->public_key().curve() == crypto::Curve::kP384,
         damaged(path, "not a P-384 private key"));
  return key;
}

Result<crypto::PrivateKey> read_or_make_key(const std::string& path) {
  if (file_exists(path)) return read_key(path);
  crypto::PrivateKey key = crypto::PrivateKey::generate_ec(crypto::Curve::kP384);
  TRY(write_file(path, key.to_pkcs8_pem().reveal(), kFileMode));
  return key;
}

// platform.json says for people what the keys make true; a file that contradicts them belongs to another platform.
Status check_description(const std::string& path, Bytes instance_id) {
  Result<std::string> text = read_text_file(path, kStateFileBytes);
  ENSURE(text.has_value(), damaged(path, text.error().code));
  Result<Json> description = parse_json(*text);
  ENSURE(description.has_value(), damaged(path, description.error().code));
  const std::string* named = description->find_string("instance-id");
  ENSURE(named != nullptr && *named == codec::to_hex(instance_id),
         damaged(path, "names another instance-id than cpak.pem makes"));
  return ok();
}

Status write_description(const std::string& path, Bytes instance_id) {
  const Json description = Json::object(
      {{"implementation-id", codec::to_hex(implementation_id())}, {"instance-id", codec::to_hex(instance_id)}});
  return write_file(path, as_bytes(to_pretty_text(description) + "\n"), kFileMode);
}

Json component_reference(const Firmware& firmware) {
  Json reference = Json::object({{"component-type", firmware.type},
                                 {"measurement-value", codec::to_hex(firmware_measurement(firmware))},
                                 {"signer-id", codec::to_hex(firmware_signer())}});
  if (!firmware.version.empty()) reference.set("version", firmware.version);
  return reference;
}

}  // namespace

Platform::Platform(crypto::PrivateKey cpak, crypto::PrivateKey rak, Buffer instance_id)
    : cpak_(std::move(cpak)), rak_(std::move(rak)), instance_id_(std::move(instance_id)) {
  sign_platform_tokens();
}

void Platform::set_lifecycle(std::uint16_t lifecycle) {
  lifecycle_ = lifecycle;
  sign_platform_tokens();
}

void Platform::sign_platform_tokens() {
  for (const Profile profile : {Profile::kLegacy, Profile::k2023}) {
    const crypto::Digest binder = crypto::digest(crypto::Hash::kSha256, encode_realm_key(rak_.public_key(), profile));
    const Buffer claims = encode_platform_claims({instance_id_, lifecycle_}, binder, profile);
    Result<Buffer> token = cose::make_sign1(cpak_, crypto::SignatureAlgorithm::kEs384, claims);
    CHECK(token.has_value());  // The key is on P-384.
    platform_tokens_[static_cast<std::size_t>(profile)] = *std::move(token);
  }
}

Platform Platform::make() {
  crypto::PrivateKey cpak = crypto::PrivateKey::generate_ec(crypto::Curve::kP384);
  Buffer instance_id = instance_id_of(cpak.public_key());
  return Platform(std::move(cpak), crypto::PrivateKey::generate_ec(crypto::Curve::kP384), std::move(instance_id));
}

Result<Platform> Platform::open(const std::string& folder) {
  const std::string cpak_path = folder + "/cpak.pem";
  const std::string description_path = folder + "/platform.json";
  TRY(make_folder(folder, kFolderMode));
  ENSURE(
      file_exists(cpak_path) || !file_exists(description_path),
      damaged(cpak_path, "is gone, but platform.json is there; restore it, or remove the folder for a new platform"));
  crypto::PrivateKey cpak = TRY(read_or_make_key(cpak_path));
  crypto::PrivateKey rak = TRY(read_or_make_key(folder + "/rak.pem"));
  Buffer instance_id = instance_id_of(cpak.public_key());
  if (file_exists(description_path)) {
    TRY(check_description(description_path, instance_id));
  } else {
    TRY(write_description(description_path, instance_id));
  }
  return Platform(std::move(cpak), std::move(rak), std::move(instance_id));
}

Result<Buffer> Platform::token(const Realm& realm, Bytes challenge, Profile profile, Collection collection) const {
  ENSURE(challenge.size() == kChallengeBytes,
         Error{Blame::kRequest, "realm.challenge", std::to_string(challenge.size()) + " octets, not 64"});
  const Buffer realm_key = encode_realm_key(rak_.public_key(), profile);
  const Buffer realm_claims = encode_realm_claims(realm, challenge, realm_key, profile);
  const Buffer realm_token = TRY(cose::make_sign1(rak_, crypto::SignatureAlgorithm::kEs384, realm_claims));
  return encode_collection(platform_tokens_[static_cast<std::size_t>(profile)], realm_token, collection);
}

Json Platform::endorsements() const {
  const std::string implementation = codec::to_hex(implementation_id());
  Json::Array components;
  for (const Firmware& firmware : kFirmware) components.push_back(component_reference(firmware));
  const Json anchor = Json::object({{"implementation-id", implementation},
                                    {"instance-id", codec::to_hex(instance_id_)},
                                    {"pkey", jose::jwk_from_public_key(cpak_.public_key())}});
  const Json record = Json::object({{"implementation-id", implementation},
                                    {"platform-configuration", codec::to_hex(platform_config())},
                                    {"sw-components", std::move(components)}});
  return Json::object({{"trust-anchors", Json::array({anchor})},
                       {"reference-values", Json::object({{"platform", Json::array({record})}})}});
}

}  // namespace avouch::tee::cca::emulator
