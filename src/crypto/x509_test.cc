#include "crypto/x509.h"

#include <gtest/gtest.h>
#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/digest.h>
#include <openssl/evp.h>
#include <openssl/mem.h>
#include <openssl/nid.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <thread>

#include "base/limits.h"
#include "crypto/test_keys.h"
#include "crypto/test_support.h"

namespace avouch::crypto {
namespace {

using std::chrono::hours;

const Instant kNow = from_unix_seconds(1'795'000'000);  // 2026-11-18

struct Template {
  const char* subject;
  const char* issuer;
  const PrivateKey* key;
  const PrivateKey* issuer_key;
  const char* basic_constraints = "critical,CA:TRUE";  // or null: no such extension
  const char* key_usage = nullptr;
  Instant not_before = kNow - hours(24);
  Instant not_after = kNow + hours(24);
  const EVP_MD* hash = EVP_sha256();
  bool is_pss = false;
  int unknown_critical_extension = NID_undef;
};

void add_extension(X509* certificate, int nid, const char* value) {
  const bssl::UniquePtr<X509_EXTENSION> extension(X509V3_EXT_nconf_nid(nullptr, nullptr, nid, value));
  ASSERT_TRUE(extension);
  ASSERT_EQ(X509_add_ext(certificate, extension.get(), -1), 1);
}

void set_name(X509_NAME* name, const char* common_name) {
  ASSERT_EQ(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, reinterpret_cast<const std::uint8_t*>(common_name),
                                       -1, -1, 0),
            1);
}

void fill(X509* certificate, const Template& from) {
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), 7);
  ASN1_TIME_set_posix(X509_getm_notBefore(certificate), to_unix_seconds(from.not_before));
  ASN1_TIME_set_posix(X509_getm_notAfter(certificate), to_unix_seconds(from.not_after));
  set_name(X509_get_subject_name(certificate), from.subject);
  set_name(X509_get_issuer_name(certificate), from.issuer);
  ASSERT_EQ(X509_set_pubkey(certificate, from.key->native()), 1);
  if (from.basic_constraints != nullptr) add_extension(certificate, NID_basic_constraints, from.basic_constraints);
  if (from.key_usage != nullptr) add_extension(certificate, NID_key_usage, from.key_usage);
  if (from.unknown_critical_extension != NID_undef) {
    const bssl::UniquePtr<ASN1_OCTET_STRING> value(ASN1_OCTET_STRING_new());
    ASN1_OCTET_STRING_set(value.get(), reinterpret_cast<const std::uint8_t*>("\x05\x00"), 2);
    const bssl::UniquePtr<X509_EXTENSION> extension(
        X509_EXTENSION_create_by_NID(nullptr, from.unknown_critical_extension, 1, value.get()));
    ASSERT_EQ(X509_add_ext(certificate, extension.get(), -1), 1);
  }
}

Certificate make(const Template& from) {
  const bssl::UniquePtr<X509> certificate(X509_new());
  fill(certificate.get(), from);
  bssl::ScopedEVP_MD_CTX context;
  EVP_PKEY_CTX* parameters = nullptr;
  EXPECT_EQ(EVP_DigestSignInit(context.get(), &parameters, from.hash, nullptr, from.issuer_key->native()), 1);
  if (from.is_pss) {
    EXPECT_EQ(EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING), 1);
    EXPECT_EQ(EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST), 1);
  }
  EXPECT_GT(X509_sign_ctx(certificate.get(), context.get()), 0);
  std::uint8_t* der = nullptr;
  const int size_bytes = i2d_X509(certificate.get(), &der);
  const bssl::UniquePtr<std::uint8_t> owner(der);
  return *Certificate::from_der(Bytes(der, static_cast<std::size_t>(size_bytes)));
}

std::string to_pem(const Certificate& certificate) {
  const bssl::UniquePtr<BIO> out(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(out.get(), certificate.native());
  const std::uint8_t* text = nullptr;
  std::size_t size_bytes = 0;
  BIO_mem_contents(out.get(), &text, &size_bytes);
  return {reinterpret_cast<const char*>(text), size_bytes};
}

// root -> intermediate -> leaf; a test bends one of the three.
class Path : public ::testing::Test {
 protected:
  const PrivateKey root_key_ = PrivateKey::generate_ec(Curve::kP384);
  const PrivateKey intermediate_key_ = PrivateKey::generate_ec(Curve::kP384);
  const PrivateKey leaf_key_ = PrivateKey::generate_ec(Curve::kP256);
  Template root_{.subject = "Root", .issuer = "Root", .key = &root_key_, .issuer_key = &root_key_};
  Template intermediate_{.subject = "Middle", .issuer = "Root", .key = &intermediate_key_, .issuer_key = &root_key_};
  Template leaf_{.subject = "Leaf",
                 .issuer = "Middle",
                 .key = &leaf_key_,
                 .issuer_key = &intermediate_key_,
                 .basic_constraints = nullptr};

  std::string verdict(Instant now = kNow) {
    const std::vector<Certificate> intermediates{make(intermediate_)};
    const std::vector<Certificate> roots{make(root_)};
    const Status status = verify_path(make(leaf_), intermediates, roots, now);
    detail_ = status.has_value() ? "" : status.error().detail;
    if (!status.has_value()) {
      EXPECT_EQ(status.error().blame, Blame::kEvidence);
    }
    return code_of(status);
  }
  std::string detail_;
};

TEST_F(Path, AcceptsAnHonestPath) {
  EXPECT_EQ(verdict(), "accepted");
}

TEST_F(Path, SaysWhichCertificateAndWhy) {
  intermediate_.not_after = kNow - hours(1);
  EXPECT_EQ(verdict(), "x509.path");
  EXPECT_NE(detail_.find("Middle"), std::string::npos) << detail_;
  EXPECT_NE(detail_.find("expired"), std::string::npos) << detail_;
}

TEST_F(Path, RefusesEachCertificateThatIsExpiredOrNotYetValid) {
  for (Template* bent : {&root_, &intermediate_, &leaf_}) {
    const Template good = *bent;
    bent->not_after = kNow - hours(1);
    EXPECT_EQ(verdict(), "x509.path") << bent->subject;
    *bent = good;
    bent->not_before = kNow + hours(1);
    EXPECT_EQ(verdict(), "x509.path") << bent->subject;
    *bent = good;
  }
  EXPECT_EQ(verdict(kNow + hours(48)), "x509.path");
  EXPECT_EQ(verdict(kNow - hours(48)), "x509.path");
  EXPECT_EQ(verdict(from_unix_seconds(0)), "x509.path");
  EXPECT_EQ(verdict(from_unix_seconds(-1)), "x509.path");
}

TEST_F(Path, HoldsACertificateThatIsTrustedByItselfToItsDates) {
  const Certificate leaf = make(leaf_);
  EXPECT_EQ(code_of(verify_dates(leaf, kNow)), "accepted");
  EXPECT_EQ(code_of(verify_dates(leaf, leaf_.not_before + std::chrono::seconds(1))), "accepted");
  EXPECT_EQ(code_of(verify_dates(leaf, leaf_.not_before - std::chrono::seconds(1))), "x509.path");
  EXPECT_EQ(code_of(verify_dates(leaf, leaf_.not_after - std::chrono::seconds(1))), "accepted");
  EXPECT_EQ(code_of(verify_dates(leaf, leaf_.not_after + std::chrono::seconds(1))), "x509.path");
}

TEST_F(Path, KnowsACertificateAgainByItsOctets) {
  const Certificate leaf = make(leaf_);
  EXPECT_TRUE(leaf == *Certificate::from_der(leaf.to_der()));
  leaf_.not_after += hours(1);
  EXPECT_FALSE(leaf == make(leaf_));
}

TEST_F(Path, SaysWhetherACertificateIsForSigningDocuments) {
  EXPECT_TRUE(make(leaf_).may_sign_documents()) << "it has no keyUsage";
  for (const auto& [usage, may] : {std::pair{"critical,digitalSignature", true},
                                   {"nonRepudiation", true},
                                   {"critical,keyCertSign,cRLSign", false},
                                   {"keyAgreement", false}}) {
    leaf_.key_usage = usage;
    EXPECT_EQ(make(leaf_).may_sign_documents(), may) << usage;
  }
}

TEST_F(Path, RefusesAnIssuerOfAnotherName) {
  leaf_.issuer = "Stranger";
  EXPECT_EQ(verdict(), "x509.path");
}

TEST_F(Path, RefusesASignatureByAnotherKey) {
  leaf_.issuer_key = &root_key_;
  EXPECT_EQ(verdict(), "x509.path");
}

TEST_F(Path, RefusesAnUnknownRootOfTheSameName) {
  const PrivateKey stranger = PrivateKey::generate_ec(Curve::kP384);
  root_.key = &stranger;
  root_.issuer_key = &stranger;
  EXPECT_EQ(verdict(), "x509.path");
}

TEST_F(Path, RefusesAPathWithoutRootsOrWithoutItsIntermediate) {
  const std::vector<Certificate> intermediates{make(intermediate_)};
  const std::vector<Certificate> roots{make(root_)};
  EXPECT_EQ(code_of(verify_path(make(leaf_), intermediates, {}, kNow)), "x509.path");
  EXPECT_EQ(code_of(verify_path(make(leaf_), {}, roots, kNow)), "x509.path");
  EXPECT_EQ(code_of(verify_path(make(leaf_), {}, {}, kNow)), "x509.path");
}

TEST_F(Path, TrustsNoCertificateThatComesAsAnIntermediate) {
  const std::vector<Certificate> untrusted{make(intermediate_), make(root_)};
  EXPECT_EQ(code_of(verify_path(make(leaf_), untrusted, {}, kNow)), "x509.path");
  const std::vector<Certificate> none;
  EXPECT_EQ(code_of(verify_path(make(root_), none, none, kNow)), "x509.path");  // self-signed
}

TEST_F(Path, TakesATrustedIntermediateAsRoot) {
  const std::vector<Certificate> roots{make(intermediate_)};
  EXPECT_EQ(code_of(verify_path(make(leaf_), {}, roots, kNow)), "accepted");
}

TEST_F(Path, RefusesAnIntermediateThatIsNoAuthority) {
  for (const char* constraints : {"critical,CA:FALSE", static_cast<const char*>(nullptr)}) {
    intermediate_.basic_constraints = constraints;
    EXPECT_EQ(verdict(), "x509.path");
  }
}

TEST_F(Path, RefusesAnIntermediateThatMayNotSignCertificates) {
  intermediate_.key_usage = "critical,digitalSignature";
  EXPECT_EQ(verdict(), "x509.path");
  intermediate_.key_usage = "critical,keyCertSign";
  EXPECT_EQ(verdict(), "accepted");
}

TEST_F(Path, RefusesAPathThatIsLongerThanItsAuthorityAllows) {
  root_.basic_constraints = "critical,CA:TRUE,pathlen:0";
  EXPECT_EQ(verdict(), "x509.path");
  root_.basic_constraints = "critical,CA:TRUE,pathlen:1";
  EXPECT_EQ(verdict(), "accepted");
  intermediate_.basic_constraints = "critical,CA:TRUE,pathlen:0";
  EXPECT_EQ(verdict(), "accepted");
}

TEST_F(Path, RefusesACriticalExtensionThatNobodyUnderstands) {
  for (Template* bent : {&intermediate_, &leaf_}) {
    bent->unknown_critical_extension = NID_netscape_comment;
    EXPECT_EQ(verdict(), "x509.path") << bent->subject;
    bent->unknown_critical_extension = NID_undef;
  }
}

TEST_F(Path, RefusesWeakHashes) {
  for (Template* bent : {&intermediate_, &leaf_}) {
    bent->hash = EVP_sha1();
    EXPECT_EQ(verdict(), "x509.path") << bent->subject;
    bent->hash = EVP_sha384();
    EXPECT_EQ(verdict(), "accepted") << bent->subject;
  }
  root_.hash = EVP_sha1();  // Its own signature proves nothing, so its hash does not matter.
  EXPECT_EQ(verdict(), "accepted");
}

TEST_F(Path, RefusesWeakHashesInsideRsaPss) {
  const PrivateKey rsa = *PrivateKey::from_pem(test_keys::kRsaPkcs1Pem);
  intermediate_.key = &rsa;
  leaf_.issuer_key = &rsa;
  leaf_.is_pss = true;
  leaf_.hash = EVP_sha384();  // as AMD signs its VCEKs
  EXPECT_EQ(verdict(), "accepted");
  leaf_.hash = EVP_sha1();
  EXPECT_EQ(verdict(), "x509.path");
}

TEST_F(Path, RefusesMoreIntermediatesThanAnyRealPathHas) {
  const std::vector<Certificate> roots{make(root_)};
  const std::vector<Certificate> many(100, make(intermediate_));
  EXPECT_EQ(code_of(verify_path(make(leaf_), many, roots, kNow)), "x509.path");
}

TEST_F(Path, RefusesEveryFlippedBitOfTheLeaf) {
  const std::vector<Certificate> intermediates{make(intermediate_)};
  const std::vector<Certificate> roots{make(root_)};
  const Buffer der = make(leaf_).to_der();
  for (std::size_t bit = 0; bit < 8 * der.size(); ++bit) {
    const Result<Certificate> bent = Certificate::from_der(with_bit_flipped(der, bit));
    if (!bent.has_value()) continue;
    EXPECT_EQ(code_of(verify_path(*bent, intermediates, roots, kNow)), "x509.path") << bit;
  }
}

TEST_F(Path, RefusesAKeyThatIsTooWeak) {
  const bssl::UniquePtr<RSA> rsa(RSA_new());
  const bssl::UniquePtr<BIGNUM> exponent(BN_new());
  BN_set_word(exponent.get(), RSA_F4);
  ASSERT_EQ(RSA_generate_key_ex(rsa.get(), 1024, exponent.get(), nullptr), 1);
  const bssl::UniquePtr<EVP_PKEY> key(EVP_PKEY_new());
  EVP_PKEY_set1_RSA(key.get(), rsa.get());
  const bssl::UniquePtr<X509> certificate(X509_new());
  fill(certificate.get(), leaf_);
  ASSERT_EQ(X509_set_pubkey(certificate.get(), key.get()), 1);
  ASSERT_GT(X509_sign(certificate.get(), intermediate_key_.native(), EVP_sha256()), 0);
  std::uint8_t* der = nullptr;
  const int size_bytes = i2d_X509(certificate.get(), &der);
  const bssl::UniquePtr<std::uint8_t> owner(der);
  const Certificate weak = *Certificate::from_der(Bytes(der, static_cast<std::size_t>(size_bytes)));
  const std::vector<Certificate> intermediates{make(intermediate_)};
  const std::vector<Certificate> roots{make(root_)};
  EXPECT_EQ(code_of(verify_path(weak, intermediates, roots, kNow)), "x509.path");
  EXPECT_EQ(code_of(weak.public_key()), "key.spki");
}

TEST_F(Path, MayBeVerifiedByManyThreadsAtOnce) {
  const Certificate leaf = make(leaf_);
  const std::vector<Certificate> intermediates{make(intermediate_)};
  const std::vector<Certificate> roots{make(root_)};
  std::vector<int> accepted(4);
  std::vector<std::thread> threads;
  for (int& count : accepted) {
    threads.emplace_back([&] {
      for (int i = 0; i < 10; ++i) count += verify_path(leaf, intermediates, roots, kNow).has_value() ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(accepted, std::vector<int>(4, 10));
}

class Parsing : public Path {};

TEST_F(Parsing, KeepsTheOctetsTheKeyAndTheName) {
  const Certificate leaf = make(leaf_);
  EXPECT_EQ(Certificate::from_der(leaf.to_der())->to_der(), leaf.to_der());
  EXPECT_EQ(leaf.public_key()->to_spki_der(), leaf_key_.public_key().to_spki_der());
  EXPECT_EQ(leaf.subject(), "CN = Leaf");
}

TEST_F(Parsing, PrintsAHostileNameOnOneLine) {
  leaf_.subject = "a\nb\x1b[31m";
  const std::string printed = make(leaf_).subject();
  EXPECT_EQ(printed.find('\n'), std::string::npos);
  EXPECT_EQ(printed.find('\x1b'), std::string::npos);
}

TEST_F(Parsing, RefusesEveryTruncationAndAnySurplus) {
  Buffer der = make(leaf_).to_der();
  for (std::size_t length = 0; length < der.size(); ++length) {
    EXPECT_EQ(code_of(Certificate::from_der(Bytes(der).first(length))), "x509.parse") << length;
  }
  der.push_back(0);
  EXPECT_EQ(code_of(Certificate::from_der(der)), "x509.parse");
  EXPECT_EQ(code_of(Certificate::from_der(Buffer(limits::kCertificateBytes + 1, 0x30))), "x509.parse");
}

TEST_F(Parsing, ReadsAChainInItsOrder) {
  const std::string pem = "a comment\n" + to_pem(make(leaf_)) + to_pem(make(intermediate_));
  const Result<std::vector<Certificate>> chain = Certificate::from_pem_chain(pem);
  ASSERT_TRUE(chain.has_value());
  ASSERT_EQ(chain->size(), 2u);
  EXPECT_EQ(chain->front().subject(), "CN = Leaf");
  EXPECT_EQ(chain->back().subject(), "CN = Middle");
}

TEST_F(Parsing, RefusesPemThatIsNotAllCertificates) {
  const std::string one = to_pem(make(leaf_));
  for (const std::string& pem : {std::string(), std::string("text"), one + one.substr(0, one.size() / 2),
                                 one + std::string(test_keys::kEcPkcs8Pem), std::string(test_keys::kEcPublicPem)}) {
    EXPECT_EQ(code_of(Certificate::from_pem_chain(pem)), "x509.parse");
  }
  std::string many;
  for (std::size_t i = 0; i <= limits::kCertificates; ++i) many += one;
  EXPECT_EQ(code_of(Certificate::from_pem_chain(many)), "x509.parse");
}

// A root, and its certificates of one and the same key: as everybody writes it, with its point in hybrid form, and with
// its curve spelt out (openssl x509 -force_pubkey, of a key written with -conv_form hybrid or -param_enc explicit).
// Good from 2026-11-23 to 2046-01-21.
constexpr std::string_view kRootPem = R"(-----BEGIN CERTIFICATE-----
MIIBhzCCAS2gAwIBAgIUZfs2zSWAf5d2e2zWJq102j4+FXAwCgYIKoZIzj0EAwIw
GTEXMBUGA1UEAwwOVEVTVCBPTkxZIHJvb3QwHhcNMjYxMTIzMDAyMTI3WhcNNDYx
MTE4MDAyMTI3WjAZMRcwFQYDVQQDDA5URVNUIE9OTFkgcm9vdDBZMBMGByqGSM49
AgEGCCqGSM49AwEHA0IABMRE43hg/hk8prEi4GTxf4FKNiDk4N3ZY96HSrcSehik
MDcdLzmAKkpRGJ3prG+S4Wi/47TGbvq/iucaNQrIGQGjUzBRMB0GA1UdDgQWBBQD
We2ERRrhOl/mpBSSqlkDTc0KLDAfBgNVHSMEGDAWgBQDWe2ERRrhOl/mpBSSqlkD
Tc0KLDAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUCIDPvpw+Jv6DP
Y6zJjYQtuYMjSbSNhA4BQjeQd7wKSHj0AiEA6FjRUEbRJlrqjLzDHon42GCej+PF
j1ugXCYFkWxm9OI=
-----END CERTIFICATE-----
)";
constexpr std::string_view kPlainKeyPem = R"(-----BEGIN CERTIFICATE-----
MIIBKzCB0wIUYvXX+6QxWCB8vG8LW/8J/vthjsswCgYIKoZIzj0EAwIwGTEXMBUG
A1UEAwwOVEVTVCBPTkxZIHJvb3QwHhcNMjYxMTIzMDAyMTI3WhcNNDYwMTIyMDAy
MTI3WjAZMRcwFQYDVQQDDA5URVNUIE9OTFkgbGVhZjBZMBMGByqGSM49AgEGCCqG
SM49AwEHA0IABPqcYwWUundQQHCbsC7XSA0heeYK9uVsiJlm3I/8k8wUdGEKX/dp
EBWdpNEVGEFbcjRUGV+TNU6KX3A5hyZggRYwCgYIKoZIzj0EAwIDRwAwRAIgU11P
PB4LpalgIxgyj9Tyluzt+Xc73588hGJ7EQz7MmACIDJMNg1GrGVH0HU5sh2aORvE
cE9IjLNRukLmisAGBGWy
-----END CERTIFICATE-----
)";
constexpr std::string_view kHybridPointPem = R"(-----BEGIN CERTIFICATE-----
MIIBLDCB0wIUYvXX+6QxWCB8vG8LW/8J/vthjs0wCgYIKoZIzj0EAwIwGTEXMBUG
A1UEAwwOVEVTVCBPTkxZIHJvb3QwHhcNMjYxMTIzMDA1ODM2WhcNNDYwMTIyMDA1
ODM2WjAZMRcwFQYDVQQDDA5URVNUIE9OTFkgbGVhZjBZMBMGByqGSM49AgEGCCqG
SM49AwEHA0IABvqcYwWUundQQHCbsC7XSA0heeYK9uVsiJlm3I/8k8wUdGEKX/dp
EBWdpNEVGEFbcjRUGV+TNU6KX3A5hyZggRYwCgYIKoZIzj0EAwIDSAAwRQIhANhz
y3GQMCsFttcWPR9rN8zu+8Lk7FRALopX0cwhYGOVAiARXR/8B4ZFDnbe07sU2Bgb
o3lxfLoHkO3WVgSi4THG3g==
-----END CERTIFICATE-----
)";
constexpr std::string_view kExplicitCurvePem = R"(-----BEGIN CERTIFICATE-----
MIICITCCAccCFGL11/ukMVggfLxvC1v/Cf77YY7MMAoGCCqGSM49BAMCMBkxFzAV
BgNVBAMMDlRFU1QgT05MWSByb290MB4XDTI2MTEyMzAwMjEyN1oXDTQ2MDEyMjAw
MjEyN1owGTEXMBUGA1UEAwwOVEVTVCBPTkxZIGxlYWYwggFLMIIBAwYHKoZIzj0C
ATCB9wIBATAsBgcqhkjOPQEBAiEA/////wAAAAEAAAAAAAAAAAAAAAD/////////
//////8wWwQg/////wAAAAEAAAAAAAAAAAAAAAD///////////////wEIFrGNdiq
OpPns+u9VXaYhrxlHQawzFOw9jvOPD4n0mBLAxUAxJ02CIbnBJNqZnjhE50mt4Gf
fpAEQQRrF9Hy4SxCR/i85uVjpEDydwN9gS3rM6D0oTlF2JjClk/jQuL+Gn+bjufr
SnwPnhYrzjNXazFezsu2QGg3v1H1AiEA/////wAAAAD//////////7zm+q2nF56E
87nKwvxjJVECAQEDQgAE+pxjBZS6d1BAcJuwLtdIDSF55gr25WyImWbcj/yTzBR0
YQpf92kQFZ2k0RUYQVtyNFQZX5M1TopfcDmHJmCBFjAKBggqhkjOPQQDAgNIADBF
AiEAmsqYRcyvYVS2cM8paceOV88ijx8WWcwSpZTyphbgl7UCIESRD0tAOvqNT7Kv
JD0EQM00KcdWNiIAlRCLlx1yvIje
-----END CERTIFICATE-----
)";

// RFC 5480 sections 2.1.1 and 2.2. AWS-LC itself refuses the curve on a path, and takes the point.
TEST(OddKeys, CountOnAPathNoMoreThanAlone) {
  const Instant then = from_unix_seconds(1'830'000'000);  // 2027-12-28
  const std::vector<Certificate> roots = *Certificate::from_pem_chain(kRootPem);
  EXPECT_EQ(code_of(verify_path(Certificate::from_pem_chain(kPlainKeyPem)->front(), {}, roots, then)), "accepted");
  for (const std::string_view pem : {kHybridPointPem, kExplicitCurvePem}) {
    const Certificate odd = Certificate::from_pem_chain(pem)->front();
    EXPECT_EQ(code_of(odd.public_key()), "key.spki") << pem;
    EXPECT_EQ(code_of(verify_path(odd, {}, roots, then)), "x509.path") << pem;
  }
}

}  // namespace
}  // namespace avouch::crypto
