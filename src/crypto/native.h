// What the files of this folder share in speaking to AWS-LC. Included by crypto/*.cc alone.
#pragma once

#include <openssl/base.h>
#include <openssl/err.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "crypto/digest.h"
#include "crypto/key.h"

namespace avouch::crypto::native {

// Empties the thread's error queue when it goes: an entry left behind would make the next SSL_get_error() of this
// thread report a connection as broken.
class QuietErrors {
 public:
  QuietErrors() = default;
  QuietErrors(const QuietErrors&) = delete;
  QuietErrors& operator=(const QuietErrors&) = delete;
  ~QuietErrors() { ERR_clear_error(); }
};

const EVP_MD* message_digest(Hash hash);

const EC_GROUP* group_of(Curve curve);
std::optional<Curve> curve_of(const EVP_PKEY* key);  // none for other curves, and for keys that are not EC

std::shared_ptr<EVP_PKEY> share(bssl::UniquePtr<EVP_PKEY> key);

// A reader of `text`, which must outlive it.
bssl::UniquePtr<BIO> reader_of(std::string_view text);
// What was written to a memory BIO; borrows from it.
Bytes written_to(const BIO* memory);

// Why a key is none that PublicKey or PrivateKey may hold, or nullptr if it is one.
const char* refusal_of_public_key(const EVP_PKEY* key);
const char* refusal_of_private_key(const EVP_PKEY* key);

// The key of a certificate, checked as every PublicKey is.   fails   kRequest: key.spki
Result<PublicKey> public_key_of(const X509* certificate);

// The subject of a certificate in one printable line.
std::string subject_of(const X509* certificate);

}  // namespace avouch::crypto::native
