#include "format/xmldsig.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "format/tcg_rim.h"
#include "format/xmldsig_testing.h"
#include "testing/code_of.h"

namespace avouch::xmldsig {
namespace {

using avouch::testing::code_of;
using testing::kNow;
using testing::signed_by;
using testing::Wish;

Result<Verified> verify(std::string_view document, const std::vector<crypto::Certificate>& anchors,
                        Instant now = kNow) {
  xml::Element root = TRY(xml::parse(document));
  return verify_enveloped(std::move(root), {anchors, now});
}
Result<Verified> verify(std::string_view document) {
  return verify(document, testing::root());
}

std::string text_of(const Result<Verified>& verified) {
  return xml::canonical_form(verified.value().document, {}, xml::Canonical::kInclusive10).value();
}

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  const std::size_t at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return text.replace(at, what.size(), with);
}

TEST(Xmldsig, VerifiesWhatAnotherImplementationSigned) {
  EXPECT_EQ(code_of(verify(testing::kSignedElsewhere)), "ok");
}

TEST(Xmldsig, VerifiesEachCanonicalForm) {
  struct Case {
    const char* uri;
    xml::Canonical form;
  };
  const Case cases[] = {{"http://www.w3.org/TR/2001/REC-xml-c14n-20010315", xml::Canonical::kInclusive10},
                        {"http://www.w3.org/2006/12/xml-c14n11", xml::Canonical::kInclusive11},
                        {"http://www.w3.org/2001/10/xml-exc-c14n#", xml::Canonical::kExclusive}};
  for (const Case& each : cases) {
    Wish wish;
    wish.attributes = R"( xmlns:unused="urn:x" xml:lang="en" xml:id="m" b="2" a="1")";
    wish.canonical = each.uri;
    wish.form = each.form;
    wish.transforms = R"(<Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>
                         <Transform Algorithm=")" +
                      std::string(each.uri) + "\"/>";
    EXPECT_EQ(code_of(verify(signed_by(wish))), "ok") << each.uri;
  }
}

TEST(Xmldsig, TakesCanonicalXml10WhereNoTransformNamesAForm) {
  Wish wish;
  wish.transforms = R"(<Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>)";
  EXPECT_EQ(code_of(verify(signed_by(wish))), "ok");
}

TEST(Xmldsig, GivesTheDocumentWithoutItsSignature) {
  const Result<Verified> verified = verify(signed_by({}));
  EXPECT_EQ(text_of(verified),
            R"(<Manifest><Payload xmlns:h="urn:hash"><Resource h:Hash0="11"></Resource></Payload></Manifest>)");
  EXPECT_FALSE(has_signature(verified->document));
  EXPECT_NE(verified->signer.find("CN = RIM Signer p384"), std::string::npos) << verified->signer;
}

TEST(Xmldsig, RefusesAnAlteredDocument) {
  const std::string document = signed_by({});
  for (const auto& [what, with] : {std::pair{"Hash0=\"11\"", "Hash0=\"12\""},
                                   {"<Resource h:Hash0", "<Resource new=\"\" h:Hash0"},
                                   {"urn:hash", "urn:hasg"},
                                   {"<Payload", "<Extra/><Payload"},
                                   {"</Payload>", "</Payload>text"},
                                   {"<Manifest>", "<Manifest extra=\"\">"}}) {
    EXPECT_EQ(code_of(verify(replaced(document, what, with))), "xmldsig.digest") << with;
  }
}

TEST(Xmldsig, TakesWhatIsTheSameDocumentInOtherWords) {
  std::string document = replaced(signed_by({}), "Hash0=\"11\"/>", "Hash0 = '&#49;1' ></Resource >");
  document = "<?xml version='1.0'?>\n<!-- note -->" + replaced(document, "<Payload", "<!-- note --><Payload") + "\n";
  EXPECT_EQ(code_of(verify(document)), "ok");
}

// Whatever one octet is changed to, either the document is refused or it says what it said.
TEST(Xmldsig, NoChangedOctetChangesWhatIsRead) {
  const std::string original(testing::kSignedElsewhere);
  const std::string values = to_text(Json(tcg_rim::reference_values(verify(original)->document).value()));
  std::size_t refused_count = 0;
  for (std::size_t i = 0; i < original.size(); i += 5) {
    std::string document = original;
    document[i] = static_cast<char>(document[i] ^ 1);
    const Result<Verified> read = verify(document);
    if (!read.has_value()) {
      ++refused_count;
    } else {
      ASSERT_EQ(to_text(Json(tcg_rim::reference_values(read->document).value())), values) << i;
    }
  }
  EXPECT_GT(refused_count, original.size() / 5 * 8 / 10);
}

TEST(Xmldsig, RefusesWhatIsNotSigned) {
  EXPECT_EQ(code_of(verify("<Manifest/>")), "xmldsig.missing");
  EXPECT_EQ(code_of(verify("<Manifest><Signature/></Manifest>")), "xmldsig.missing") << "in no namespace";
}

TEST(Xmldsig, RefusesASignatureAnywhereButInTheRootAndASecondOne) {
  const std::string signature = testing::signature_of({}), content = Wish().content;
  EXPECT_EQ(code_of(verify("<Manifest>" + content + signature + signature + "</Manifest>")), "xmldsig.place");
  EXPECT_EQ(code_of(verify("<Manifest><Payload>" + signature + "</Payload></Manifest>")), "xmldsig.place");
  EXPECT_EQ(code_of(verify("<Manifest><Payload>" + signature + "</Payload>" + signature + "</Manifest>")),
            "xmldsig.place");
  EXPECT_EQ(code_of(verify(signature)), "xmldsig.place") << "the signature is the root";
}

TEST(Xmldsig, RefusesASignedDocumentWrappedInAnother) {
  Wish wish;
  wish.attributes = R"( Id="m1")";
  wish.uri = R"( URI="#m1")";
  ASSERT_EQ(code_of(verify(signed_by(wish))), "ok");
  const std::string signature = testing::signature_of(wish),
                    original = "<Manifest Id=\"m1\">" + wish.content + "</Manifest>";
  const std::string forged = R"(<Payload xmlns:h="urn:hash"><Resource h:Hash0="66"/></Payload>)";
  EXPECT_EQ(code_of(verify("<Manifest>" + forged + original + signature + "</Manifest>")), "xmldsig.reference");
  EXPECT_EQ(code_of(verify("<Manifest Id=\"m2\">" + forged + original + signature + "</Manifest>")),
            "xmldsig.reference");
  EXPECT_EQ(code_of(verify("<Manifest Id=\"m1\">" + forged + original + signature + "</Manifest>")), "xmldsig.digest");
  const std::string in_object = replaced(signature, "</Signature>", "<Object>" + original + "</Object></Signature>");
  EXPECT_EQ(code_of(verify("<Manifest Id=\"m1\">" + forged + in_object + "</Manifest>")), "xmldsig.shape");
}

TEST(Xmldsig, RefusesReferencesToAnythingButTheWhole) {
  for (const char* uri : {"", R"( URI="#other")", R"( URI="#")", R"( URI="http://127.0.0.1/manifest.xml")",
                          R"( URI="file:///etc/passwd")", " URI=\"#xpointer(/)\""}) {
    Wish wish;
    wish.attributes = " Id=\"m1\" other=\"other\"";
    wish.uri = uri;
    EXPECT_EQ(code_of(verify(signed_by(wish))), "xmldsig.reference") << uri;
  }
}

TEST(Xmldsig, RefusesASecondReference) {
  Wish wish;
  wish.more_signed_info = R"(<Reference URI="#m1"/>)";
  EXPECT_EQ(code_of(verify(signed_by(wish))), "xmldsig.shape");
}

TEST(Xmldsig, RefusesAlgorithmsThatItDoesNotTrustOrDoesNotKnow) {
  const auto code_with = [](auto change) {
    Wish wish;
    change(wish);
    return code_of(verify(signed_by(wish)));
  };
  const std::string enveloped = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
  const auto transform = [](const std::string& uri) { return "<Transform Algorithm=\"" + uri + "\"/>"; };
  const std::string xpath = "http://www.w3.org/TR/1999/REC-xpath-19991116";
  for (const char* uri : {"http://www.w3.org/2000/09/xmldsig#rsa-sha1", "http://www.w3.org/2000/09/xmldsig#hmac-sha1",
                          "http://www.w3.org/2001/04/xmldsig-more#hmac-sha384", ""}) {
    EXPECT_EQ(code_with([&](Wish& wish) { wish.algorithm = uri; }), "xmldsig.algorithm") << uri;
  }
  EXPECT_EQ(code_with([](Wish& wish) { wish.digest_algorithm = "http://www.w3.org/2000/09/xmldsig#sha1"; }),
            "xmldsig.algorithm");
  EXPECT_EQ(code_with([](Wish& wish) { wish.canonical += "#WithComments"; }), "xmldsig.algorithm");
  EXPECT_EQ(code_with([&](Wish& wish) { wish.transforms = transform(xpath); }), "xmldsig.algorithm");
  EXPECT_EQ(code_with([&](Wish& wish) { wish.transforms = transform(enveloped) + transform(xpath); }),
            "xmldsig.algorithm");
  EXPECT_EQ(code_with([&](Wish& wish) { wish.transforms = transform(wish.canonical) + transform(enveloped); }),
            "xmldsig.algorithm");
  EXPECT_EQ(code_with([&](Wish& wish) { wish.transforms += transform(wish.canonical); }), "xmldsig.shape");
  EXPECT_EQ(code_with([](Wish& wish) { wish.transforms = ""; }), "xmldsig.shape");
}

TEST(Xmldsig, RefusesASignatureOfAnotherAlgorithmThanItsKey) {
  Wish wish;
  wish.algorithm = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256";
  EXPECT_EQ(code_of(verify(signed_by(wish))), "xmldsig.signature");
  wish.algorithm = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384";
  EXPECT_EQ(code_of(verify(signed_by(wish))), "xmldsig.signature");
}

TEST(Xmldsig, RefusesASignatureByAnotherKeyThanItsCertificates) {
  Wish wish;
  wish.key_pem = testing::kIssuerKeyPem;
  EXPECT_EQ(code_of(verify(signed_by(wish))), "xmldsig.signature");
}

TEST(Xmldsig, RefusesAlteredSignedInfo) {
  EXPECT_EQ(code_of(verify(replaced(signed_by({}), "<DigestValue>", "<DigestValue Id=\"x\">"))), "xmldsig.signature");
  EXPECT_EQ(code_of(verify(replaced(signed_by({}), "<Manifest>", "<Manifest xml:lang=\"en\">"))), "xmldsig.signature")
      << "which SignedInfo inherits";
}

TEST(Xmldsig, BelievesOnlyCertificatesThatLeadToAnAnchorNow) {
  const std::string document = signed_by({});
  const std::vector<crypto::Certificate> others = {
      crypto::Certificate::from_pem_chain(testing::kRootPem).value().front()};
  EXPECT_EQ(code_of(verify(document, {})), "xmldsig.untrusted");
  EXPECT_EQ(code_of(verify(document, {testing::certificate(testing::kIssuer)})), "ok") << "an anchor in the middle";
  EXPECT_EQ(code_of(verify(document, {testing::certificate(testing::kSigner)})), "ok") << "the signer itself";
  const Instant year = kNow + std::chrono::hours(24 * 365);
  EXPECT_EQ(code_of(verify(document, others, year)), "ok");
  EXPECT_EQ(code_of(verify(document, others, kNow + std::chrono::hours(24 * 365 * 30))), "xmldsig.untrusted");
  EXPECT_EQ(code_of(verify(document, others, kNow - std::chrono::hours(24 * 365 * 4))), "xmldsig.untrusted");
  Wish alone;
  alone.key_info = "<KeyInfo><X509Data><X509Certificate>" + std::string(testing::kSigner) +
                   "</X509Certificate></X509Data></KeyInfo>";
  EXPECT_EQ(code_of(verify(signed_by(alone))), "xmldsig.untrusted") << "the issuer between is missing";
}

TEST(Xmldsig, RefusesASignerWhoseCertificateIsForOtherUses) {
  Wish wish;
  wish.key_pem = testing::kIssuerKeyPem;
  wish.key_info = "<KeyInfo><X509Data><X509Certificate>" + std::string(testing::kIssuer) +
                  "</X509Certificate></X509Data></KeyInfo>";
  EXPECT_EQ(code_of(verify(signed_by(wish))), "xmldsig.key");
}

TEST(Xmldsig, WithoutCertificatesTheSignerHasToBeAnAnchor) {
  Wish wish;
  wish.key_info = "";
  EXPECT_EQ(code_of(verify(signed_by(wish))), "xmldsig.signature");
  EXPECT_EQ(code_of(verify(signed_by(wish), {testing::root().front(), testing::certificate(testing::kSigner)})), "ok");
  wish.key_info = "<KeyInfo><KeyName>signer</KeyName></KeyInfo>";
  EXPECT_EQ(code_of(verify(signed_by(wish), {testing::certificate(testing::kSigner)})), "ok");
  EXPECT_EQ(code_of(verify(signed_by(wish), {testing::certificate(testing::kSigner)},
                           kNow + std::chrono::hours(24 * 365 * 30))),
            "xmldsig.untrusted");
}

TEST(Xmldsig, RefusesKeyInfoThatIsBroken) {
  const auto code_with = [](const std::string& certificates) {
    Wish wish;
    wish.key_info = "<KeyInfo><X509Data>" + certificates + "</X509Data></KeyInfo>";
    return code_of(verify(signed_by(wish)));
  };
  EXPECT_EQ(code_with("<X509Certificate>MAA=</X509Certificate>"), "x509.parse");
  EXPECT_EQ(code_with("<X509Certificate>?</X509Certificate>"), "base64.syntax");
  EXPECT_EQ(code_with("<X509Certificate><b/></X509Certificate>"), "xml.content");
  std::string many;
  for (std::size_t i = 0; i < limits::kIntermediateCertificates + 2; ++i) {
    many += "<X509Certificate>" + std::string(testing::kSigner) + "</X509Certificate>";
  }
  EXPECT_EQ(code_with(many), "xmldsig.shape");
}

TEST(Xmldsig, RefusesASignatureOfAnotherShape) {
  const std::string document = signed_by({});
  EXPECT_EQ(code_of(verify(replaced(document, "<SignedInfo>", "<SignedInfo>text"))), "xmldsig.shape");
  EXPECT_EQ(code_of(verify(replaced(document, "<SignedInfo>", "<SignedInfo/><SignedInfo>"))), "xmldsig.shape");
  EXPECT_EQ(code_of(verify(replaced(document, "</SignedInfo>", "</SignedInfo><Object/>"))), "xmldsig.shape");
  EXPECT_EQ(code_of(verify(replaced(document, "<Signature xmlns=\"http://www.w3.org/2000/09/xmldsig#\">",
                                    "<Signature xmlns=\"http://www.w3.org/2000/09/xmldsig#\">text"))),
            "xmldsig.shape");
  const std::string method = "<SignatureMethod Algorithm=\"" + Wish().algorithm + "\"/>";
  EXPECT_EQ(code_of(verify(replaced(document, method, "<SignatureMethod/>"))), "xmldsig.shape");
  const std::string with_child = replaced(method, "/>", "><HMACOutputLength>1</HMACOutputLength></SignatureMethod>");
  EXPECT_EQ(code_of(verify(replaced(document, method, with_child))), "xmldsig.shape");
  EXPECT_EQ(code_of(verify(replaced(document, "<SignatureValue>", "<SignatureValue>!"))), "base64.syntax");
  EXPECT_EQ(code_of(verify(replaced(document, "<SignatureValue>\n", "<SignatureValue>\nAAAA"))), "xmldsig.signature");
}

}  // namespace
}  // namespace avouch::xmldsig
