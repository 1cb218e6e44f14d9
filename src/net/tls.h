// TLS 1.2 and 1.3 over a non-blocking socket, for the server and the client alike.
// Source: RFC 8446, RFC 5246; Mozilla's "intermediate" profile 5.7 for versions and cipher suites.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

struct ssl_ctx_st;  // AWS-LC's SSL_CTX and SSL
struct ssl_st;

namespace avouch::net {

enum class TlsVersion : unsigned char { k1_2, k1_3 };

// What is spoken inside, as agreed upon in the handshake (RFC 7301). Without agreement it is HTTP/1.1.
enum class TlsProtocol : unsigned char { kHttp1, kHttp2 };

// Who a server is.
struct TlsIdentity {
  std::string certificate_chain_pem;  // the server's own certificate first
  Secret private_key_pem;
  TlsVersion minimum_version = TlsVersion::k1_2;
  TlsVersion maximum_version = TlsVersion::k1_3;
  std::string ciphers{};           // names with colons between, of either version; empty: those of the profile above
  std::string groups{};            // of the key exchange, likewise; empty: hybrids with ML-KEM first
  std::string client_roots_pem{};  // clients have to have a certificate of one of these; empty: they need none
};

// Whom a client believes.
struct TlsTrust {
  enum class Roots : unsigned char { kSystem, kSystemAndGiven, kGiven };
  Roots roots = Roots::kSystem;
  std::string given_pem;  // one or more certificates, unless kSystem
};

// Who a client is, where a server asks for a certificate.
struct TlsClientIdentity {
  std::string certificate_chain_pem;  // its own first
  Secret private_key_pem;
};

// Settings and keys of many connections: immutable, cheap to copy, thread safe. To reload, make another and swap.
class TlsContext {
 public:
  //   fails   kRequest: tls.certificate, tls.key (unreadable, or not the certificate's), tls.version (a minimum above
  //           the maximum), tls.ciphers, tls.groups (one that does not exist here, or none), tls.roots
  static Result<TlsContext> server(const TlsIdentity& identity);
  //   fails   kRequest: tls.roots (no certificate in given_pem), tls.certificate, tls.key
  static Result<TlsContext> client(const TlsTrust& trust, TlsProtocol only = TlsProtocol::kHttp1,
                                   const TlsClientIdentity* identity = nullptr);

  ssl_ctx_st* native() const { return context_.get(); }  // for net/ only

 private:
  explicit TlsContext(std::shared_ptr<ssl_ctx_st> context) : context_(std::move(context)) {}
  std::shared_ptr<ssl_ctx_st> context_;
};

// What became of an operation that does not wait.
enum class IoState : unsigned char {
  kDone,       // `count` bytes were moved
  kWantRead,   // repeat it when the socket is readable
  kWantWrite,  // repeat it, with the same bytes, when the socket is writable
  kClosed,     // the peer closed its side
  kFailed,
};
struct IoResult {
  IoState state = IoState::kFailed;
  std::size_t count = 0;
};

// One TLS connection over a socket that it borrows. The handshake comes first, until it is kDone.
class TlsSession {
 public:
  static TlsSession accept(const TlsContext& context, int socket);
  // `host` is a DNS name or an IP address: the server's certificate must be for it.
  static TlsSession connect(const TlsContext& context, int socket, const std::string& host);

  IoResult handshake();
  IoResult read(std::span<char> into);
  IoResult write(std::string_view from);
  void close_notify();           // best effort, does not wait
  std::size_t buffered() const;  // decrypted bytes that read() gives without the socket

  // Why the last operation failed, for operators: "certificate has expired", "wrong version number".
  std::string failure() const;
  TlsProtocol protocol() const;
  std::string group() const;  // of the key exchange, e.g. "X25519MLKEM768"

 private:
  struct Free {
    void operator()(ssl_st* session) const;
  };
  explicit TlsSession(std::unique_ptr<ssl_st, Free> session) : session_(std::move(session)) {}
  IoResult outcome(int returned);

  std::unique_ptr<ssl_st, Free> session_;
  std::string failure_;
};

}  // namespace avouch::net
