#include <sqlite3.h>
#include <sys/stat.h>

#include <fstream>

#include "store/sqlite_connection.h"
#include "store/test_support.h"

namespace avouch::store {
namespace {

class SqliteStore : public ::testing::Test {
 protected:
  Result<std::unique_ptr<Store>> open() { return open_sqlite_store(path_, clock_); }
  std::string open_code() { return code_of(open()); }

  void execute(const std::string& sql) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(path_.c_str(), &database), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(database);
    sqlite3_close(database);
  }
  void fill(int records) {
    const auto store = open();
    ASSERT_TRUE(store.has_value()) << store.error().detail;
    for (int i = 0; i < records; ++i) {
      const std::string value = value_of(i);
      ASSERT_TRUE((*store)->put("space", "key" + std::to_string(i), as_bytes(value), Expiry::never()).has_value());
    }
  }
  std::string read_database() {
    std::ifstream file(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void write_database(const std::string& content) {
    std::ofstream(path_, std::ios::binary | std::ios::trunc) << content;
    std::filesystem::remove(path_ + "-wal");
    std::filesystem::remove(path_ + "-shm");
  }
  mode_t mode_of(const std::string& path) {
    struct stat info {};
    EXPECT_EQ(::stat(path.c_str(), &info), 0) << path;
    return info.st_mode & 0777;
  }
  static std::string value_of(int record) { return std::string(1'000, static_cast<char>('a' + record % 26)); }
  // Opens a damaged file of `records` records. Nothing may crash, and no record may be other than it was written:
  // it is right, or reading it fails. Returns whether damage was noticed.
  bool survives_damage(int records) {
    const auto store = open();
    if (!store.has_value()) {
      EXPECT_EQ(store.error().blame, Blame::kUnavailable) << store.error().code;
      return true;
    }
    bool is_noticed = false;
    for (int i = 0; i < records; ++i) {
      const auto value = (*store)->get("space", "key" + std::to_string(i));
      if (value.has_value()) {
        EXPECT_EQ(*value, to_buffer(as_bytes(value_of(i)))) << i;
      } else {
        EXPECT_STREQ(value.error().code, "store.corrupt") << value.error().detail;
        is_noticed = true;
      }
    }
    const Status status = (*store)->put("space", "key1", as_bytes("new"), Expiry::never());
    EXPECT_TRUE(status.has_value() || status.error().blame == Blame::kUnavailable);
    return is_noticed;
  }

  TemporaryFolder folder_;
  ManualClock clock_;
  std::string path_ = folder_ / "store.db";
};

TEST_F(SqliteStore, FilesAreForTheOwnerOnly) {
  const mode_t before = ::umask(0);
  const auto store = open();
  ASSERT_TRUE((*store)->put("space", "key", {}, Expiry::never()).has_value());
  ::umask(before);
  for (const char* suffix : {"", "-wal", "-shm"}) EXPECT_EQ(mode_of(path_ + suffix), 0600U) << suffix;
}

TEST_F(SqliteStore, EveryWriteIsSyncedToAWriteAheadLog) {
  const Database writer = std::move(open_writer(path_, IfAbsent::kMake).value());
  const auto pragma = [&](const char* sql) {
    Statement statement = std::move(Statement::prepare(writer.get(), sql).value());
    Cursor cursor(statement);
    EXPECT_TRUE(cursor.step().value());
    return std::string(cursor.text(0));
  };
  EXPECT_EQ(pragma("PRAGMA journal_mode"), "wal");
  EXPECT_EQ(pragma("PRAGMA synchronous"), "2");  // FULL
  EXPECT_EQ(pragma("PRAGMA mmap_size"), "0");
}

TEST_F(SqliteStore, ReadersCannotWrite) {
  const Database writer = std::move(open_writer(path_, IfAbsent::kMake).value());
  const Database reader = std::move(open_reader(path_).value());
  Statement statement = std::move(Statement::prepare(reader.get(), "DELETE FROM record").value());
  EXPECT_EQ(code_of(run(statement)), "store.io");
}

TEST_F(SqliteStore, RefusesAFileOfANewerVersion) {
  fill(1);
  execute("PRAGMA user_version=" + std::to_string(kSchemaVersion + 1));
  const auto store = open();
  ASSERT_FALSE(store.has_value());
  EXPECT_STREQ(store.error().code, "store.version");
  EXPECT_EQ(store.error().blame, Blame::kUnavailable);
  EXPECT_NE(store.error().detail.find(path_), std::string::npos);
}

TEST_F(SqliteStore, RefusesAVersionThatNeverWas) {
  fill(1);
  execute("PRAGMA user_version=0");
  EXPECT_EQ(open_code(), "store.corrupt");
  execute("PRAGMA user_version=-1");
  EXPECT_EQ(open_code(), "store.corrupt");
}

TEST_F(SqliteStore, LeavesAnotherProgramsDatabaseAlone) {
  execute("CREATE TABLE theirs (x); INSERT INTO theirs VALUES (7)");
  EXPECT_EQ(open_code(), "store.corrupt");
  execute("CREATE TABLE still_works (y)");
  EXPECT_EQ(open_code(), "store.corrupt");
}

TEST_F(SqliteStore, RefusesAFileThatIsNoDatabase) {
  for (const std::string& content : {std::string("plain text"), std::string(8'192, '\xa5'), std::string(100, '\0')}) {
    write_database(content);
    const auto store = open();
    ASSERT_FALSE(store.has_value());
    EXPECT_STREQ(store.error().code, "store.corrupt") << store.error().detail;
    EXPECT_NE(store.error().detail.find(path_), std::string::npos) << "the message must name the file";
    EXPECT_EQ(read_database(), content) << "and leave it for the operator to look at";
  }
}

TEST_F(SqliteStore, BeginsAnewOnlyWhereItMay) {
  const auto refusing = [this] { return code_of(open_sqlite_store(path_, clock_, IfAbsent::kRefuse)); };
  EXPECT_EQ(refusing(), "store.missing");
  EXPECT_FALSE(std::filesystem::exists(path_)) << "the next start must say the same";
  for (const char* content : {"", "x"}) {
    write_database(content);
    EXPECT_EQ(refusing(), "store.missing");
    EXPECT_EQ(read_database(), content);
  }
  write_database("");
  fill(3);
  EXPECT_EQ(refusing(), "ok");
}

TEST_F(SqliteStore, NoticesThatTheLogWithAllItsTablesIsGone) {
  const auto store = open();  // which writes its log into the file only when it is closed
  ASSERT_TRUE((*store)->put("space", "key", as_bytes("value"), Expiry::never()).has_value());
  const std::string without_log = folder_ / "without-log.db";
  std::filesystem::copy_file(path_, without_log);
  EXPECT_EQ(code_of(open_sqlite_store(without_log, clock_, IfAbsent::kRefuse)), "store.missing");
}

TEST_F(SqliteStore, KeepsTheLogBesideAnEmptyFile) {
  const auto store = open();
  ASSERT_TRUE((*store)->put("space", "key", as_bytes("value"), Expiry::never()).has_value());
  const std::string emptied = folder_ / "emptied.db";
  std::ofstream(emptied).flush();
  std::filesystem::copy_file(path_ + "-wal", emptied + "-wal");
  EXPECT_EQ(code_of(open_sqlite_store(emptied, clock_, IfAbsent::kRefuse)), "store.missing");
  EXPECT_GT(std::filesystem::file_size(emptied + "-wal"), 0U);
}

TEST_F(SqliteStore, NoticesEveryTruncation) {
  fill(100);
  const std::string whole = read_database();
  ASSERT_GT(whole.size(), 100'000U);
  // SQLite takes files of no and of one octet for new ones.
  for (std::size_t size = 2; size < whole.size(); size += 1'021) {
    write_database(whole.substr(0, size));
    EXPECT_TRUE(survives_damage(100)) << size;
  }
  write_database(whole);
  EXPECT_FALSE(survives_damage(100));
}

TEST_F(SqliteStore, NoticesAPageOfGarbageOrZeros) {
  fill(100);
  const std::string whole = read_database();
  for (std::size_t page = 0; page < whole.size() / 4'096; ++page) {
    for (const char filler : {'\xff', '\0'}) {
      std::string damaged = whole;
      damaged.replace(page * 4'096, 4'096, 4'096, filler);
      write_database(damaged);
      EXPECT_TRUE(survives_damage(100)) << page;
    }
  }
}

TEST_F(SqliteStore, AFlippedBitNeverChangesARecord) {
  fill(20);
  const std::string whole = read_database();
  int noticed = 0;
  for (std::size_t i = 0; i < whole.size(); i += 1 + whole.size() / 400) {
    std::string damaged = whole;
    damaged[i] = static_cast<char>(damaged[i] ^ (1 << (i % 8)));
    write_database(damaged);
    noticed += survives_damage(20) ? 1 : 0;  // Some octets of the file mean nothing.
  }
  EXPECT_GT(noticed, 150);
}

TEST_F(SqliteStore, DamageDuringServiceIsAnErrorToo) {
  fill(200);
  const auto store = open();
  ASSERT_TRUE(store.has_value());
  std::string damaged = read_database();
  damaged.replace(4'096, damaged.size() - 4'096, damaged.size() - 4'096, '\xff');
  std::fstream(path_, std::ios::binary | std::ios::in | std::ios::out) << damaged;
  EXPECT_EQ(code_of((*store)->get("space", "key150")), "store.corrupt");
  EXPECT_EQ(code_of((*store)->list("space", "", "", 1'000)), "store.corrupt");
  EXPECT_EQ(code_of(open()), "store.corrupt");
}

TEST_F(SqliteStore, SaysWhenItCannotOpenTheFile) {
  path_ = folder_ / "absent/store.db";
  EXPECT_EQ(open_code(), "store.io");
  path_ = folder_ / "folder.db";
  std::filesystem::create_directory(path_);
  EXPECT_EQ(open_code(), "store.io");
  std::ofstream(folder_ / "file") << "x";
  path_ = folder_ / "file/store.db";
  EXPECT_EQ(open_code(), "store.io");
}

TEST_F(SqliteStore, GivesUpOnALockHeldForEver) {
  const auto store = open();
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(path_.c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  EXPECT_EQ(code_of((*store)->put("space", "key", {}, Expiry::never())), "store.io");
  EXPECT_TRUE((*store)->get("space", "key").has_value()) << "readers do not wait for writers";
  sqlite3_close(other);
  EXPECT_EQ(code_of((*store)->put("space", "key", {}, Expiry::never())), "ok");
}

}  // namespace
}  // namespace avouch::store
