// No room: writes say store.full, what was there stays readable, and service goes on as soon as there is room again.
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include <csignal>
#include <fstream>

#include "store/test_support.h"

namespace avouch::store {
namespace {

constexpr int kNotPermitted = 77;

// In a child: fails with the number of the line where something was not as expected.
#define EXPECT_OR_EXIT(condition) \
  if (!(condition)) return __LINE__ % 256

// Puts until something fails; the failure's code.
std::string fill(Store& store) {
  const Buffer value(20'000, 'x');
  for (int i = 0; i < 1'000; ++i) {
    const Status status = store.put("space", "fill/" + std::to_string(i), value, Expiry::never());
    if (!status.has_value()) return status.error().code;
  }
  return "never full";
}

int fill_up_and_recover(const BackEnd& back_end, const TemporaryFolder& folder,
                        const std::function<void()>& make_room) {
  const SystemClock clock;
  auto store = back_end.open(folder, clock);
  EXPECT_OR_EXIT(store.has_value());
  EXPECT_OR_EXIT((*store)->put("space", "first", as_bytes("v"), Expiry::never()).has_value());
  const std::string code = fill(**store);
  if (code != "store.full") std::fprintf(stderr, "%s: %s\n", back_end.name.c_str(), code.c_str());
  EXPECT_OR_EXIT(code == "store.full");
  const Buffer large(200'000, 'x');
  EXPECT_OR_EXIT(code_of((*store)->put("space", "first", large, Expiry::never())) == "store.full");
  EXPECT_OR_EXIT(code_of((*store)->put_if_absent("space", "new", large, Expiry::never())) == "store.full");
  EXPECT_OR_EXIT(code_of((*store)->compare_and_set("space", "first", as_bytes("v"), large, Expiry::never())) ==
                 "store.full");
  const auto value = (*store)->get("space", "first");
  EXPECT_OR_EXIT(value.has_value() && *value == to_buffer(as_bytes("v")));
  EXPECT_OR_EXIT(!(*store)->get("space", "new").value().has_value());
  make_room();
  EXPECT_OR_EXIT((*store)->put("space", "first", as_bytes("w"), Expiry::never()).has_value());
  store = Result<std::unique_ptr<Store>>(nullptr);
  store = back_end.open(folder, clock);
  EXPECT_OR_EXIT(store.has_value());
  EXPECT_OR_EXIT(*(*store)->get("space", "first").value() == to_buffer(as_bytes("w")));
  return 0;
}

// Gives the child a small disk of its own in the folder; false if it may not.
bool mount_small_disk(const std::string& path) {
  return ::unshare(CLONE_NEWNS) == 0 && ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         ::mount("avouch-test", path.c_str(), "tmpfs", 0, "size=1m,mode=0700") == 0;
}

class FullDisk : public ::testing::TestWithParam<BackEnd> {
 protected:
  TemporaryFolder folder_;
};

TEST_P(FullDisk, SaysFullAndGoesOnWhenThereIsRoom) {
  const int code = wait_for(start_child([&] {
    if (!mount_small_disk(folder_ / "")) return kNotPermitted;
    const std::string ballast = folder_ / "ballast";
    std::ofstream(ballast) << std::string(300'000, 'b');
    const int result = fill_up_and_recover(GetParam(), folder_, [&] { std::filesystem::remove(ballast); });
    return ::chdir("/") == 0 ? result : 1;
  }));
  if (code == kNotPermitted) GTEST_SKIP() << "mounting a small disk takes CAP_SYS_ADMIN";
  EXPECT_EQ(code, 0) << "line of this file, modulo 256";
}

TEST_P(FullDisk, AFileSizeLimitIsAFullDisk) {
  const int code = wait_for(start_child([&] {
    ::signal(SIGXFSZ, SIG_IGN);  // As avouchd does: a failed write instead of death.
    const SystemClock clock;
    const auto store = GetParam().open(folder_, clock);
    EXPECT_OR_EXIT(store.has_value());
    const rlimit limit{150'000, RLIM_INFINITY};
    EXPECT_OR_EXIT(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
    const Buffer large(400'000, 'x');
    EXPECT_OR_EXIT(code_of((*store)->put("space", "large", large, Expiry::never())) == "store.full");
    EXPECT_OR_EXIT(!(*store)->get("space", "large").value().has_value());
    EXPECT_OR_EXIT((*store)->put("space", "small", as_bytes("v"), Expiry::never()).has_value());
    return 0;
  }));
  EXPECT_EQ(code, 0) << "line of this file, modulo 256";
}

TEST_P(FullDisk, OpeningOnAFullDiskIsAnErrorOrWorks) {
  const int code = wait_for(start_child([&] {
    if (!mount_small_disk(folder_ / "")) return kNotPermitted;
    std::ofstream(folder_ / "ballast") << std::string(2'000'000, 'b');
    const SystemClock clock;
    const auto store = GetParam().open(folder_, clock);
    if (!store.has_value()) return code_of(store) == "store.full" ? 0 : 1;
    return code_of((*store)->put("space", "key", as_bytes("v"), Expiry::never())) == "store.full" ? 0 : 2;
  }));
  if (code == kNotPermitted) GTEST_SKIP() << "mounting a small disk takes CAP_SYS_ADMIN";
  EXPECT_EQ(code, 0);
}

INSTANTIATE_TEST_SUITE_P(Stores, FullDisk, ::testing::ValuesIn(local_durable_back_ends()), name_of);

}  // namespace
}  // namespace avouch::store
