#include "cmd/avouch/realm_control.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <string_view>
#include <utility>

#include "base/limits.h"

namespace avouch::cmd {
namespace {

constexpr std::size_t kAnswerBytes = 512;
constexpr std::string_view kDone = "ok";  // not empty: that is what a caller reads when the realm has ended

// A socket that closes itself.
class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {}
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

Error control_error(const std::string& what) {
  return Error{Blame::kUnavailable, "realm.control", what + ": " + std::strerror(errno)};
}

Result<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  ENSURE(!path.empty() && path.size() < sizeof address.sun_path,
         Error{Blame::kUnavailable, "realm.control", "'" + path + "' is not the path of a socket"});
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

const sockaddr* generic(const sockaddr_un& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

bool wait_readable(int fd, std::chrono::milliseconds limit) {
  pollfd waiting{fd, POLLIN, 0};
  return ::poll(&waiting, 1, static_cast<int>(limit.count())) == 1;
}

}  // namespace

Result<RealmControl> RealmControl::listen(const std::string& path, Extend extend) {
  constexpr int kWaitingCallers = 16;
  const sockaddr_un address = TRY(address_of(path));
  Socket socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  ENSURE(socket.get() >= 0, control_error("socket"));
  const mode_t previous = ::umask(0177);  // from its first moment the socket is its user's alone
  const int bound = ::bind(socket.get(), generic(address), sizeof address);
  const int bind_errno = errno;
  ::umask(previous);
  errno = bind_errno;
  ENSURE(bound == 0 && ::listen(socket.get(), kWaitingCallers) == 0, control_error(path));
  return RealmControl(socket.release(), std::move(extend));
}

RealmControl::RealmControl(RealmControl&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), extend_(std::move(other.extend_)) {}

RealmControl::~RealmControl() {
  if (fd_ >= 0) ::close(fd_);
}

void RealmControl::serve() const {
  const Socket caller(::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (caller.get() < 0 || !wait_readable(caller.get(), limits::kRealmControlWait)) return;
  Buffer packet(limits::kRealmExtendBytes + 2);  // one more than the longest, so that a longer one shows
  const ssize_t size = ::recv(caller.get(), packet.data(), packet.size(), 0);
  if (size < 1) return;
  std::string answer(kDone);
  if (static_cast<std::size_t>(size) == packet.size()) {
    answer = "too much data";
  } else {
    const Status extended = extend_(packet[0], Bytes(packet).subspan(1, static_cast<std::size_t>(size) - 1));
    if (!extended.has_value()) answer = extended.error().code + (": " + extended.error().detail);
  }
  answer.resize(std::min(answer.size(), kAnswerBytes));
  ::send(caller.get(), answer.data(), answer.size(), MSG_NOSIGNAL);
}

Status extend_realm(const std::string& path, std::size_t index, Bytes data) {
  ENSURE(data.size() <= limits::kRealmExtendBytes, Error{Blame::kRequest, "realm.extend",
                                                         "at most " + std::to_string(limits::kRealmExtendBytes) +
                                                             " octets at a time; extend by a digest instead"});
  ENSURE(index <= 3, Error{Blame::kRequest, "realm.extend", "a realm has measurements 0 to 3"});
  const sockaddr_un address = TRY(address_of(path));
  const Socket socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  ENSURE(socket.get() >= 0 && ::connect(socket.get(), generic(address), sizeof address) == 0, control_error(path));
  Buffer packet = {static_cast<std::uint8_t>(index)};
  packet.insert(packet.end(), data.begin(), data.end());
  ENSURE(::send(socket.get(), packet.data(), packet.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(packet.size()),
         control_error("send"));
  errno = ETIMEDOUT;
  ENSURE(wait_readable(socket.get(), limits::kRealmControlAnswer), control_error("no answer"));
  std::array<char, kAnswerBytes> answer;
  const ssize_t size = ::recv(socket.get(), answer.data(), answer.size(), 0);
  ENSURE(size >= 0, control_error("recv"));
  ENSURE(size > 0, Error{Blame::kUnavailable, "realm.control", "the realm has ended"});
  const std::string_view text(answer.data(), static_cast<std::size_t>(size));
  ENSURE(text == kDone, Error{Blame::kRequest, "realm.extend", std::string(text)});
  return ok();
}

}  // namespace avouch::cmd
