// XML Signature 1.1, as far as manifests are signed with it:
// one signature, enveloped in the root element, over the whole document.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "codec/xml.h"
#include "crypto/x509.h"

namespace avouch::xmldsig {

inline constexpr std::string_view kNamespace = "http://www.w3.org/2000/09/xmldsig#";

struct Trust {
  std::span<const crypto::Certificate> certificates;  // anchors: authorities, or signers themselves
  Instant now;
};

// What a signature covers, and nothing else.
struct Verified {
  xml::Element document;  // without its signature
  std::string signer;     // the subject of the signer's certificate
};

// Whether a Signature is among the children of the root, the only place where verify_enveloped() takes one.
bool has_signature(const xml::Element& root);
// The document that a signature there is over. Nothing was verified.
xml::Element without_signature(xml::Element root);

// The document, once its signature is found valid, by a certificate that chains to one of trust. If KeyInfo brings no
// certificate, the signer has to be one of the anchors. SHA-1, more than one signature or reference, parts of
// documents, XSLT and XPath are refused.
//   fails   kRequest: xmldsig.missing, xmldsig.place (a second signature, or one elsewhere), xmldsig.shape,
//           xmldsig.algorithm, xmldsig.reference (of anything but the whole), xmldsig.digest (altered after it was
//           signed), xmldsig.key, xmldsig.signature, xmldsig.untrusted (no valid path to an anchor now),
//           xml.*, base64.syntax, x509.parse
Result<Verified> verify_enveloped(xml::Element root, const Trust& trust);

}  // namespace avouch::xmldsig
