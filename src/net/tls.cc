#include "net/tls.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <climits>
#include <vector>

#include "base/check.h"
#include "crypto/x509.h"
#include "net/tls_library.h"

namespace avouch::net {
namespace {

using X509Pointer = std::unique_ptr<X509, Freer<X509, X509_free>>;
using KeyPointer = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY, EVP_PKEY_free>>;
using ContextPointer = std::shared_ptr<SSL_CTX>;

// TLS 1.3 suites need no list: AWS-LC offers the three good ones.
constexpr char kTls12Suites[] =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
// The hybrid first: what is recorded today must stay closed to tomorrow's quantum computers.
constexpr char kGroups[] = "X25519MLKEM768:SecP256r1MLKEM768:SecP384r1MLKEM1024:X25519:P-256:P-384";
// RFC 7301 section 3.1. The server prefers what it names first.
constexpr std::array<unsigned char, 12> kHttp2AndHttp11{2, 'h', '2', 8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
constexpr std::span<const unsigned char> kHttp2 = std::span(kHttp2AndHttp11).first(3);
constexpr std::span<const unsigned char> kHttp11 = std::span(kHttp2AndHttp11).subspan(3);
// Where the system's roots are: a folder hashed by subject (Debian, SUSE, Alpine) or one file (Red Hat).
constexpr char kRootFolder[] = "/etc/ssl/certs";
constexpr char kRootFile[] = "/etc/pki/tls/certs/ca-bundle.crt";

Error bad(const char* code) {
  return Error{Blame::kRequest, code, take_library_error()};
}

BioPointer memory_bio(std::string_view text) {
  return BioPointer(text.size() > INT_MAX ? nullptr : BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

X509Pointer next_certificate(BIO* pem) {
  return X509Pointer(PEM_read_bio_X509(pem, nullptr, nullptr, nullptr));
}

// The end of the text is the one good reason to find no further certificate in it.
bool was_end_of_pem() {
  const auto problem = ERR_peek_last_error();
  if (ERR_GET_LIB(problem) != ERR_LIB_PEM || ERR_GET_REASON(problem) != PEM_R_NO_START_LINE) return false;
  ERR_clear_error();
  return true;
}

// No library must ever ask a daemon's terminal for a passphrase.
int no_passphrase(char*, int, int, void*) {
  return 0;
}

// A client that offers neither protocol is refused (RFC 7301 section 3.2).
int choose_protocol(SSL* session, const std::uint8_t** chosen, std::uint8_t* chosen_size, const std::uint8_t* offered,
                    unsigned offered_size, void*) {
  // HTTP/2 has to have TLS 1.2 at least (RFC 9113 section 9.2).
  const std::span<const unsigned char> spoken =
      SSL_version(session) >= TLS1_2_VERSION ? std::span<const unsigned char>(kHttp2AndHttp11) : kHttp11;
  std::uint8_t* choice = nullptr;
  const int outcome = SSL_select_next_proto(&choice, chosen_size, spoken.data(), static_cast<unsigned>(spoken.size()),
                                            offered, offered_size);
  *chosen = choice;
  return outcome == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

ContextPointer new_context() {
  ContextPointer context(SSL_CTX_new(TLS_method()), SSL_CTX_free);
  CHECK(context != nullptr);
  SSL_CTX* const raw = context.get();
  CHECK(SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION) == 1);
  CHECK(SSL_CTX_set_strict_cipher_list(raw, kTls12Suites) == 1);
  CHECK(SSL_CTX_set1_groups_list(raw, kGroups) == 1);
  // No resumption: tickets weaken TLS 1.2's forward secrecy, and a cache of sessions is memory that strangers fill.
  SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(raw, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_mode(raw, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  return context;
}

std::uint16_t number_of(TlsVersion version) {
  return version == TlsVersion::k1_3 ? TLS1_3_VERSION : TLS1_2_VERSION;
}

Status use_versions(SSL_CTX* context, TlsVersion minimum, TlsVersion maximum) {
  ENSURE(minimum <= maximum, Error{Blame::kRequest, "tls.version", "the minimum is above the maximum"});
  CHECK(SSL_CTX_set_min_proto_version(context, number_of(minimum)) == 1);
  CHECK(SSL_CTX_set_max_proto_version(context, number_of(maximum)) == 1);
  return ok();
}

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> out;
  std::string_view rest = list;
  while (!rest.empty()) {
    const std::size_t colon = std::min(rest.find(':'), rest.size());
    out.emplace_back(rest.substr(0, colon));
    rest.remove_prefix(std::min(colon + 1, rest.size()));
  }
  return out;
}

void append(const std::string& name, std::string& list) {
  if (!list.empty()) list += ':';
  list += name;
}

// Those of TLS 1.3 all begin with "TLS_", and are another list of the library's. A version of which none is named keeps
// its own; naming none of any version that is spoken would be a mistake.
Status use_ciphers(SSL_CTX* context, const TlsIdentity& identity) {
  if (identity.ciphers.empty()) return ok();
  std::string old, current;
  for (const std::string& name : split(identity.ciphers)) append(name, name.starts_with("TLS_") ? current : old);
  const bool speaks_1_2 = identity.minimum_version == TlsVersion::k1_2;
  const bool speaks_1_3 = identity.maximum_version == TlsVersion::k1_3;
  ENSURE((speaks_1_2 && !old.empty()) || (speaks_1_3 && !current.empty()),
         Error{Blame::kRequest, "tls.ciphers", "none of a version that is spoken"});
  ENSURE(old.empty() || SSL_CTX_set_strict_cipher_list(context, old.c_str()) == 1, bad("tls.ciphers"));
  ENSURE(current.empty() || SSL_CTX_set_ciphersuites(context, current.c_str()) == 1, bad("tls.ciphers"));
  return ok();
}

Status use_groups(SSL_CTX* context, const std::string& groups) {
  if (groups.empty()) return ok();
  std::string list;
  for (const std::string& name : split(groups)) append(name == "secp256r1" ? "P-256" : name, list);
  ENSURE(SSL_CTX_set1_groups_list(context, list.c_str()) == 1, bad("tls.groups"));
  return ok();
}

// What we would not take from another, nobody gets from us. Who signed its own certificate is trusted for no signature.
Status check_own(const X509* certificate) {
  const bool is_self_issued = X509_NAME_cmp(X509_get_subject_name(certificate), X509_get_issuer_name(certificate)) == 0;
  const Status strong = crypto::check_strength(
      certificate, is_self_issued ? crypto::Signed::kByNobodyThatCounts : crypto::Signed::kByAnother);
  ENSURE(strong.has_value(), Error{Blame::kRequest, "tls.certificate", strong.error().detail});
  return ok();
}

// The library's validation, and then what it does not ask.
int verify_peer(X509_STORE_CTX* verification, void*) {
  if (X509_verify_cert(verification) != 1) return 0;
  const STACK_OF(X509)* const path = X509_STORE_CTX_get0_chain(verification);
  const std::size_t count = path == nullptr ? 0 : sk_X509_num(path);
  for (std::size_t i = 0; i < count; ++i) {
    const crypto::Signed by = i + 1 == count ? crypto::Signed::kByNobodyThatCounts : crypto::Signed::kByAnother;
    if (crypto::check_strength(sk_X509_value(path, i), by).has_value()) continue;
    X509_STORE_CTX_set_error(verification, X509_V_ERR_CERT_REJECTED);
    return 0;
  }
  return count == 0 ? 0 : 1;
}

Status use_chain(SSL_CTX* context, std::string_view pem) {
  const BioPointer in = memory_bio(pem);
  ENSURE(in != nullptr, bad("tls.certificate"));
  const X509Pointer own = next_certificate(in.get());
  ENSURE(own != nullptr && SSL_CTX_use_certificate(context, own.get()) == 1, bad("tls.certificate"));
  TRY(check_own(own.get()));
  while (X509Pointer issuer = next_certificate(in.get())) {
    TRY(check_own(issuer.get()));
    ENSURE(SSL_CTX_add1_chain_cert(context, issuer.get()) == 1, bad("tls.certificate"));
  }
  ENSURE(was_end_of_pem(), bad("tls.certificate"));
  return ok();
}

Status use_key(SSL_CTX* context, const Secret& pem) {
  const BioPointer in = memory_bio(as_text(pem.reveal()));
  ENSURE(in != nullptr, bad("tls.key"));
  const KeyPointer key(PEM_read_bio_PrivateKey(in.get(), nullptr, no_passphrase, nullptr));
  ENSURE(key != nullptr, bad("tls.key"));
  ENSURE(SSL_CTX_use_PrivateKey(context, key.get()) == 1 && SSL_CTX_check_private_key(context) == 1, bad("tls.key"));
  return ok();
}

Status trust_given(SSL_CTX* context, std::string_view pem) {
  const BioPointer in = memory_bio(pem);
  ENSURE(in != nullptr, bad("tls.roots"));
  std::size_t count = 0;
  while (X509Pointer root = next_certificate(in.get())) {
    ENSURE(X509_STORE_add_cert(SSL_CTX_get_cert_store(context), root.get()) == 1, bad("tls.roots"));
    ++count;
  }
  ENSURE(count != 0 && was_end_of_pem(), bad("tls.roots"));
  return ok();
}

// A place that is missing is no failure here: a server's certificate then fails to verify, which says more.
void trust_system(SSL_CTX* context) {
  SSL_CTX_load_verify_locations(context, nullptr, kRootFolder);
  SSL_CTX_load_verify_locations(context, kRootFile, nullptr);
  ERR_clear_error();
}

}  // namespace

std::string take_library_error() {
  const auto code = ERR_peek_last_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  ERR_clear_error();
  std::string text = reason == nullptr ? "unknown problem" : reason;
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c == '_' ? ' ' : (c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c); });
  return text;
}

Result<TlsContext> TlsContext::server(const TlsIdentity& identity) {
  ContextPointer context = new_context();
  TRY(use_versions(context.get(), identity.minimum_version, identity.maximum_version));
  TRY(use_ciphers(context.get(), identity));
  TRY(use_groups(context.get(), identity.groups));
  TRY(use_chain(context.get(), identity.certificate_chain_pem));
  TRY(use_key(context.get(), identity.private_key_pem));
  if (!identity.client_roots_pem.empty()) {
    TRY(trust_given(context.get(), identity.client_roots_pem));
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    SSL_CTX_set_cert_verify_callback(context.get(), verify_peer, nullptr);
  }
  SSL_CTX_set_alpn_select_cb(context.get(), choose_protocol, nullptr);
  return TlsContext(std::move(context));
}

Result<TlsContext> TlsContext::client(const TlsTrust& trust, TlsProtocol only, const TlsClientIdentity* identity) {
  ContextPointer context = new_context();
  if (trust.roots != TlsTrust::Roots::kSystem) TRY(trust_given(context.get(), trust.given_pem));
  if (trust.roots != TlsTrust::Roots::kGiven) trust_system(context.get());
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_cert_verify_callback(context.get(), verify_peer, nullptr);
  if (identity != nullptr) {
    TRY(use_chain(context.get(), identity->certificate_chain_pem));
    TRY(use_key(context.get(), identity->private_key_pem));
  }
  const std::span<const unsigned char> offer = only == TlsProtocol::kHttp2 ? kHttp2 : kHttp11;
  CHECK(SSL_CTX_set_alpn_protos(context.get(), offer.data(), offer.size()) == 0);
  return TlsContext(std::move(context));
}

}  // namespace avouch::net
