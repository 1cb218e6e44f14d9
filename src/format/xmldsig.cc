#include "format/xmldsig.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <string>
#include <vector>

#include "base/limits.h"
#include "codec/base64.h"
#include "codec/xml_canonical.h"
#include "crypto/digest.h"
#include "crypto/signature.h"

namespace avouch::xmldsig {
namespace {

using crypto::Certificate;
using crypto::Hash;
using crypto::SignatureAlgorithm;
using xml::Canonical;
using xml::Element;

template <class T>
struct Named {
  std::string_view uri;
  T value;
};

// XML Signature 1.1, section 6.1, and RFC 9231, section 2: those by SHA-2 alone.
constexpr std::array<Named<Hash>, 3> kDigests{{
    {"http://www.w3.org/2001/04/xmlenc#sha256", Hash::kSha256},
    {"http://www.w3.org/2001/04/xmldsig-more#sha384", Hash::kSha384},
    {"http://www.w3.org/2001/04/xmlenc#sha512", Hash::kSha512},
}};
constexpr std::array<Named<SignatureAlgorithm>, 6> kSignatures{{
    {"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256", SignatureAlgorithm::kEs256},
    {"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384", SignatureAlgorithm::kEs384},
    {"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512", SignatureAlgorithm::kEs512},
    {"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", SignatureAlgorithm::kRs256},
    {"http://www.w3.org/2001/04/xmldsig-more#rsa-sha384", SignatureAlgorithm::kRs384},
    {"http://www.w3.org/2001/04/xmldsig-more#rsa-sha512", SignatureAlgorithm::kRs512},
}};
constexpr std::array<Named<Canonical>, 3> kCanonicals{{
    {"http://www.w3.org/TR/2001/REC-xml-c14n-20010315", Canonical::kInclusive10},
    {"http://www.w3.org/2006/12/xml-c14n11", Canonical::kInclusive11},
    {"http://www.w3.org/2001/10/xml-exc-c14n#", Canonical::kExclusive},
}};
constexpr std::string_view kEnveloped = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";

Error bad(const char* code, std::string detail) {
  return {Blame::kRequest, code, std::move(detail)};
}

// What SignedInfo says of the document and of itself.
struct SignedInfo {
  Canonical canonical, reference_canonical;
  SignatureAlgorithm algorithm;
  Hash hash;
  Buffer digest;
};

bool is_space(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

bool is_signature(const xml::Node& node) {
  const auto* element = std::get_if<std::unique_ptr<Element>>(&node);
  return element != nullptr && (*element)->is(kNamespace, "Signature");
}

std::size_t count_signatures(const Element& in) {
  std::size_t count = in.is(kNamespace, "Signature") ? 1 : 0;
  for (const Element* child : in.elements()) count += count_signatures(*child);
  return count;
}

// The children of an element, which have to be these and in this order; the last ones may be missing.
Result<std::vector<const Element*>> children_of(const Element& parent, std::size_t needed,
                                                std::initializer_list<std::string_view> names) {
  std::vector<const Element*> out = parent.elements();
  const bool are_these = needed <= out.size() && out.size() <= names.size() &&
                         std::equal(out.begin(), out.end(), names.begin(),
                                    [](const Element* child, auto name) { return child->is(kNamespace, name); });
  const bool no_text = std::all_of(parent.children.begin(), parent.children.end(), [](const xml::Node& node) {
    const auto* text = std::get_if<std::string>(&node);
    return text == nullptr || is_space(*text);
  });
  ENSURE(are_these && no_text, bad("xmldsig.shape", "<" + parent.local + "> has other content than it should"));
  return out;
}

// The Algorithm of an element that has nothing else to say.
Result<std::string> algorithm_of(const Element& element) {
  const std::string* algorithm = element.attribute("Algorithm");
  ENSURE(algorithm != nullptr && element.elements().empty(),
         bad("xmldsig.shape", "<" + element.local + "> needs an Algorithm, and nothing else"));
  return *algorithm;
}

template <class T, std::size_t kCount>
Result<T> find_algorithm(const Element& element, const std::array<Named<T>, kCount>& known) {
  const std::string uri = TRY(algorithm_of(element));
  const auto* found =
      std::find_if(known.begin(), known.end(), [&uri](const Named<T>& each) { return each.uri == uri; });
  ENSURE(found != known.end(), bad("xmldsig.algorithm", "<" + element.local + "> " + uri));
  return found->value;
}

Result<Buffer> octets_in(const Element& element) {
  std::string text = TRY(element.text());
  std::erase_if(text, [](char c) { return is_space({&c, 1}); });
  return codec::from_base64(text);
}

// XML Signature 1.1, section 4.4.3.2: "" and "#" with the name that the root gives itself both mean the whole. No DTD
// says which attribute is that name; it does not matter, for nothing but the root is ever taken.
bool is_whole_document(const std::string& uri, const Element& root) {
  if (uri.empty()) return true;
  const auto names_it = [&](const char* attribute) {
    const std::string* name = root.attribute(attribute);
    return name != nullptr && !name->empty() && uri == "#" + *name;
  };
  return names_it("Id") || names_it("ID") || names_it("id");
}

Status read_reference(const Element& reference, const Element& root, SignedInfo& out) {
  const std::string* uri = reference.attribute("URI");
  ENSURE(uri != nullptr && is_whole_document(*uri, root),
         bad("xmldsig.reference", "the signature is not over the whole document"));
  const auto parts = TRY(children_of(reference, 3, {"Transforms", "DigestMethod", "DigestValue"}));
  const auto transforms = TRY(children_of(*parts[0], 1, {"Transform", "Transform"}));
  const std::string first = TRY(algorithm_of(*transforms[0]));
  ENSURE(first == kEnveloped,
         bad("xmldsig.algorithm", "<Transform> " + first + ": has to begin with " + std::string(kEnveloped)));
  // XML Signature 1.1, section 4.4.3.2: without another transform, Canonical XML 1.0.
  out.reference_canonical = Canonical::kInclusive10;
  if (transforms.size() > 1) out.reference_canonical = TRY(find_algorithm(*transforms[1], kCanonicals));
  out.hash = TRY(find_algorithm(*parts[1], kDigests));
  out.digest = TRY(octets_in(*parts[2]));
  return ok();
}

Result<SignedInfo> read_signed_info(const Element& element, const Element& root) {
  const auto parts = TRY(children_of(element, 3, {"CanonicalizationMethod", "SignatureMethod", "Reference"}));
  SignedInfo out{};
  out.canonical = TRY(find_algorithm(*parts[0], kCanonicals));
  out.algorithm = TRY(find_algorithm(*parts[1], kSignatures));
  TRY(read_reference(*parts[2], root, out));
  return out;
}

// Of KeyInfo, which may say more that nobody needs: the signer's first, then those above it.
Result<std::vector<Certificate>> certificates_in(const Element& key_info) {
  std::vector<Certificate> out;
  for (const Element* data : key_info.elements()) {
    if (!data->is(kNamespace, "X509Data")) continue;
    for (const Element* each : data->elements()) {
      if (!each->is(kNamespace, "X509Certificate")) continue;
      ENSURE(out.size() <= limits::kIntermediateCertificates, bad("xmldsig.shape", "too many certificates"));
      const Buffer der = TRY(octets_in(*each));
      out.push_back(TRY(Certificate::from_der(der)));
    }
  }
  return out;
}

struct SignedText {
  SignatureAlgorithm algorithm;
  std::string text;
  Buffer signature;
};

Status verify_by(const Certificate& signer, const SignedText& what) {
  const Result<crypto::PublicKey> key = signer.public_key();
  ENSURE(key.has_value(), bad("xmldsig.key", signer.subject() + ": " + key.error().detail));
  ENSURE(signer.may_sign_documents(), bad("xmldsig.key", signer.subject() + ": its key may not sign documents"));
  const Status status = crypto::verify(*key, what.algorithm, as_bytes(what.text), what.signature);
  ENSURE(status.has_value(), bad("xmldsig.signature", signer.subject() + ": " + status.error().code));
  return ok();
}

// Whether a valid signer is somebody to believe now.
Status check_trust(const Certificate& signer, std::span<const Certificate> above, const Trust& trust) {
  const auto anchors = trust.certificates;
  const bool is_anchor = std::find(anchors.begin(), anchors.end(), signer) != anchors.end();
  const Status status =
      is_anchor ? crypto::verify_dates(signer, trust.now) : crypto::verify_path(signer, above, anchors, trust.now);
  ENSURE(status.has_value(), bad("xmldsig.untrusted", status.error().detail));
  return ok();
}

// Whose signature it is: their name.
Result<std::string> check_signer(const SignedText& what, std::span<const Certificate> brought, const Trust& trust) {
  if (!brought.empty()) {
    TRY(verify_by(brought.front(), what));
    TRY(check_trust(brought.front(), brought.subspan(1), trust));
    return brought.front().subject();
  }
  const auto signer = std::find_if(trust.certificates.begin(), trust.certificates.end(),
                                   [&](const Certificate& each) { return verify_by(each, what).has_value(); });
  ENSURE(signer != trust.certificates.end(),
         bad("xmldsig.signature", "it brings no certificate, and is of no trusted one"));
  TRY(check_trust(*signer, {}, trust));
  return signer->subject();
}

}  // namespace

bool has_signature(const Element& root) {
  return std::any_of(root.children.begin(), root.children.end(), is_signature);
}

Element without_signature(Element root) {
  std::vector<xml::Node> kept;
  for (xml::Node& node : root.children) {
    if (is_signature(node)) continue;
    auto* text = std::get_if<std::string>(&node);
    auto* before = kept.empty() ? nullptr : std::get_if<std::string>(&kept.back());
    if (text != nullptr && before != nullptr) {
      *before += *text;
    } else {
      kept.push_back(std::move(node));
    }
  }
  root.children = std::move(kept);
  return root;
}

Result<Verified> verify_enveloped(Element root, const Trust& trust) {
  const std::size_t signature_count = count_signatures(root);
  ENSURE(signature_count > 0, bad("xmldsig.missing", "the document is not signed"));
  const std::vector<const Element*> children = root.elements();
  const auto found = std::find_if(children.begin(), children.end(),
                                  [](const Element* child) { return child->is(kNamespace, "Signature"); });
  ENSURE(signature_count == 1 && found != children.end(),
         bad("xmldsig.place", "there has to be one signature, a child of the root element"));
  const Element& signature = **found;
  const auto parts = TRY(children_of(signature, 2, {"SignedInfo", "SignatureValue", "KeyInfo"}));
  const SignedInfo info = TRY(read_signed_info(*parts[0], root));
  const std::array<const Element*, 2> ancestors = {&root, &signature};
  SignedText what{info.algorithm, {}, {}};
  what.text = TRY(xml::canonical_form(*parts[0], ancestors, info.canonical));
  what.signature = TRY(octets_in(*parts[1]));
  std::vector<Certificate> brought;
  if (parts.size() > 2) brought = TRY(certificates_in(*parts[2]));
  std::string signer = TRY(check_signer(what, brought, trust));

  Element document = without_signature(std::move(root));
  const std::string covered = TRY(xml::canonical_form(document, {}, info.reference_canonical));
  const crypto::Digest digest = crypto::digest(info.hash, as_bytes(covered));
  ENSURE(equal_constant_time(digest, info.digest),
         bad("xmldsig.digest", "the document was altered after it was signed"));
  return Verified{std::move(document), std::move(signer)};
}

}  // namespace avouch::xmldsig
