#include "appraise/swid_provenance.h"

#include "codec/base64.h"
#include "codec/xml.h"
#include "format/tcg_rim.h"
#include "format/xmldsig.h"

namespace avouch::appraise {
namespace {

Error refused(const char* code, const Error& why) {
  return {Blame::kRequest, code, why.detail + " (" + why.code + ")"};
}

// What somebody vouches for; or all of it, where nobody has to.
Result<xmldsig::Verified> believe(xml::Element document, const SupplierTrust& trust, Instant now) {
  const bool is_signed = xmldsig::has_signature(document);
  const bool is_taken_unseen = trust.allow_unsigned && (!is_signed || trust.roots.empty());
  if (is_taken_unseen) return xmldsig::Verified{xmldsig::without_signature(std::move(document)), ""};
  ENSURE(is_signed, Error{Blame::kRequest, "provenance.unsigned",
                          "nobody signed it: sign it, or set extractors.swid.allow_unsigned"});
  ENSURE(!trust.roots.empty(), Error{Blame::kRequest, "provenance.untrusted",
                                     "extractors.swid.trusted_certs names no root of those who sign manifests"});
  Result<xmldsig::Verified> verified = xmldsig::verify_enveloped(std::move(document), {trust.roots, now});
  ENSURE(verified.has_value(), refused("provenance.untrusted", verified.error()));
  return verified;
}

}  // namespace

Result<Provenance> extract_swid(std::string_view payload, const ProvenanceTrust& trust, Instant now) {
  const Buffer text = TRY(codec::from_base64(payload));
  Result<xml::Element> document = xml::parse(as_text(text));
  ENSURE(document.has_value(), refused("provenance.payload", document.error()));
  const xmldsig::Verified believed = TRY(believe(*std::move(document), trust.swid, now));
  Result<Json::Object> values = tcg_rim::reference_values(believed.document);
  ENSURE(values.has_value(), refused("provenance.payload", values.error()));
  Provenance out;
  out.values = *std::move(values);
  out.signer = believed.signer;
  return out;
}

}  // namespace avouch::appraise
