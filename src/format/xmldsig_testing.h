// What tests and fuzz targets of signed manifests share: an authority, two signers below it and documents in their
// names. Keys, certificates and kSignedElsewhere were made for these tests with OpenSSL 3.0 and xmlsec1 1.2; they
// protect nothing.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/check.h"
#include "codec/base64.h"
#include "codec/xml_canonical.h"
#include "crypto/digest.h"
#include "crypto/signature.h"
#include "format/xmldsig.h"

namespace avouch::xmldsig::testing {

inline const Instant kNow = from_unix_seconds(1'800'000'000);  // January 2027; the certificates are of 2025 to 2049

inline constexpr std::string_view kRootPem = R"(-----BEGIN CERTIFICATE-----
MIIB+zCCAYKgAwIBAgIUIqdMDVle08TzQwVDngabZjP60qUwCgYIKoZIzj0EAwMw
LTEYMBYGA1UECgwPRXhhbXBsZSBEZXZpY2VzMREwDwYDVQQDDAhSSU0gUm9vdDAe
Fw0yNTAxMDEwMDAwMDBaFw00OTA4MjMwMDAwMDBaMC0xGDAWBgNVBAoMD0V4YW1w
bGUgRGV2aWNlczERMA8GA1UEAwwIUklNIFJvb3QwdjAQBgcqhkjOPQIBBgUrgQQA
IgNiAAQaoEK2T5MqcsHiUpZVA9upId9qWnhlagrM7jiwmCw8Z+uModL3hCkGRqS2
ALCqBGqafdvwIQDEnq3h/y59wUITYBJUiGC0Q41tq+qhNxlOOtyBwmJUlFFhusq4
1eO42l+jYzBhMB0GA1UdDgQWBBRSZq/hvIk5b3y4J3ll7HAvfGggATAfBgNVHSME
GDAWgBRSZq/hvIk5b3y4J3ll7HAvfGggATAPBgNVHRMBAf8EBTADAQH/MA4GA1Ud
DwEB/wQEAwICBDAKBggqhkjOPQQDAwNnADBkAjBknWkU+IxzEOzYS5GbzWuyVF1t
bPqmr4BVOMJeKNuymYx9RQHYEAWkds3HCduLEYYCMHZXTh8l0H7hFxTcDu1PqrRW
UN+e3NrzDaRhYJSJcsLoGC2zbp6me76qR39065fL4w==
-----END CERTIFICATE-----
)";

// Below the root, it may sign certificates and no documents; in DER and base64.
inline constexpr std::string_view kIssuer =
    "MIICADCCAYegAwIBAgIUMptVNgOuyHillyNXZmQuwAEh37wwCgYIKoZIzj0EAwMwLTEYMBYGA1UECgwPRXhhbXBsZSBEZXZpY2Vz"
    "MREwDwYDVQQDDAhSSU0gUm9vdDAeFw0yNTAxMDEwMDAwMDBaFw00OTA3MDQwMDAwMDBaMC8xGDAWBgNVBAoMD0V4YW1wbGUgRGV2"
    "aWNlczETMBEGA1UEAwwKUklNIElzc3VlcjB2MBAGByqGSM49AgEGBSuBBAAiA2IABA6eYHdw/7b826BL/BeIVgsndnrVGv0QR6ic"
    "FR5+CBnWjYsxlKJENAqp50HRoVCdZr4J2V+4+DAsz7WBHo0wiiZgerLIxLjm5oxCoLUctjMKo+7HcJ5fq7cTI6jjWj0rkKNmMGQw"
    "EgYDVR0TAQH/BAgwBgEB/wIBADAOBgNVHQ8BAf8EBAMCAgQwHQYDVR0OBBYEFCrfdLojA2a5a21xFZmO1g2T3XGkMB8GA1UdIwQY"
    "MBaAFFJmr+G8iTlvfLgneWXscC98aCABMAoGCCqGSM49BAMDA2cAMGQCMB7IjSHlNI1R7GAfHaB1XEkX9RaHdu0cAHporbl1xa+i"
    "T2s3Ng7tscSAYt7v4YJJpwIwfPJNKM1WYzCehqxTNIWTQsad1uycaLZyu6n1/r2gEuuekQ9CFQtt1vaq6IvazOkn";
inline constexpr std::string_view kIssuerKeyPem = R"(-----BEGIN PRIVATE KEY-----
MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDBp1ZvRXG4yT6jPFmpU
98cwKfMpvrtG0t04PIgPkT+GoF1RKNdEE0ZW1BWpM/t423ehZANiAAQOnmB3cP+2
/NugS/wXiFYLJ3Z61Rr9EEeonBUefggZ1o2LMZSiRDQKqedB0aFQnWa+CdlfuPgw
LM+1gR6NMIomYHqyyMS45uaMQqC1HLYzCqPux3CeX6u3EyOo41o9K5A=
-----END PRIVATE KEY-----
)";

// Below the issuer, it may sign documents.
inline constexpr std::string_view kSigner =
    "MIICATCCAYigAwIBAgIUWBfHFjJD8vwm7m6xQD3uvPzSuWUwCgYIKoZIzj0EAwMwLzEYMBYGA1UECgwPRXhhbXBsZSBEZXZpY2Vz"
    "MRMwEQYDVQQDDApSSU0gSXNzdWVyMB4XDTI1MDEwMTAwMDAwMVoXDTQ5MDUxNTAwMDAwMVowNDEYMBYGA1UECgwPRXhhbXBsZSBE"
    "ZXZpY2VzMRgwFgYDVQQDDA9SSU0gU2lnbmVyIHAzODQwdjAQBgcqhkjOPQIBBgUrgQQAIgNiAARbZaAGnKihOmDBVsOO4gv7yGad"
    "X2O3yhxat7eAbQaQjXu6dL1q+r6b8zkdl8//XYGJHaYtQapr37QO/eZKUYNefEFu9SERNxmv3mfHOuqUCNsHYpFD0jD8LKnhhsCI"
    "oZ6jYDBeMAwGA1UdEwEB/wQCMAAwDgYDVR0PAQH/BAQDAgeAMB0GA1UdDgQWBBTUcXLVsAIQqaeaYQ8Z6h91WZ0GwTAfBgNVHSME"
    "GDAWgBQq33S6IwNmuWttcRWZjtYNk91xpDAKBggqhkjOPQQDAwNnADBkAjAJ67KhQN7AafMWvBKqtK08tIugAII6aqEQPQsNWTFs"
    "vj2TJmmAFZ1AJmvpKKIpjQICMEvCMT0/nGDDJMGe+QzS2AeML2gOOaAc11aYgKtUBOysyLgfCOdAB7cqlOSCANSWEA==";
inline constexpr std::string_view kSignerKeyPem = R"(-----BEGIN PRIVATE KEY-----
MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDCZry1p+IWcjIXgHdye
Y565UJb8en1LIlcK3XNVmcT2R/hl/CulziZ+awc4bRIsPTKhZANiAARbZaAGnKih
OmDBVsOO4gv7yGadX2O3yhxat7eAbQaQjXu6dL1q+r6b8zkdl8//XYGJHaYtQapr
37QO/eZKUYNefEFu9SERNxmv3mfHOuqUCNsHYpFD0jD8LKnhhsCIoZ4=
-----END PRIVATE KEY-----
)";

// A manifest, signed by xmlsec1 with a key of the same issuer.
inline constexpr std::string_view kSignedElsewhere = R"XML(<?xml version="1.0" encoding="UTF-8"?>
<!-- measured on the bench -->
<SoftwareIdentity xmlns="http://standards.iso.org/iso/19770/-2/2015/schema.xsd" xmlns:ns2="http://www.w3.org/2001/04/xmlenc#sha384" xml:lang="en-US" name="EX-1" tagId="94f6b457" version="1.0" tagVersion="0">
  <Entity name="Example Devices &amp; Sons" role="softwareCreator tagCreator"/>
  <Meta xmlns:rim="https://trustedcomputinggroup.org/resource/tcg-reference-integrity-manifest-rim-information-model/" colloquialVersion="7.1" edition="Boot-ROM" product="EX-1" rim:PlatformManufacturerStr="Example Devices Ltd" rim:PlatformModel="EX-1"/>
  <Payload xmlns:SHA384="http://www.w3.org/2001/04/xmlenc#sha384">
    <Resource type="Measurement" index="0" active="True" alternatives="1" ns2:Hash0="000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000" name="nothing" size="48"/>
    <Resource type="Measurement" index="1" active="True" alternatives="2" ns2:Hash0="111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111" ns2:Hash1="121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212" name="loader"/>
    <Resource type="Measurement" index="2-a" alternatives="3" SHA384:Hash0="212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121" ns2:Hash1="000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000" SHA384:Hash2="232323232323232323232323232323232323232323232323232323232323232323232323232323232323232323232323"/>
    <Resource type="Certificate" index="3" ns2:Hash0="313131313131313131313131313131313131313131313131313131313131313131313131313131313131313131313131"/>
    <!-- end -->
  </Payload>
<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"/><ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384"/><ds:Reference URI=""><ds:Transforms><ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/></ds:Transforms><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#sha384"/><ds:DigestValue>jESHRG9DL4afOVtVpaiBJq9Rr2t2bUzybfEp83uZ7M3ERt6yV8ytuHokeRJxbXkk</ds:DigestValue></ds:Reference></ds:SignedInfo><ds:SignatureValue>PP50iwMGhRWBC0gvtznlB4F9XSRByJoju0Ie2M9BRs2PpGB+jUiBT6ctIIUGFADE
h+2nvPTOvpG3FIs6gZdHrWXJqKmhJqvRK3Tvp5rwP9NhxVUZtHpa/PPXU4E13C9M</ds:SignatureValue><ds:KeyInfo><ds:X509Data><ds:X509Certificate>MIICATCCAYigAwIBAgIUWBfHFjJD8vwm7m6xQD3uvPzSuWUwCgYIKoZIzj0EAwMw
LzEYMBYGA1UECgwPRXhhbXBsZSBEZXZpY2VzMRMwEQYDVQQDDApSSU0gSXNzdWVy
MB4XDTI1MDEwMTAwMDAwMVoXDTQ5MDUxNTAwMDAwMVowNDEYMBYGA1UECgwPRXhh
bXBsZSBEZXZpY2VzMRgwFgYDVQQDDA9SSU0gU2lnbmVyIHAzODQwdjAQBgcqhkjO
PQIBBgUrgQQAIgNiAARbZaAGnKihOmDBVsOO4gv7yGadX2O3yhxat7eAbQaQjXu6
dL1q+r6b8zkdl8//XYGJHaYtQapr37QO/eZKUYNefEFu9SERNxmv3mfHOuqUCNsH
YpFD0jD8LKnhhsCIoZ6jYDBeMAwGA1UdEwEB/wQCMAAwDgYDVR0PAQH/BAQDAgeA
MB0GA1UdDgQWBBTUcXLVsAIQqaeaYQ8Z6h91WZ0GwTAfBgNVHSMEGDAWgBQq33S6
IwNmuWttcRWZjtYNk91xpDAKBggqhkjOPQQDAwNnADBkAjAJ67KhQN7AafMWvBKq
tK08tIugAII6aqEQPQsNWTFsvj2TJmmAFZ1AJmvpKKIpjQICMEvCMT0/nGDDJMGe
+QzS2AeML2gOOaAc11aYgKtUBOysyLgfCOdAB7cqlOSCANSWEA==
</ds:X509Certificate>
<ds:X509Certificate>MIICADCCAYegAwIBAgIUMptVNgOuyHillyNXZmQuwAEh37wwCgYIKoZIzj0EAwMw
LTEYMBYGA1UECgwPRXhhbXBsZSBEZXZpY2VzMREwDwYDVQQDDAhSSU0gUm9vdDAe
Fw0yNTAxMDEwMDAwMDBaFw00OTA3MDQwMDAwMDBaMC8xGDAWBgNVBAoMD0V4YW1w
bGUgRGV2aWNlczETMBEGA1UEAwwKUklNIElzc3VlcjB2MBAGByqGSM49AgEGBSuB
BAAiA2IABA6eYHdw/7b826BL/BeIVgsndnrVGv0QR6icFR5+CBnWjYsxlKJENAqp
50HRoVCdZr4J2V+4+DAsz7WBHo0wiiZgerLIxLjm5oxCoLUctjMKo+7HcJ5fq7cT
I6jjWj0rkKNmMGQwEgYDVR0TAQH/BAgwBgEB/wIBADAOBgNVHQ8BAf8EBAMCAgQw
HQYDVR0OBBYEFCrfdLojA2a5a21xFZmO1g2T3XGkMB8GA1UdIwQYMBaAFFJmr+G8
iTlvfLgneWXscC98aCABMAoGCCqGSM49BAMDA2cAMGQCMB7IjSHlNI1R7GAfHaB1
XEkX9RaHdu0cAHporbl1xa+iT2s3Ng7tscSAYt7v4YJJpwIwfPJNKM1WYzCehqxT
NIWTQsad1uycaLZyu6n1/r2gEuuekQ9CFQtt1vaq6IvazOkn
</ds:X509Certificate></ds:X509Data></ds:KeyInfo></ds:Signature></SoftwareIdentity>
)XML";

inline std::vector<crypto::Certificate> root() {
  return crypto::Certificate::from_pem_chain(kRootPem).value();
}
inline crypto::Certificate certificate(std::string_view base64) {
  return crypto::Certificate::from_der(codec::from_base64(base64).value()).value();
}

// What a signer may choose; what is not said is as NVIDIA signs.
struct Wish {
  std::string attributes;  // of the root
  std::string content = R"(<Payload xmlns:h="urn:hash"><Resource h:Hash0="11"/></Payload>)";
  std::string uri = R"( URI="")";
  std::string canonical = "http://www.w3.org/2006/12/xml-c14n11";
  std::string transforms = R"(<Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>)"
                           R"(<Transform Algorithm="http://www.w3.org/2006/12/xml-c14n11"/>)";
  std::string algorithm = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384";
  std::string digest_algorithm = "http://www.w3.org/2001/04/xmldsig-more#sha384";
  std::string more_signed_info;  // after the reference
  std::string key_info = "<KeyInfo><X509Data><X509Certificate>" + std::string(kSigner) +
                         "</X509Certificate><X509Certificate>" + std::string(kIssuer) +
                         "</X509Certificate></X509Data></KeyInfo>";
  std::string more_signature;  // after KeyInfo
  std::string_view key_pem = kSignerKeyPem;
  xml::Canonical form = xml::Canonical::kInclusive11;  // in truth, of both
};

// The Signature that a signer of `wish` makes for <Manifest …>content</Manifest>.
inline std::string signature_of(const Wish& wish) {
  const std::string start = "<Manifest" + wish.attributes + ">";
  const xml::Element bare = xml::parse(start + wish.content + "</Manifest>").value();
  const std::string covered = xml::canonical_form(bare, {}, wish.form).value();
  const crypto::Digest digest = crypto::digest(crypto::Hash::kSha384, as_bytes(covered));
  const std::string signed_info = "<SignedInfo><CanonicalizationMethod Algorithm=\"" + wish.canonical +
                                  "\"/><SignatureMethod Algorithm=\"" + wish.algorithm + "\"/>\n<Reference" + wish.uri +
                                  "><Transforms>" + wish.transforms + "</Transforms><DigestMethod Algorithm=\"" +
                                  wish.digest_algorithm + "\"/><DigestValue>" + codec::to_base64(digest) +
                                  "</DigestValue></Reference>" + wish.more_signed_info + "</SignedInfo>";
  const std::string head = "<Signature xmlns=\"" + std::string(kNamespace) + "\">" + signed_info;
  const xml::Element around = xml::parse(start + head + "</Signature></Manifest>").value();
  const xml::Element& signature = *around.elements().front();
  const std::vector<const xml::Element*> ancestors = {&around, &signature};
  const std::string text = xml::canonical_form(*signature.elements().front(), ancestors, wish.form).value();
  const crypto::PrivateKey key = crypto::PrivateKey::from_pem(wish.key_pem).value();
  const Buffer value = crypto::sign(key, crypto::SignatureAlgorithm::kEs384, as_bytes(text)).value();
  return head + "<SignatureValue>\n" + codec::to_base64(value) + "\n</SignatureValue>" + wish.key_info +
         wish.more_signature + "</Signature>";
}

inline std::string signed_by(const Wish& wish) {
  return "<Manifest" + wish.attributes + ">" + wish.content + signature_of(wish) + "</Manifest>";
}

}  // namespace avouch::xmldsig::testing
