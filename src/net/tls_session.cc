#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>

#include "base/check.h"
#include "net/tls.h"
#include "net/tls_library.h"

namespace avouch::net {
namespace {

// A BIO over a socket that never raises SIGPIPE, which the library's own does.
int socket_of(BIO* bio) {
  return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio)));
}
int transferred(BIO* bio, ssize_t count, int retry_flags) {
  BIO_clear_retry_flags(bio);
  if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) {
    BIO_set_flags(bio, retry_flags | BIO_FLAGS_SHOULD_RETRY);
  }
  return static_cast<int>(count);
}
int socket_write(BIO* bio, const char* from, int size) {
  return transferred(bio, ::send(socket_of(bio), from, static_cast<std::size_t>(size), MSG_NOSIGNAL), BIO_FLAGS_WRITE);
}
int socket_read(BIO* bio, char* into, int size) {
  return transferred(bio, ::recv(socket_of(bio), into, static_cast<std::size_t>(size), 0), BIO_FLAGS_READ);
}
long socket_control(BIO*, int command, long, void*) {
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

const BIO_METHOD* socket_method() {
  static const BIO_METHOD* const method = [] {
    BIO_METHOD* const made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "avouch socket");
    CHECK(made != nullptr && BIO_meth_set_write(made, socket_write) == 1 && BIO_meth_set_read(made, socket_read) == 1 &&
          BIO_meth_set_ctrl(made, socket_control) == 1);
    return made;
  }();
  return method;
}

// Null when memory is short: the handshake then fails.
SSL* new_session(const TlsContext& context, int socket) {
  BioPointer bio(BIO_new(socket_method()));
  SSL* const session = SSL_new(context.native());
  if (bio == nullptr || session == nullptr) {
    SSL_free(session);
    return nullptr;
  }
  BIO_set_data(bio.get(), reinterpret_cast<void*>(static_cast<std::intptr_t>(socket)));
  BIO_set_init(bio.get(), 1);
  SSL_set_bio(session, bio.get(), bio.get());
  bio.release();  // the session owns it now
  return session;
}

bool is_ip_address(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> binary{};
  return inet_pton(AF_INET, host.c_str(), binary.data()) == 1 || inet_pton(AF_INET6, host.c_str(), binary.data()) == 1;
}

}  // namespace

void TlsSession::Free::operator()(ssl_st* session) const {
  SSL_free(session);
}

TlsSession TlsSession::accept(const TlsContext& context, int socket) {
  TlsSession made{std::unique_ptr<ssl_st, Free>(new_session(context, socket))};
  if (made.session_ != nullptr) SSL_set_accept_state(made.session_.get());
  return made;
}

TlsSession TlsSession::connect(const TlsContext& context, int socket, const std::string& host) {
  TlsSession made{std::unique_ptr<ssl_st, Free>(new_session(context, socket))};
  SSL* const session = made.session_.get();
  if (session == nullptr) return made;
  SSL_set_connect_state(session);
  // Names in the subject's CN are no longer believed (RFC 9525 section 2); nor are wildcards inside a label.
  X509_VERIFY_PARAM* const wanted = SSL_get0_param(session);
  X509_VERIFY_PARAM_set_hostflags(wanted, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  // A name that the library does not take leaves the parameter poisoned: the verification then fails.
  if (is_ip_address(host)) {
    X509_VERIFY_PARAM_set1_ip_asc(wanted, host.c_str());
  } else {
    X509_VERIFY_PARAM_set1_host(wanted, host.data(), host.size());
    SSL_set_tlsext_host_name(session, host.c_str());
  }
  return made;
}

IoResult TlsSession::outcome(int returned) {
  if (returned > 0) return {IoState::kDone, static_cast<std::size_t>(returned)};
  switch (SSL_get_error(session_.get(), returned)) {
    case SSL_ERROR_WANT_READ:
      return {IoState::kWantRead, 0};
    case SSL_ERROR_WANT_WRITE:
      return {IoState::kWantWrite, 0};
    case SSL_ERROR_ZERO_RETURN:
      return {IoState::kClosed, 0};
    case SSL_ERROR_SYSCALL:
      // A connection cut without close_notify: reported apart from a clean end, so that nobody can shorten a message.
      failure_ = errno == 0 || returned == 0 ? "connection cut" : std::strerror(errno);
      ERR_clear_error();
      return {IoState::kFailed, 0};
    default:
      break;
  }
  const long verification = SSL_get_verify_result(session_.get());
  failure_ = take_library_error();
  if (verification != X509_V_OK) failure_ = X509_verify_cert_error_string(verification);
  return {IoState::kFailed, 0};
}

IoResult TlsSession::handshake() {
  if (session_ == nullptr) {
    failure_ = "out of memory";
    return {IoState::kFailed, 0};
  }
  ERR_clear_error();
  errno = 0;
  return outcome(SSL_do_handshake(session_.get()));
}

IoResult TlsSession::read(std::span<char> into) {
  ERR_clear_error();
  errno = 0;
  return outcome(SSL_read(session_.get(), into.data(), static_cast<int>(std::min<std::size_t>(into.size(), INT_MAX))));
}

IoResult TlsSession::write(std::string_view from) {
  ERR_clear_error();
  errno = 0;
  return outcome(SSL_write(session_.get(), from.data(), static_cast<int>(std::min<std::size_t>(from.size(), INT_MAX))));
}

void TlsSession::close_notify() {
  if (session_ == nullptr) return;
  ERR_clear_error();
  if (SSL_is_init_finished(session_.get()) == 1) SSL_shutdown(session_.get());
  ERR_clear_error();
}

std::size_t TlsSession::buffered() const {
  return session_ == nullptr ? 0 : static_cast<std::size_t>(SSL_pending(session_.get()));
}

std::string TlsSession::failure() const {
  return failure_;
}

TlsProtocol TlsSession::protocol() const {
  const std::uint8_t* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(session_.get(), &name, &size);
  return size == 2 && name[0] == 'h' && name[1] == '2' ? TlsProtocol::kHttp2 : TlsProtocol::kHttp1;
}

std::string TlsSession::group() const {
  const char* const name = SSL_get_group_name(SSL_get_group_id(session_.get()));
  return name == nullptr ? "" : name;
}

}  // namespace avouch::net
