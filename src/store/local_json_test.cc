// What only a local_json store can suffer: the peer's files, as they are and damaged.
#include <fstream>
#include <thread>

#include "store/test_support.h"

namespace avouch::store {
namespace {

class LocalJson : public ::testing::Test {
 protected:
  LocalJson() { std::filesystem::create_directory(folder_ / "json"); }
  void write(const std::string& text, const std::string& space = "repository") {
    std::ofstream(folder_ / "json" + "/" + space, std::ios::binary) << text;
  }
  std::string read(const std::string& space = "repository") {
    std::ifstream file(folder_ / "json" + "/" + space, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::string get(const std::string& key) {
    const auto value = store()->get("repository", key);
    if (!value.has_value()) return value.error().code;
    return value->has_value() ? std::string(as_text(**value)) : "(absent)";
  }
  std::unique_ptr<Store> store() { return open_local_json_store(folder_ / "json").value(); }

  TemporaryFolder folder_;
};

TEST_F(LocalJson, ReadsWhatTrusteeWrites) {
  write(R"({"default/test/a":"_-8=","default/test/b":"","default/test/c":"b3BlbiBzZXNhbWU="})");
  EXPECT_EQ(get("default/test/a"), "\xff\xef");
  EXPECT_EQ(get("default/test/b"), "");
  EXPECT_EQ(get("default/test/c"), "open sesame");
  EXPECT_EQ(store()->list("repository", "default/", "", 9).value().size(), 3U);
}

TEST_F(LocalJson, WritesWhatTrusteeReads) {
  write("{}");
  ASSERT_TRUE(store()->put("repository", "default/test/a", as_bytes("\xff\xef"), Expiry::never()).has_value());
  ASSERT_TRUE(store()->put("repository", "default/test/b", as_bytes("open sesame"), Expiry::never()).has_value());
  EXPECT_EQ(read(), R"({"default/test/a":"_-8=","default/test/b":"b3BlbiBzZXNhbWU="})");
}

TEST_F(LocalJson, KeepsThePeersRecordsThatWeCannotName) {
  write(R"({"a*b":"YQ=="})");
  ASSERT_TRUE(store()->put("repository", "c", as_bytes("c"), Expiry::never()).has_value());
  EXPECT_EQ(read(), R"({"a*b":"YQ==","c":"Yw=="})");
  EXPECT_EQ(store()->list("repository", "", "", 9).value(), std::vector<std::string>{"c"});
}

TEST_F(LocalJson, RefusesADamagedFileAndLeavesItAlone) {
  for (const char* damaged : {"", "{", "[]", R"({"a":1})", R"({"a":"!"})", R"({"a":"YQ==","a":"Yg=="})"}) {
    write(damaged);
    EXPECT_EQ(get("a"), "store.corrupt") << damaged;
    EXPECT_EQ(code_of(store()->put("repository", "b", as_bytes("b"), Expiry::never())), "store.corrupt") << damaged;
    EXPECT_EQ(code_of(store()->list("repository", "", "", 1)), "store.corrupt") << damaged;
    EXPECT_EQ(read(), damaged);
  }
}

TEST_F(LocalJson, FollowsNoSymbolicLink) {
  write(R"({"a":"YQ=="})", "other");
  std::filesystem::create_symlink("other", folder_ / "json/repository");
  EXPECT_EQ(get("a"), "store.corrupt");
}

TEST_F(LocalJson, RefusesRecordsThatExpire) {
  const Expiry soon = Expiry::when(SystemClock().now());
  EXPECT_EQ(code_of(store()->put("repository", "a", {}, soon)), "store.expiry");
  EXPECT_EQ(code_of(store()->put_if_absent("repository", "a", {}, soon)), "store.expiry");
}

TEST_F(LocalJson, SeesThePeersWrites) {
  write(R"({"a":"YQ=="})");
  const auto ours = store();
  const std::uint64_t before = ours->generation("repository").value();
  std::this_thread::sleep_for(std::chrono::milliseconds(20));  // What the system's clock ticks by.
  write(R"({"a":"Yg=="})");
  EXPECT_NE(ours->generation("repository").value(), before);
}

}  // namespace
}  // namespace avouch::store
