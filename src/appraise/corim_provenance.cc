#include "appraise/corim_provenance.h"

#include <algorithm>
#include <span>

#include "codec/base64.h"
#include "codec/hex.h"

namespace avouch::appraise {
namespace {

Error refused(const char* code, std::string detail) {
  return Error{Blame::kRequest, code, std::move(detail)};
}

// By the key of the certificate that came first, if it chains to a root of ours.
Status check_by_certificates(const corim::Signature& signature, const SupplierTrust& trust, Instant now) {
  std::vector<crypto::Certificate> chain;
  for (const Bytes der : signature.certificates) chain.push_back(TRY(crypto::Certificate::from_der(der)));
  const std::span<const crypto::Certificate> intermediates = std::span(chain).subspan(1);
  TRY(crypto::verify_path(chain.front(), intermediates, trust.roots, now));
  const crypto::PublicKey key = TRY(chain.front().public_key());
  return cose::verify_sign1(signature.message, key);
}

Status check_signature(const corim::Signature& signature, const SupplierTrust& trust, Instant now) {
  for (const crypto::PublicKey& key : trust.keys) {
    if (cose::verify_sign1(signature.message, key).has_value()) return ok();
  }
  const std::string by = "signed as \"" + std::string(signature.signer) + "\": ";
  if (signature.certificates.empty() || trust.roots.empty()) {
    return refused(
        "provenance.untrusted",
        by + "by none of the " + std::to_string(trust.keys.size()) + " keys of trusted_keys" +
            (signature.certificates.empty() ? ", and without a certificate" : ", and trusted_certs names no root"));
  }
  const Status checked = check_by_certificates(signature, trust, now);
  ENSURE(checked.has_value(),
         refused("provenance.untrusted", by + checked.error().detail + " (" + checked.error().code + ")"));
  return ok();
}

Status check_validity(const corim::Validity& validity, const char* of, Instant now) {
  ENSURE(validity.has_begun(now),
         refused("provenance.not-yet", std::string(of) + " counts from " + to_rfc3339(*validity.not_before)));
  ENSURE(!validity.has_ended(now),
         refused("provenance.expired", std::string(of) + " ended at " + to_rfc3339(*validity.not_after)));
  return ok();
}

std::string joined(const std::vector<std::string>& parts, const char* last) {
  std::string out;
  for (const std::string& part : parts) out += part + "/";
  return out + last;
}

void add_values(const std::vector<std::string>& environment, const corim::Measurement& measured, Json::Object& out) {
  using Kind = corim::Name::Kind;
  std::vector<std::string> parts = environment;
  if (measured.key.has_value()) {
    const Kind kind = measured.key->kind;
    if (kind == Kind::kText || kind == Kind::kUuid) parts.push_back(to_text(*measured.key));
    if (kind == Kind::kUnsigned) parts.push_back("claim" + to_text(*measured.key));
  }
  if (measured.name.has_value()) parts.emplace_back(*measured.name);
  if (measured.serial_number.has_value()) parts.emplace_back(*measured.serial_number);
  if (!measured.digests.empty()) {
    Json digests = Json::array();
    for (const corim::Digest& digest : measured.digests) digests.push_back(codec::to_hex(digest.value));
    out.emplace_back(joined(parts, "digests"), std::move(digests));
  }
  if (measured.raw_value.has_value() && !measured.raw_value->is_tagged_masked) {
    out.emplace_back(joined(parts, "raw_bytes"), codec::to_hex(measured.raw_value->value));
  }
}

}  // namespace

Result<BelievedManifest> BelievedManifest::believe(corim::Corim corim, const SupplierTrust& trust, Instant now) {
  if (corim.signature.has_value()) {
    TRY(check_signature(*corim.signature, trust, now));
    TRY(check_validity(corim.signature->validity, "the signature", now));
  } else {
    ENSURE(trust.allow_unsigned,
           refused("provenance.unsigned", "nobody signed it: sign it, or set extractors.corim.allow_unsigned"));
  }
  TRY(check_validity(corim.manifest.validity, "the manifest", now));
  return BelievedManifest(std::move(corim));
}

std::string BelievedManifest::signer() const {
  return corim_.signature.has_value() ? std::string(corim_.signature->signer) : "";
}

std::optional<Instant> BelievedManifest::ends_at() const {
  std::optional<Instant> end = corim_.manifest.validity.not_after;
  if (!corim_.signature.has_value() || !corim_.signature->validity.not_after.has_value()) return end;
  return std::min(end.value_or(Instant::max()), *corim_.signature->validity.not_after);
}

Json::Object reference_values(const BelievedManifest& believed) {
  return preview_reference_values(believed.manifest());
}

Json::Object preview_reference_values(const corim::Manifest& manifest) {
  Json::Object out;
  for (const corim::Comid& module : manifest.modules) {
    for (const corim::MeasurementTriple& triple : module.reference) {
      std::vector<std::string> environment;
      if (triple.environment.device_class.has_value()) {
        const corim::Class& device_class = *triple.environment.device_class;
        if (device_class.vendor.has_value()) environment.emplace_back(*device_class.vendor);
        if (device_class.model.has_value()) environment.emplace_back(*device_class.model);
      }
      for (const corim::Measurement& measured : triple.measurements) add_values(environment, measured, out);
    }
  }
  return out;
}

Result<Provenance> extract_corim(std::string_view payload, const ProvenanceTrust& trust, Instant now) {
  const Buffer document = TRY(codec::from_base64(payload));
  Result<corim::Corim> corim = corim::parse_corim(document);
  ENSURE(corim.has_value(), refused("provenance.payload", corim.error().detail + " (" + corim.error().code + ")"));
  const BelievedManifest believed = TRY(BelievedManifest::believe(*std::move(corim), trust.corim, now));
  Provenance out{reference_values(believed), believed.ends_at(), believed.signer()};
  ENSURE(!out.values.empty(), refused("provenance.nothing", "it has no reference value: no digests, no raw value"));
  return out;
}

}  // namespace avouch::appraise
