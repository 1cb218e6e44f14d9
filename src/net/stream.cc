#include "net/stream.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/secret.h"

namespace avouch::net {

Stream::Stream(Stream&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)), problem_(other.problem_), tls_(std::move(other.tls_)) {
  other.tls_.reset();
}

Stream::~Stream() {
  tls_.reset();
  if (socket_ >= 0) ::close(socket_);
}

void Stream::accept_tls(const TlsContext& context) {
  tls_ = TlsSession::accept(context, socket_);
}

void Stream::connect_tls(const TlsContext& context, const std::string& host) {
  tls_ = TlsSession::connect(context, socket_, host);
}

IoResult Stream::plain_outcome(ssize_t count, IoState wanted) {
  if (count > 0) return {IoState::kDone, static_cast<std::size_t>(count)};
  if (count == 0) return {IoState::kClosed, 0};
  problem_ = errno;
  const bool retry = problem_ == EAGAIN || problem_ == EWOULDBLOCK || problem_ == EINTR;
  return {retry ? wanted : IoState::kFailed, 0};
}

IoResult Stream::handshake() {
  return tls_.has_value() ? tls_->handshake() : IoResult{IoState::kDone, 0};
}

IoResult Stream::read(std::span<char> into) {
  if (tls_.has_value()) return tls_->read(into);
  return plain_outcome(::recv(socket_, into.data(), into.size(), 0), IoState::kWantRead);
}

IoResult Stream::write(std::string_view from) {
  if (tls_.has_value()) return tls_->write(from);
  return plain_outcome(::send(socket_, from.data(), from.size(), MSG_NOSIGNAL), IoState::kWantWrite);
}

IoResult Stream::discard() {
  std::array<char, 16 * 1024> dropped;
  const IoResult outcome = plain_outcome(::recv(socket_, dropped.data(), dropped.size(), 0), IoState::kWantRead);
  wipe_memory(dropped.data(), outcome.count);  // a secret that was too large is one all the same
  return outcome;
}

void Stream::finish_writing() {
  if (tls_.has_value()) tls_->close_notify();
  ::shutdown(socket_, SHUT_WR);
}

bool Stream::has_buffered() const {
  return tls_.has_value() && tls_->buffered() > 0;
}

bool Stream::looks_open() const {
  char octet = 0;
  const ssize_t count = ::recv(socket_, &octet, 1, MSG_PEEK | MSG_DONTWAIT);
  return count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

std::string Stream::failure() const {
  return tls_.has_value() ? tls_->failure() : std::strerror(problem_);
}

}  // namespace avouch::net
