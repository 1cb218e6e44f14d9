#include "cmd/avouch/realm_control.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <future>
#include <optional>
#include <thread>

#include "base/limits.h"

namespace avouch::cmd {
namespace {

class RealmControlTest : public ::testing::Test {
 protected:
  RealmControlTest() { EXPECT_NE(::mkdtemp(folder_.data()), nullptr); }
  ~RealmControlTest() override { std::filesystem::remove_all(folder_); }

  RealmControl listen() {
    Result<RealmControl> control = RealmControl::listen(socket(), [this](std::size_t index, Bytes data) -> Status {
      index_ = index;
      data_ = to_buffer(data);
      ENSURE(!refuse_, Error{Blame::kRequest, "realm.rem", "no"});
      return ok();
    });
    return *std::move(control);
  }
  std::string socket() const { return folder_ + "/socket"; }
  // The code of the answer, "" if the realm did it.
  std::string extend(const RealmControl& control, std::size_t index, const Buffer& data) {
    std::future<Status> answer = std::async(std::launch::async, [&] { return extend_realm(socket(), index, data); });
    while (answer.wait_for(std::chrono::milliseconds(1)) != std::future_status::ready) control.serve();
    const Status status = answer.get();
    return status.has_value() ? "" : status.error().code;
  }
  // A caller that may break the rules of extend_realm().
  int connect() const {
    const int fd = ::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, socket().c_str(), socket().size());
    EXPECT_EQ(::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    return fd;
  }

  std::string folder_ = "/tmp/avouch-control-test-XXXXXX";
  std::optional<std::size_t> index_;
  Buffer data_;
  bool refuse_ = false;
};

TEST_F(RealmControlTest, PassesIndexAndDataOn) {
  const RealmControl control = listen();
  EXPECT_EQ(extend(control, 3, {1, 2, 3}), "");
  EXPECT_EQ(index_, 3U);
  EXPECT_EQ(data_, Buffer({1, 2, 3}));
  EXPECT_EQ(extend(control, 0, {}), "");
  EXPECT_EQ(index_, 0U);
  EXPECT_TRUE(data_.empty());
  EXPECT_EQ(extend(control, 1, Buffer(limits::kRealmExtendBytes, 9)), "");
  EXPECT_EQ(data_.size(), limits::kRealmExtendBytes);
}

TEST_F(RealmControlTest, PassesARefusalBack) {
  const RealmControl control = listen();
  refuse_ = true;
  EXPECT_EQ(extend(control, 1, {1}), "realm.extend");
}

TEST_F(RealmControlTest, TheCallerRefusesWhatTheRealmWould) {
  const RealmControl control = listen();
  EXPECT_EQ(extend(control, 4, {1}), "realm.extend");
  EXPECT_EQ(extend(control, 0, Buffer(limits::kRealmExtendBytes + 1)), "realm.extend");
  EXPECT_EQ(index_, std::nullopt);
}

TEST_F(RealmControlTest, RefusesAPacketThatIsTooLong) {
  const RealmControl control = listen();
  const int caller = connect();
  const Buffer packet(limits::kRealmExtendBytes + 2, 0);
  ASSERT_EQ(::send(caller, packet.data(), packet.size(), 0), static_cast<ssize_t>(packet.size()));
  control.serve();
  char answer[64] = {};
  ASSERT_GT(::recv(caller, answer, sizeof answer - 1, 0), 0);
  EXPECT_STREQ(answer, "too much data");
  EXPECT_EQ(index_, std::nullopt);
  ::close(caller);
}

TEST_F(RealmControlTest, DoesNotWaitForASilentCaller) {
  const RealmControl control = listen();
  const int caller = connect();
  const auto start = std::chrono::steady_clock::now();
  control.serve();
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2));
  char octet;
  EXPECT_EQ(::recv(caller, &octet, 1, 0), 0) << "the realm hung up";
  EXPECT_EQ(index_, std::nullopt);
  ::close(caller);
}

TEST_F(RealmControlTest, IsOnlyForItsOwnUser) {
  const RealmControl control = listen();
  struct stat info {};
  ASSERT_EQ(::stat(socket().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
}

TEST_F(RealmControlTest, SaysThatThereIsNoRealm) {
  EXPECT_STREQ(extend_realm(socket(), 0, Buffer{1}).error().code, "realm.control");
  EXPECT_STREQ(extend_realm("", 0, Buffer{1}).error().code, "realm.control");
  EXPECT_STREQ(extend_realm(std::string(200, 'x'), 0, Buffer{1}).error().code, "realm.control");
  EXPECT_STREQ(RealmControl::listen(folder_ + "/absent/socket", nullptr).error().code, "realm.control");
}

TEST_F(RealmControlTest, ARealmThatEndsBeforeItAnswersHasNotDoneIt) {
  std::optional<RealmControl> control(listen());
  std::future<Status> answer = std::async(std::launch::async, [&] { return extend_realm(socket(), 0, Buffer{1}); });
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  control.reset();
  EXPECT_STREQ(answer.get().error().code, "realm.control");
}

}  // namespace
}  // namespace avouch::cmd
