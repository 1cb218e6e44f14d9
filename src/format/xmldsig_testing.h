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

inline const Instant kNow = from_unix_seconds(1'800'000'000);  // January 2027; the certificates are of 2026 to 2051

inline constexpr std::string_view kRootPem = R"(-----BEGIN CERTIFICATE-----
MIIB/TCCAYSgAwIBAgIUeJ2aOuOHysVhTBJfVLUF5a5GswIwCgYIKoZIzj0EAwMw
LTEYMBYGA1UECgwPRXhhbXBsZSBEZXZpY2VzMREwDwYDVQQDDAhSSU0gUm9vdDAg
Fw0yNjExMjMwNDExMzVaGA8yMDUxMDcxNTA0MTEzNVowLTEYMBYGA1UECgwPRXhh
bXBsZSBEZXZpY2VzMREwDwYDVQQDDAhSSU0gUm9vdDB2MBAGByqGSM49AgEGBSuB
BAAiA2IABGfXWQ8N2/wsClAl3OA4+lVWuWC6CaGD5REY2isoynDIIu07QA88egr6
fXRpisutTvxoadvwdGyFThdJf7CRxdGjl7qBGREv6sgpbZv0JzPbwDrRjdzH5k0k
aQqZnv5HpKNjMGEwHQYDVR0OBBYEFOr/NFQUtHAEFalBTDX/k7aE6g+UMB8GA1Ud
IwQYMBaAFOr/NFQUtHAEFalBTDX/k7aE6g+UMA8GA1UdEwEB/wQFMAMBAf8wDgYD
VR0PAQH/BAQDAgIEMAoGCCqGSM49BAMDA2cAMGQCMDB1HVsXiXePfbk3lR2mf6KR
V5eYUBTJzGq4p+jCPClPjdgbXIO2lHEbY+My2tRtewIwHi6qv1NcKVFC5EwjdTBo
xC61Pqal0ye8jD3YZzA4tGjTuRU4+7QfAvM4W/HsHUa8
-----END CERTIFICATE-----
)";

// Below the root, it may sign certificates and no documents; in DER and base64.
inline constexpr std::string_view kIssuer =
    "MIICAjCCAYmgAwIBAgIUMptVNgOuyHillyNXZmQuwAEh37owCgYIKoZIzj0EAwMwLTEYMBYGA1UECgwPRXhhbXBsZSBEZXZpY2Vz"
    "MREwDwYDVQQDDAhSSU0gUm9vdDAgFw0yNjExMjMwNDExMzVaGA8yMDUxMDUyNjA0MTEzNVowLzEYMBYGA1UECgwPRXhhbXBsZSBE"
    "ZXZpY2VzMRMwEQYDVQQDDApSSU0gSXNzdWVyMHYwEAYHKoZIzj0CAQYFK4EEACIDYgAERirXU6covyZThRH1sYl5qMTiUVEsy7Hy"
    "YYBZ0ewCFw78Pk9ZUzsQ5oUIrpGLgu7L68QpDZ74i/45O+k10ksqHUxIttGQtkXOzbQyO6n4N5TuBa1WDwBpyJ/lrh50MSZ4o2Yw"
    "ZDASBgNVHRMBAf8ECDAGAQH/AgEAMA4GA1UdDwEB/wQEAwICBDAdBgNVHQ4EFgQUYF3spHI8ZFF4m5Qh77O3qPs8nbMwHwYDVR0j"
    "BBgwFoAU6v80VBS0cAQVqUFMNf+TtoTqD5QwCgYIKoZIzj0EAwMDZwAwZAIwDvBdsfrPg4Twz4ZjGN2wbI+YqnquKd3EI+22GdNp"
    "MXcC/pXw1YULRxKQmyeHFkp6AjAyJW2++1/045WGlMYu0SqFbmmlYAC7pWOZgf4uRB4+80BggmKRn+uXtfQvmn4DIaQ=";
inline constexpr std::string_view kIssuerKeyPem = R"(-----BEGIN PRIVATE KEY-----
MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDB8qN6aYT3byTnbaVxz
VqOd8+TboUWmh9WtiPmNiG6e7h8g5jL+6Suuw2pWqgGf7lahZANiAARGKtdTpyi/
JlOFEfWxiXmoxOJRUSzLsfJhgFnR7AIXDvw+T1lTOxDmhQiukYuC7svrxCkNnviL
/jk76TXSSyodTEi20ZC2Rc7NtDI7qfg3lO4FrVYPAGnIn+WuHnQxJng=
-----END PRIVATE KEY-----
)";

// Below the issuer, it may sign documents.
inline constexpr std::string_view kSigner =
    "MIICBDCCAYqgAwIBAgIUWBfHFjJD8vwm7m6xQD3uvPzSuV8wCgYIKoZIzj0EAwMwLzEYMBYGA1UECgwPRXhhbXBsZSBEZXZpY2Vz"
    "MRMwEQYDVQQDDApSSU0gSXNzdWVyMCAXDTI2MTEyMzA0MTEzNloYDzIwNTEwNDA2MDQxMTM2WjA0MRgwFgYDVQQKDA9FeGFtcGxl"
    "IERldmljZXMxGDAWBgNVBAMMD1JJTSBTaWduZXIgcDM4NDB2MBAGByqGSM49AgEGBSuBBAAiA2IABILe6l4yefGtD8LbQ7TDWJ2n"
    "g4vuRqM/tJKpbPXQmrZWg4Puy8+yOdAdpL+xZ+80g208NRPWPwPkyitwqZ2OVmeCWQKwB9r79OY6xnEIhXKFU9SYyH0W12WaYQmy"
    "gfZKOKNgMF4wDAYDVR0TAQH/BAIwADAOBgNVHQ8BAf8EBAMCB4AwHQYDVR0OBBYEFLH08iorig5SulZBT2FU2QlxMiKnMB8GA1Ud"
    "IwQYMBaAFGBd7KRyPGRReJuUIe+zt6j7PJ2zMAoGCCqGSM49BAMDA2gAMGUCMQCvsGKO4idSntjGHzI6nOhG0WGmmMkWypE38M7W"
    "Jyn3t3DtgVn+G0XIRttCReRG1RgCMBntSWp80Shu+DIWi664VG0b01e+u3+JHL5JVd5UsOhtuvGQ2B+YqhqUsC4oMoRAIA==";
inline constexpr std::string_view kSignerKeyPem = R"(-----BEGIN PRIVATE KEY-----
MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDBdyPK8xoyDrwSDvOap
xqUJyH/DgTX4bHlF7HpsxkPbb0GCi2OC2Ji1UXS30yHzKIShZANiAASC3upeMnnx
rQ/C20O0w1idp4OL7kajP7SSqWz10Jq2VoOD7svPsjnQHaS/sWfvNINtPDUT1j8D
5MorcKmdjlZnglkCsAfa+/TmOsZxCIVyhVPUmMh9FtdlmmEJsoH2Sjg=
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
<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"/><ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384"/><ds:Reference URI=""><ds:Transforms><ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/></ds:Transforms><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#sha384"/><ds:DigestValue>jESHRG9DL4afOVtVpaiBJq9Rr2t2bUzybfEp83uZ7M3ERt6yV8ytuHokeRJxbXkk</ds:DigestValue></ds:Reference></ds:SignedInfo><ds:SignatureValue>YyjlMkzV4RzAKWJeLgukaPkE0Da7t2yIJ7MIlN/d8akDOiKYb4HQIlZvqaoFXbxR
QanAZK2zyy4VRS/rYQu0/dipXqpde4ZpHqSnNBCI+Ea+wsTpdh1WA4tgddneyt9B</ds:SignatureValue><ds:KeyInfo><ds:X509Data><ds:X509Certificate>MIICBDCCAYqgAwIBAgIUWBfHFjJD8vwm7m6xQD3uvPzSuV8wCgYIKoZIzj0EAwMw
LzEYMBYGA1UECgwPRXhhbXBsZSBEZXZpY2VzMRMwEQYDVQQDDApSSU0gSXNzdWVy
MCAXDTI2MTEyMzA0MTEzNloYDzIwNTEwNDA2MDQxMTM2WjA0MRgwFgYDVQQKDA9F
eGFtcGxlIERldmljZXMxGDAWBgNVBAMMD1JJTSBTaWduZXIgcDM4NDB2MBAGByqG
SM49AgEGBSuBBAAiA2IABILe6l4yefGtD8LbQ7TDWJ2ng4vuRqM/tJKpbPXQmrZW
g4Puy8+yOdAdpL+xZ+80g208NRPWPwPkyitwqZ2OVmeCWQKwB9r79OY6xnEIhXKF
U9SYyH0W12WaYQmygfZKOKNgMF4wDAYDVR0TAQH/BAIwADAOBgNVHQ8BAf8EBAMC
B4AwHQYDVR0OBBYEFLH08iorig5SulZBT2FU2QlxMiKnMB8GA1UdIwQYMBaAFGBd
7KRyPGRReJuUIe+zt6j7PJ2zMAoGCCqGSM49BAMDA2gAMGUCMQCvsGKO4idSntjG
HzI6nOhG0WGmmMkWypE38M7WJyn3t3DtgVn+G0XIRttCReRG1RgCMBntSWp80Shu
+DIWi664VG0b01e+u3+JHL5JVd5UsOhtuvGQ2B+YqhqUsC4oMoRAIA==
</ds:X509Certificate>
<ds:X509Certificate>MIICAjCCAYmgAwIBAgIUMptVNgOuyHillyNXZmQuwAEh37owCgYIKoZIzj0EAwMw
LTEYMBYGA1UECgwPRXhhbXBsZSBEZXZpY2VzMREwDwYDVQQDDAhSSU0gUm9vdDAg
Fw0yNjExMjMwNDExMzVaGA8yMDUxMDUyNjA0MTEzNVowLzEYMBYGA1UECgwPRXhh
bXBsZSBEZXZpY2VzMRMwEQYDVQQDDApSSU0gSXNzdWVyMHYwEAYHKoZIzj0CAQYF
K4EEACIDYgAERirXU6covyZThRH1sYl5qMTiUVEsy7HyYYBZ0ewCFw78Pk9ZUzsQ
5oUIrpGLgu7L68QpDZ74i/45O+k10ksqHUxIttGQtkXOzbQyO6n4N5TuBa1WDwBp
yJ/lrh50MSZ4o2YwZDASBgNVHRMBAf8ECDAGAQH/AgEAMA4GA1UdDwEB/wQEAwIC
BDAdBgNVHQ4EFgQUYF3spHI8ZFF4m5Qh77O3qPs8nbMwHwYDVR0jBBgwFoAU6v80
VBS0cAQVqUFMNf+TtoTqD5QwCgYIKoZIzj0EAwMDZwAwZAIwDvBdsfrPg4Twz4Zj
GN2wbI+YqnquKd3EI+22GdNpMXcC/pXw1YULRxKQmyeHFkp6AjAyJW2++1/045WG
lMYu0SqFbmmlYAC7pWOZgf4uRB4+80BggmKRn+uXtfQvmn4DIaQ=
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
