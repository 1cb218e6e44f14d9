// What only a store on a server of its own can suffer: the server dies, comes back, refuses, or does not answer. Each
// test has the server to itself.
#include <thread>

#include "store/keys.h"
#include "store/postgres_session.h"
#include "store/test_support.h"

namespace avouch::store {
namespace {

using namespace std::chrono_literals;

BackEnd back_end(const std::string& name) {
  for (BackEnd& each : back_ends()) {
    if (each.name == name) return each;
  }
  std::abort();
}

struct Remote {
  std::string name;
  TestServer& (*server)();
};

class RemoteStore : public ::testing::TestWithParam<Remote> {
 protected:
  void SetUp() override {
    if (!server().missing().empty()) GTEST_SKIP() << server().missing();
  }
  static TestServer& server() { return GetParam().server(); }
  std::unique_ptr<Store> open() { return back_end(GetParam().name).open(folder_, clock_).value(); }

  TemporaryFolder folder_;
  SystemClock clock_;
};

// Whether a failure says that the store is away, and that asking again later may help.
bool is_outage(const Error& error) {
  const std::string_view code = error.code;
  return error.blame == Blame::kUnavailable &&
         (code == "store.unreachable" || code == "store.timeout" || code == "store.busy");
}

TEST_P(RemoteStore, LosesNothingThatWasAcknowledgedWhenTheServerIsKilled) {
  const auto store = open();
  int acknowledged = -1;
  for (int round = 0; round < 5; ++round) {
    std::atomic<bool> is_over = false;
    std::atomic<int> last = acknowledged;
    std::thread writer([&] {
      for (int i = acknowledged + 1; !is_over; ++i) {
        const Status written = store->put("space", std::to_string(i), as_bytes(std::to_string(i)), Expiry::never());
        if (!written.has_value()) {
          EXPECT_TRUE(is_outage(written.error())) << written.error().code << written.error().detail;
          return;
        }
        last = i;
      }
    });
    while (last == acknowledged) std::this_thread::sleep_for(1ms);
    std::this_thread::sleep_for(std::chrono::milliseconds(20 + 17 * round));
    server().kill(SIGKILL);
    is_over = true;
    writer.join();
    acknowledged = last;
    server().start();
    std::this_thread::sleep_for(kFirstReconnectPause * 2);
    for (int i = 0; i <= acknowledged; ++i) {
      const auto value = store->get("space", std::to_string(i));
      ASSERT_TRUE(value.has_value()) << value.error().detail;
      ASSERT_TRUE(value->has_value()) << "lost write " << i << " of " << acknowledged;
      EXPECT_EQ(as_text(**value), std::to_string(i));
    }
  }
  EXPECT_GT(acknowledged, 10);
}

TEST_P(RemoteStore, FailsWhileTheServerIsAwayAndComesBackByItself) {
  const auto store = open();
  ASSERT_TRUE(store->put("space", "key", as_bytes("v"), Expiry::never()).has_value());
  server().kill(SIGINT);  // PostgreSQL would wait for us at a SIGTERM.
  for (int i = 0; i < 20; ++i) {
    const auto begun = std::chrono::steady_clock::now();
    const auto value = store->get("space", "key");
    ASSERT_FALSE(value.has_value());
    EXPECT_TRUE(is_outage(value.error())) << value.error().code << value.error().detail;
    EXPECT_LT(std::chrono::steady_clock::now() - begun, kOperationDeadline + 1s);
  }
  server().start();
  const auto begun = std::chrono::steady_clock::now();
  while (!store->get("space", "key").has_value()) {
    ASSERT_LT(std::chrono::steady_clock::now() - begun, 2 * kLongestReconnectPause);
    std::this_thread::sleep_for(10ms);
  }
  EXPECT_EQ(as_text(*store->get("space", "key").value()), "v");
  EXPECT_TRUE(store->put("space", "key", as_bytes("w"), Expiry::never()).has_value());
}

TEST_P(RemoteStore, AServerThatWasRestartedBetweenTwoCallsIsNotNoticed) {
  const auto store = open();
  ASSERT_TRUE(store->put("space", "key", as_bytes("v"), Expiry::never()).has_value());
  server().kill(SIGINT);
  server().start();
  EXPECT_TRUE(store->put("space", "other", as_bytes("w"), Expiry::never()).has_value());
  EXPECT_EQ(as_text(*store->get("space", "key").value()), "v");
}

TEST_P(RemoteStore, HoldsTheLargestValueAndTheLongestKey) {
  const auto store = open();
  Buffer value(kValueBytes);
  for (std::size_t i = 0; i < value.size(); ++i) value[i] = static_cast<std::uint8_t>(i * 31 + i / 256);
  const std::string key(kKeyBytes, 'k');
  ASSERT_TRUE(store->put("space", key, value, Expiry::never()).has_value());
  EXPECT_TRUE(store->get("space", key).value() == value);
  Buffer other = value;
  other.back() ^= 1;
  EXPECT_FALSE(store->compare_and_set("space", key, other, value, Expiry::never()).value());
  EXPECT_TRUE(store->compare_and_set("space", key, value, other, Expiry::never()).value());
}

TEST_P(RemoteStore, TakesHostileTextForNothingButText) {
  const auto store = open();
  const std::string values[] = {"'; DROP TABLE avouch.record; --",
                                std::string("\0\r\n$5\r\n\0", 8),
                                "*1\r\n$8\r\nFLUSHALL\r\n",
                                "\\x00 \\' \" $1 %s {}",
                                "\xff\xfe\xc3\x28",
                                "]]"};
  int i = 0;
  for (const std::string& value : values) {
    const std::string key = "hostile/" + std::to_string(i++);
    ASSERT_TRUE(store->put("space", key, as_bytes(value), Expiry::never()).has_value());
    EXPECT_EQ(as_text(*store->get("space", key).value()), value);
    EXPECT_TRUE(store->compare_and_set("space", key, as_bytes(value), as_bytes(value + "!"), Expiry::never()).value());
  }
  EXPECT_EQ(store->list("space", "hostile/", "", 100).value().size(), std::size(values));
}

TEST_P(RemoteStore, WritesOfManyThreadsToManyKeysInAnyOrderDoNotStall) {
  const auto store = open();
  std::vector<std::thread> threads;
  for (int worker = 0; worker < 6; ++worker) {
    threads.emplace_back([&, worker] {
      for (int round = 0; round < 20; ++round) {
        std::vector<std::string> keys;
        for (int i = 0; i < 20; ++i) keys.push_back("key" + std::to_string((worker % 2 == 0 ? i : 19 - i)));
        std::vector<Record> records;
        for (const std::string& key : keys) records.push_back({key, as_bytes(key)});
        EXPECT_TRUE(store->put_all("space", records, Expiry::never()).has_value());
        if (worker == 3) {
          EXPECT_TRUE(store->erase_all("space", keys).has_value());
        }
        if (worker == 4) {
          EXPECT_TRUE(store->collect_garbage().has_value());
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

INSTANTIATE_TEST_SUITE_P(Servers, RemoteStore,
                         ::testing::Values(Remote{"postgres", []() -> TestServer& { return postgres_server(); }},
                                           Remote{"redis", []() -> TestServer& { return redis_server(); }}),
                         [](const auto& remote) { return remote.param.name; });

class Postgres : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!postgres_server().missing().empty()) GTEST_SKIP() << postgres_server().missing();
    server_ = &postgres_server();
    server_->reset();
  }
  void execute(const std::string& sql) {
    const auto connection = PostgresConnection::open(server_->url(), operation_deadline());
    ASSERT_TRUE((*connection)->execute(sql, operation_deadline()).has_value());
  }
  std::string code_of_opening(const std::string& url) { return code_of(open_postgres_store(url, clock_)); }

  PostgresServer* server_ = nullptr;
  SystemClock clock_;
};

TEST_F(Postgres, RefusesTablesOfANewerVersion) {
  ASSERT_EQ(code_of_opening(server_->url()), "ok");
  execute("UPDATE avouch.format SET version = 2");
  EXPECT_EQ(code_of_opening(server_->url()), "store.version");
}

TEST_F(Postgres, IsUsableByAUserWhoMayMakeNoTables) {
  ASSERT_EQ(code_of_opening(server_->url()), "ok");
  execute(
      "CREATE ROLE replica LOGIN; GRANT USAGE ON SCHEMA avouch TO replica; "
      "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA avouch TO replica");
  std::string url = server_->url();
  url.replace(url.find("avouch@"), 7, "replica@");
  const auto store = open_postgres_store(url, clock_);
  ASSERT_TRUE(store.has_value()) << store.error().detail;
  EXPECT_TRUE((*store)->put("space", "key", as_bytes("v"), Expiry::never()).has_value());
  execute("DROP OWNED BY replica; DROP ROLE replica");
}

TEST_F(Postgres, NamesWhatIsWrongAndRepeatsNoPassword) {
  const auto refused = [this](const std::string& url) {
    const auto store = open_postgres_store(url, clock_);
    EXPECT_FALSE(store.has_value()) << url;
    const Error error = store.has_value() ? Error{} : store.error();
    EXPECT_EQ(error.detail.find("sesame"), std::string::npos) << error.detail;
    return std::string(error.code);
  };
  const std::string host = server_->url().substr(server_->url().find('?'));
  EXPECT_EQ(refused("postgres://nobody:sesame@/postgres" + host), "store.login");
  EXPECT_EQ(refused("postgres://a:sesame@127.0.0.1:1/postgres"), "store.unreachable");
  EXPECT_EQ(refused("postgres://a:sesame@h:x:y/postgres?nonsense=1"), "store.url");
  EXPECT_EQ(refused("postgres://a:sesame@[::1/postgres"), "store.url");
}

TEST_F(Postgres, WaitsForNoServerThatSaysNothing) {
  const int silent = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(::bind(silent, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(::listen(silent, 1), 0);
  ASSERT_EQ(::getsockname(silent, reinterpret_cast<sockaddr*>(&address), &size), 0);
  const std::string port = std::to_string(ntohs(address.sin_port));
  const auto soon = std::chrono::steady_clock::now() + 200ms;
  EXPECT_EQ(code_of(PostgresConnection::open("postgres://a@127.0.0.1:" + port + "/a", soon)), "store.timeout");
  const RedisUrl redis = parse_redis_url("redis://:p@127.0.0.1:" + port).value();
  EXPECT_EQ(code_of(RedisConnection::open(redis, std::chrono::steady_clock::now() + 200ms)), "store.timeout");
  ::close(silent);
}

class Redis : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!redis_server().missing().empty()) GTEST_SKIP() << redis_server().missing();
    redis_server().reset();
  }
  SystemClock clock_;
};

TEST_F(Redis, WarnsOfSettingsThatLoseRecords) {
  std::vector<std::string> risks;
  ASSERT_TRUE(open_redis_store(redis_server().url(), clock_, &risks).has_value());
  EXPECT_TRUE(risks.empty());
  ASSERT_TRUE(redis_server().ask({"CONFIG", "SET", "appendonly", "no", "maxmemory-policy", "allkeys-lru"}).has_value());
  ASSERT_TRUE(open_redis_store(redis_server().url(), clock_, &risks).has_value());
  EXPECT_EQ(risks.size(), 2U);
  ASSERT_TRUE(redis_server().ask({"CONFIG", "SET", "appendonly", "yes", "maxmemory-policy", "noeviction"}).has_value());
}

TEST_F(Redis, SaysWhenTheServerHasNoMemoryLeft) {
  const auto store = open_redis_store(redis_server().url(), clock_).value();
  ASSERT_TRUE(store->put("space", "key", as_bytes("v"), Expiry::never()).has_value());
  ASSERT_TRUE(redis_server().ask({"CONFIG", "SET", "maxmemory", "1"}).has_value());
  EXPECT_EQ(code_of(store->put("space", "key", as_bytes("w"), Expiry::never())), "store.full");
  EXPECT_EQ(as_text(*store->get("space", "key").value()), "v");
  ASSERT_TRUE(redis_server().ask({"CONFIG", "SET", "maxmemory", "0"}).has_value());
  EXPECT_TRUE(store->put("space", "key", as_bytes("w"), Expiry::never()).has_value());
}

TEST_F(Redis, LoadsItsScriptsAgainWhenSomebodyHasFlushedThem) {
  const auto store = open_redis_store(redis_server().url(), clock_).value();
  ASSERT_TRUE(store->put("space", "key", as_bytes("v"), Expiry::never()).has_value());
  ASSERT_TRUE(redis_server().ask({"SCRIPT", "FLUSH"}).has_value());
  EXPECT_TRUE(store->put_if_absent("space", "other", as_bytes("v"), Expiry::never()).value());
}

TEST_F(Redis, LogsInWithAPassword) {
  ASSERT_TRUE(redis_server().ask({"ACL", "SETUSER", "replica", "on", ">p@ss", "allkeys", "allcommands"}).has_value());
  std::string url = redis_server().url();
  url.insert(url.find("//") + 2, "replica:p%40ss@");
  EXPECT_EQ(code_of(open_redis_store(url, clock_)), "ok");
  url.replace(url.find("p%40ss"), 6, "sesame");
  const auto refused = open_redis_store(url, clock_);
  EXPECT_EQ(code_of(refused), "store.login");
  EXPECT_EQ(refused.error().detail.find("sesame"), std::string::npos);
}

}  // namespace
}  // namespace avouch::store
