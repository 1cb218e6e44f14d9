#include "testing/loopback_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <utility>

#include "base/check.h"

namespace avouch::testing {

LoopbackSocket::LoopbackSocket() : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  CHECK(::bind(descriptor_, generic, size) == 0);
  CHECK(::getsockname(descriptor_, generic, &size) == 0);
  url_ = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
}

LoopbackSocket::~LoopbackSocket() {
  ::close(descriptor_);
}

LoopbackServer::LoopbackServer(Serve serve) {
  CHECK(::listen(socket_.descriptor(), 8) == 0);
  thread_ = std::thread([this, serve = std::move(serve)] {
    for (int connection = 0; (connection = ::accept(socket_.descriptor(), nullptr, nullptr)) >= 0;) {
      ++connection_count_;
      serve(connection);
      ::close(connection);
    }
  });
}

LoopbackServer::~LoopbackServer() {
  ::shutdown(socket_.descriptor(), SHUT_RDWR);  // which ends accept(2)
  thread_.join();
}

}  // namespace avouch::testing
