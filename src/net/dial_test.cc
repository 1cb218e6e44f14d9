#include "net/dial.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <vector>

namespace avouch::net {
namespace {

using namespace std::chrono_literals;

// "localhost" is two addresses (RFC 6761 section 6.3), of which IPv6 is tried first: there one listens who never
// accepts, and whose queue is full.
class DialTest : public ::testing::Test {
 protected:
  void SetUp() override {
    sockaddr_in6 full{};
    full.sin6_family = AF_INET6;
    full.sin6_addr = in6addr_loopback;
    if (!listen_on(full, 0)) GTEST_SKIP() << "there is no IPv6 here";
    port_ = ntohs(full.sin6_port);
    for (int i = 0; i < 4; ++i) {
      sockets_.push_back(::socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
      ::connect(sockets_.back(), reinterpret_cast<const sockaddr*>(&full), sizeof full);
    }
  }
  void TearDown() override {
    for (const int socket : sockets_) ::close(socket);
  }
  template <class Address>
  bool listen_on(Address& address, int backlog) {
    const auto family = reinterpret_cast<const sockaddr&>(address).sa_family;
    sockets_.push_back(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const int on = 1;
    if (family == AF_INET6) ::setsockopt(sockets_.back(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    socklen_t size = sizeof address;
    return ::bind(sockets_.back(), reinterpret_cast<const sockaddr*>(&address), size) == 0 &&
           ::listen(sockets_.back(), backlog) == 0 &&
           ::getsockname(sockets_.back(), reinterpret_cast<sockaddr*>(&address), &size) == 0;
  }
  Result<Stream> dial_localhost() const {
    return dial(*parse_url("http://localhost:" + std::to_string(port_)), nullptr,
                std::chrono::steady_clock::now() + 1s);
  }
  std::vector<int> sockets_;
  std::uint16_t port_ = 0;
};

TEST_F(DialTest, TriesTheNextAddressBeforeTheTimeIsUp) {
  sockaddr_in other{};
  other.sin_family = AF_INET;
  other.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  other.sin_port = htons(port_);
  if (!listen_on(other, 8)) GTEST_SKIP() << "the port is somebody else's on IPv4";
  const Result<Stream> stream = dial_localhost();
  EXPECT_TRUE(stream.has_value()) << stream.error().detail;
}

TEST_F(DialTest, SaysWhatBecameOfTheLastAddress) {
  const Result<Stream> stream = dial_localhost();
  ASSERT_FALSE(stream.has_value());
  EXPECT_EQ(stream.error().blame, Blame::kUnavailable);
  EXPECT_STREQ(stream.error().code, "http.connect");
  EXPECT_NE(stream.error().detail.find("refused"), std::string::npos) << stream.error().detail;
}

}  // namespace
}  // namespace avouch::net
