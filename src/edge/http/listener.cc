#include "edge/http/listener.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <memory>

#include "net/url.h"

namespace avouch::edge {
namespace {

constexpr int kBacklog = 1024;  // connections that the kernel keeps for us between two turns of the loop

struct FreeAddresses {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

Result<Addresses> resolve(const std::string& address) {
  const Error refused{Blame::kRequest, "http.address",
                      address + ": not a numeric address and port, as 127.0.0.1:8080 or [::1]:8080 are"};
  const std::size_t colon = address.rfind(':');
  ENSURE(colon != std::string::npos && colon > 0, refused);
  std::string host = address.substr(0, colon);
  const bool bracketed = host.front() == '[' && host.back() == ']';
  ENSURE(bracketed || host.find(':') == std::string::npos, refused);
  if (bracketed) host = host.substr(1, host.size() - 2);
  addrinfo hints{};
  hints.ai_family = bracketed ? AF_INET6 : AF_INET;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE;
  addrinfo* found = nullptr;
  const std::string port = address.substr(colon + 1);
  ENSURE(net::parse_port(port).has_value() && ::getaddrinfo(host.c_str(), port.c_str(), &hints, &found) == 0, refused);
  return Addresses(found);
}

Peer describe(const sockaddr_storage& raw) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (raw.ss_family == AF_INET) {
    const auto address =
        std::bit_cast<sockaddr_in>(*reinterpret_cast<const std::array<char, sizeof(sockaddr_in)>*>(&raw));
    ::inet_ntop(AF_INET, &address.sin_addr, text.data(), text.size());
    return {std::string(text.data()) + ":" + std::to_string(ntohs(address.sin_port)),
            (ntohl(address.sin_addr.s_addr) >> 24) == 127};
  }
  const auto address =
      std::bit_cast<sockaddr_in6>(*reinterpret_cast<const std::array<char, sizeof(sockaddr_in6)>*>(&raw));
  ::inet_ntop(AF_INET6, &address.sin6_addr, text.data(), text.size());
  return {"[" + std::string(text.data()) + "]:" + std::to_string(ntohs(address.sin6_port)),
          IN6_IS_ADDR_LOOPBACK(&address.sin6_addr) != 0};
}

int set(int socket, int level, int option) {
  const int on = 1;
  return ::setsockopt(socket, level, option, &on, sizeof on);
}

}  // namespace

ListeningSocket::~ListeningSocket() {
  if (socket >= 0) ::close(socket);
}

Result<ListeningSocket> listen_on(const std::string& address) {
  const Addresses resolved = TRY(resolve(address));
  const int socket = ::socket(resolved->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const bool listening = socket >= 0 && set(socket, SOL_SOCKET, SO_REUSEADDR) == 0 &&
                         // No IPv4 in IPv6's clothes: "is it loopback" has one answer.
                         (resolved->ai_family != AF_INET6 || set(socket, IPPROTO_IPV6, IPV6_V6ONLY) == 0) &&
                         ::bind(socket, resolved->ai_addr, resolved->ai_addrlen) == 0 &&
                         ::listen(socket, kBacklog) == 0;
  if (!listening) {
    const std::string problem = std::strerror(errno);
    if (socket >= 0) ::close(socket);
    return Error{Blame::kUnavailable, "http.listen", address + ": " + problem};
  }
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&bound), &size);
  return ListeningSocket(socket, describe(bound).address);
}

Accepted accept_from(int listening_socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  Accepted out;
  out.socket = ::accept4(listening_socket, reinterpret_cast<sockaddr*>(&address), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (out.socket < 0) {
    out.problem = errno;
    return out;
  }
  set(out.socket, IPPROTO_TCP, TCP_NODELAY);
  out.peer = describe(address);
  return out;
}

}  // namespace avouch::edge
