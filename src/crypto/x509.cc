#include "crypto/x509.h"

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/mem.h>
#include <openssl/nid.h>
#include <openssl/x509.h>

#include "base/check.h"
#include "base/limits.h"
#include "crypto/native.h"
#include "crypto/pem.h"

namespace avouch::crypto {
namespace {

Error cannot_parse(const char* reason) {
  return {Blame::kRequest, "x509.parse", reason};
}

// Octets that an i2d function of AWS-LC allocates.
template <class T>
Buffer encode(const T* value, int (*to_der)(const T*, std::uint8_t**)) {
  std::uint8_t* octets = nullptr;
  const int size_bytes = to_der(value, &octets);
  CHECK(size_bytes >= 0);
  const bssl::UniquePtr<std::uint8_t> owner(octets);
  return {octets, octets + size_bytes};
}

}  // namespace

Result<Certificate> Certificate::from_der(Bytes der) {
  const native::QuietErrors quiet;
  ENSURE(der.size() <= limits::kCertificateBytes, cannot_parse("the certificate is too large"));
  const std::uint8_t* next = der.data();
  std::shared_ptr<X509> certificate(d2i_X509(nullptr, &next, static_cast<long>(der.size())), X509_free);
  ENSURE(certificate && next == der.data() + der.size(), cannot_parse("not an X.509 certificate, or octets after it"));
  return Certificate(std::move(certificate));
}

Result<std::vector<Certificate>> Certificate::from_pem_chain(std::string_view pem) {
  const std::vector<PemBlock> blocks = TRY(read_pem(pem, limits::kCertificates, "x509.parse"));
  std::vector<Certificate> chain;
  for (const PemBlock& block : blocks) {
    ENSURE(block.label == "CERTIFICATE", cannot_parse("a PEM block is not labelled CERTIFICATE"));
    chain.push_back(TRY(from_der(block.der.reveal())));
  }
  return chain;
}

Result<PublicKey> Certificate::public_key() const {
  return native::public_key_of(this->native());
}

// From the encoding, not from the X509's own EVP_PKEY: that one has not passed the checks of PublicKey.
Result<PublicKey> native::public_key_of(const X509* certificate) {
  return PublicKey::from_spki_der(encode<X509_PUBKEY>(X509_get_X509_PUBKEY(certificate), i2d_X509_PUBKEY));
}

Buffer Certificate::to_der() const {
  return encode<X509>(native(),
                      [](const X509* value, std::uint8_t** out) { return i2d_X509(const_cast<X509*>(value), out); });
}

std::string Certificate::subject() const {
  return native::subject_of(this->native());
}

bool Certificate::operator==(const Certificate& other) const {
  return X509_cmp(native(), other.native()) == 0;
}

bool Certificate::may_sign_documents() const {
  const native::QuietErrors quiet;
  const std::uint32_t usage = X509_get_key_usage(native());  // all bits are set if the extension is not there
  return (usage & (X509v3_KU_DIGITAL_SIGNATURE | X509v3_KU_NON_REPUDIATION)) != 0;
}

std::string native::subject_of(const X509* certificate) {
  const QuietErrors quiet;
  const bssl::UniquePtr<BIO> out(BIO_new(BIO_s_mem()));
  CHECK(out);
  // A name that cannot be printed is shown as far as it went: this is for people.
  X509_NAME_print_ex(out.get(), X509_get_subject_name(certificate), 0, XN_FLAG_ONELINE);
  return std::string(as_text(written_to(out.get())));
}

}  // namespace avouch::crypto
