// Real PostgreSQL and Redis servers for the tests: each in a temporary folder, started when first asked for, ended by
// its process id. Where one is not installed its tests are skipped, and say so.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "store/backends.h"
#include "store/postgres_connection.h"
#include "store/redis_connection.h"

namespace avouch::store {

inline std::string find_program(const std::vector<std::string>& folders, const std::string& name) {
  for (const std::string& folder : folders) {
    if (::access((folder + "/" + name).c_str(), X_OK) == 0) return folder + "/" + name;
  }
  return "";
}

// A server, its folder and its process.
class TestServer {
 public:
  TestServer() {
    std::string name = (::access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp") + std::string("/avouch-server-XXXXXX");
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    folder_ = name;
  }
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;
  virtual ~TestServer() {
    kill(SIGKILL);
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  // Why there is none: empty if there is one.
  const std::string& missing() const { return missing_; }
  const std::string& url() const { return url_; }
  void kill(int signal) {
    if (process_ <= 0) return;
    ::kill(process_, signal);
    ::waitpid(process_, nullptr, 0);
    process_ = -1;
  }
  virtual void start() = 0;

 protected:
  // Runs a program as a user who is not root, if there is one, since PostgreSQL refuses root.
  pid_t launch(const std::vector<std::string>& argv, const passwd* user) const {
    const pid_t child = ::fork();
    if (child != 0) return child;
    std::vector<char*> words;
    for (const std::string& word : argv) words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    const int log = ::open((folder_ + "/log").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0666);
    ::dup2(log, 1);
    ::dup2(log, 2);
    if (user != nullptr && (::setgroups(0, nullptr) != 0 || ::setgid(user->pw_gid) != 0 || ::setuid(user->pw_uid) != 0))
      ::_exit(126);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::chdir(folder_.c_str()) != 0) ::_exit(126);
    ::execv(words[0], words.data());
    ::_exit(127);
  }
  bool run(const std::vector<std::string>& argv, const passwd* user) const {
    int status = 0;
    return ::waitpid(launch(argv, user), &status, 0) > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }
  // Asks until it answers.
  template <class Ask>
  void wait_until(Ask ask) {
    for (int i = 0; i < 2'000; ++i) {
      if (ask()) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    std::fprintf(stderr, "the server in %s does not answer\n", folder_.c_str());
    std::abort();
  }

  std::string folder_, url_, missing_;
  pid_t process_ = -1;
};

class PostgresServer final : public TestServer {
 public:
  PostgresServer() {
    std::vector<std::string> folders;
    for (const char* version : {"18", "17", "16", "15", "14"}) {
      folders.push_back("/usr/lib/postgresql/" + std::string(version) + "/bin");
    }
    initdb_ = find_program(folders, "initdb");
    postgres_ = find_program(folders, "postgres");
    user_ = ::getuid() == 0 ? ::getpwnam("postgres") : nullptr;
    if (initdb_.empty() || postgres_.empty()) missing_ = "PostgreSQL is not installed (package postgresql)";
    if (::getuid() == 0 && user_ == nullptr) missing_ = "root cannot run PostgreSQL, and there is no user postgres";
    if (!missing_.empty()) return;
    if (user_ != nullptr && ::chown(folder_.c_str(), user_->pw_uid, user_->pw_gid) != 0) std::abort();
    if (!run({initdb_, "-D", folder_ + "/data", "-U", "avouch", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"},
             user_))
      std::abort();
    url_ = "postgres://avouch@/postgres?host=" + folder_;
    start();
  }
  void start() override {
    process_ = launch(
        {postgres_, "-D", folder_ + "/data", "-k", folder_, "-c", "listen_addresses=", "-c", "max_connections=200"},
        user_);
    wait_until([this] { return PostgresConnection::open(url_, operation_deadline()).has_value(); });
  }
  // Forgets all records.
  void reset() const {
    auto connection = PostgresConnection::open(url_, operation_deadline());
    if (!connection.has_value() ||
        !(*connection)->execute("DROP SCHEMA IF EXISTS avouch CASCADE", operation_deadline()).has_value())
      std::abort();
  }

 private:
  std::string initdb_, postgres_;
  const passwd* user_ = nullptr;
};

class RedisServer final : public TestServer {
 public:
  RedisServer() {
    program_ = find_program({"/usr/bin", "/usr/local/bin"}, "redis-server");
    if (program_.empty()) program_ = find_program({"/usr/bin", "/usr/local/bin"}, "valkey-server");
    if (program_.empty()) missing_ = "Redis is not installed (package redis-server)";
    if (!missing_.empty()) return;
    port_ = free_port();
    url_ = "redis://127.0.0.1:" + port_;
    start();
  }
  void start() override {
    process_ = launch({program_, "--bind", "127.0.0.1", "--port", port_, "--save", "", "--appendonly", "yes",
                       "--appendfsync", "always", "--dir", folder_},
                      nullptr);
    wait_until([this] { return ask({"PING"}).has_value(); });
  }
  void reset() const {
    if (!ask({"FLUSHALL"}).has_value()) std::abort();
  }
  Result<RedisReply> ask(const RedisConnection::Words& words) const {
    const RedisUrl url = TRY(parse_redis_url(url_));
    const auto connection = TRY(RedisConnection::open(url, operation_deadline()));
    return connection->ask(words, operation_deadline());
  }

 private:
  static std::string free_port() {
    const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(socket, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0)
      std::abort();
    ::close(socket);
    return std::to_string(ntohs(address.sin_port));
  }
  std::string program_, port_;
};

inline PostgresServer& postgres_server() {
  static PostgresServer server;
  return server;
}
inline RedisServer& redis_server() {
  static RedisServer server;
  return server;
}

// A test's folder stands for an empty server: the first one who opens the store empties it, in whatever process he is.
template <class Server>
void reset_once(const Server& server, const std::string& marker) {
  const int file = ::open(marker.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  ::flock(file, LOCK_EX);
  struct stat info {};
  if (::fstat(file, &info) == 0 && info.st_size == 0) {
    server.reset();
    if (::write(file, "x", 1) != 1) std::abort();
  }
  ::close(file);
}

}  // namespace avouch::store
