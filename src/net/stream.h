// A connected non-blocking socket, plain or TLS. Nothing here waits: who owns an event loop, or poll(2), does.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "net/tls.h"

namespace avouch::net {

class Stream {
 public:
  explicit Stream(int socket) : socket_(socket) {}  // takes ownership; the socket must be non-blocking
  Stream(Stream&& other) noexcept;
  Stream& operator=(Stream&&) = delete;
  ~Stream();

  void accept_tls(const TlsContext& context);
  void connect_tls(const TlsContext& context, const std::string& host);

  IoResult handshake();  // kDone at once if plain
  IoResult read(std::span<char> into);
  IoResult write(std::string_view from);
  IoResult discard();         // reads and forgets raw bytes: kDone, kWantRead, kClosed or kFailed
  void finish_writing();      // tells the peer that no more will come; does not wait
  bool has_buffered() const;  // read() gives bytes without the socket being readable
  bool looks_open() const;    // the peer has neither closed nor, though nothing was asked, said anything

  int socket() const { return socket_; }
  TlsProtocol protocol() const { return tls_.has_value() ? tls_->protocol() : TlsProtocol::kHttp1; }
  bool is_tls() const { return tls_.has_value(); }
  std::string failure() const;  // why the last operation failed, for operators

 private:
  IoResult plain_outcome(ssize_t count, IoState wanted);

  int socket_;
  int problem_ = 0;  // errno of the last plain operation
  std::optional<TlsSession> tls_;
};

}  // namespace avouch::net
