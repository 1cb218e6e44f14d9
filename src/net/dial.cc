#include "net/dial.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <nss.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

namespace avouch::net {
namespace {

struct FreeAddresses {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

Error unavailable(const char* code, const Url& url, std::string_view cause) {
  return Error{Blame::kUnavailable, code, url.to_string() + ": " + std::string(cause)};
}

Result<Stream> connect_to(const addrinfo& address, const Url& url, Deadline deadline) {
  Stream stream(::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  ENSURE(stream.socket() >= 0, unavailable("http.connect", url, std::strerror(errno)));
  const int on = 1;
  ::setsockopt(stream.socket(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::connect(stream.socket(), address.ai_addr, address.ai_addrlen) == 0) return stream;
  ENSURE(errno == EINPROGRESS, unavailable("http.connect", url, std::strerror(errno)));
  ENSURE(wait_for(stream.socket(), IoState::kWantWrite, deadline), unavailable("http.timeout", url, "connecting"));
  int problem = 0;
  socklen_t size = sizeof problem;
  ::getsockopt(stream.socket(), SOL_SOCKET, SO_ERROR, &problem, &size);
  ENSURE(problem == 0, unavailable("http.connect", url, std::strerror(problem)));
  return stream;
}

// A static program must load none of the modules that a guest's nsswitch.conf may name: they belong to the guest's
// libc, not to ours. These two are built in (glibc 2.34, NEWS): /etc/hosts, then the servers of /etc/resolv.conf.
void keep_to_built_in_resolvers() {
#ifdef AVOUCH_GUEST
  static const int chosen = ::__nss_configure_lookup("hosts", "files dns");
  static_cast<void>(chosen);
#endif
}

// Null stands for the loopback addresses: what "localhost" means is not for a hosts file or a DNS server to say, and a
// small guest has neither (RFC 6761 section 6.3).
const char* name_to_look_up(const std::string& host) {
  return host == "localhost" ? nullptr : host.c_str();
}

Result<Stream> connect_to_any(const Url& url, Deadline deadline) {
  keep_to_built_in_resolvers();
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* raw = nullptr;
  const int problem = ::getaddrinfo(name_to_look_up(url.host), url.port.c_str(), &hints, &raw);
  ENSURE(problem == 0, unavailable("http.connect", url, ::gai_strerror(problem)));
  const std::unique_ptr<addrinfo, FreeAddresses> found(raw);
  int left = 0;
  for (const addrinfo* address = found.get(); address != nullptr; address = address->ai_next) ++left;
  Error last = unavailable("http.connect", url, "no address");
  for (const addrinfo* address = found.get(); address != nullptr; address = address->ai_next, --left) {
    // A share for each: an address that swallows what is sent there, as IPv6 without a route may, leaves the others
    // theirs.
    const Deadline now = std::chrono::steady_clock::now();
    Result<Stream> stream = connect_to(*address, url, now + (deadline - now) / left);
    if (stream.has_value()) return stream;
    last = stream.error();
  }
  return last;
}

}  // namespace

bool wait_for(int socket, IoState wanted, Deadline deadline) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    if (left <= 0) return false;
    pollfd entry{socket, static_cast<short>(wanted == IoState::kWantRead ? POLLIN : POLLOUT), 0};
    const int count = ::poll(&entry, 1, static_cast<int>(std::min<long long>(left, 60'000)));
    if (count > 0) return true;
    if (count < 0 && errno != EINTR) return false;
  }
}

Result<Stream> dial(const Url& url, const TlsContext* context, Deadline deadline) {
  Stream stream = TRY(connect_to_any(url, deadline));
  if (context == nullptr) return stream;
  stream.connect_tls(*context, url.host);
  for (;;) {
    const IoResult shaken = stream.handshake();
    if (shaken.state == IoState::kDone) return stream;
    ENSURE(shaken.state == IoState::kWantRead || shaken.state == IoState::kWantWrite,
           unavailable("http.tls", url, shaken.state == IoState::kClosed ? "connection closed" : stream.failure()));
    ENSURE(wait_for(stream.socket(), shaken.state, deadline), unavailable("http.timeout", url, "TLS handshake"));
  }
}

}  // namespace avouch::net
