// Listening TCP sockets and the addresses of those who connect.
#pragma once

#include <sys/socket.h>

#include <string>
#include <utility>

#include "base/result.h"

namespace avouch::edge {

// A listening socket that closes itself unless released.
struct ListeningSocket {
  ListeningSocket(int taken, std::string bound) : socket(taken), address(std::move(bound)) {}
  ListeningSocket(ListeningSocket&& other) noexcept : socket(other.release()), address(std::move(other.address)) {}
  ListeningSocket& operator=(ListeningSocket&&) = delete;
  ~ListeningSocket();
  int release() { return std::exchange(socket, -1); }

  int socket;
  std::string address;  // as bound: "127.0.0.1:8080"
};

// Listens on "127.0.0.1:8080" or "[::1]:8080".
//   fails   kRequest: http.address (not a numeric address and port); kUnavailable: http.listen
Result<ListeningSocket> listen_on(const std::string& address);

struct Peer {
  std::string address;  // "127.0.0.1:51234", "[::1]:51234"
  bool is_loopback = false;
};
struct Accepted {
  int socket = -1;  // non-blocking, or -1: `problem` says why
  int problem = 0;  // errno
  Peer peer;
};
Accepted accept_from(int listening_socket);

}  // namespace avouch::edge
