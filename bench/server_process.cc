#include "server_process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "base/file.h"
#include "measure.h"
#include "net/http_client.h"

namespace avouch::bench {
namespace {

using Steady = std::chrono::steady_clock;
constexpr std::chrono::seconds kStartDeadline{20};

// Of the server that runs, for a bench that gives up: its clients' threads are in the way of an orderly end.
pid_t running = -1;

void stop_running() {
  if (running > 0) ::kill(running, SIGTERM);
}

[[noreturn]] void fail(const std::string& what) {
  std::fprintf(stderr, "bench: %s\n", what.c_str());
  std::quick_exit(1);
}

// A port that was free a moment ago.
std::string free_address() {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(socket, generic, size) != 0 || ::getsockname(socket, generic, &size) != 0) fail("no free port");
  ::close(socket);
  return "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
}

bool answers(const std::string& url) {
  Result<net::HttpClient> client = net::HttpClient::make(url);
  if (!client.has_value()) return false;
  const Result<net::HttpResponse> response = client->request("GET", "/healthz");
  return response.has_value() && response->status == 200;
}

}  // namespace

ServerProcess::ServerProcess(std::string program) : program_(std::move(program)) {
  std::string name = (std::filesystem::temp_directory_path() / "avouch-bench-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) fail("no temporary folder");
  folder_ = name;
  std::at_quick_exit(stop_running);
  start();
}

ServerProcess::~ServerProcess() {
  stop();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void ServerProcess::restart() {
  stop();
  start();
}

void ServerProcess::start() {
  const std::string address = free_address();
  url_ = "http://" + address;
  const std::string data = folder_ + "/data", log = folder_ + "/log";
  const char* argv[] = {program_.c_str(), "--data-dir",  data.c_str(), "--listen", address.c_str(),
                        "--allow-sample", "--log-level", "warn",       nullptr};
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, 1, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  ::posix_spawn_file_actions_adddup2(&actions, 1, 2);
  const Steady::time_point begin = Steady::now();
  const int problem =
      ::posix_spawn(&pid_, program_.c_str(), &actions, nullptr, const_cast<char* const*>(argv), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (problem != 0) fail(program_ + " does not start");
  running = pid_;
  while (!answers(url_)) {
    if (Steady::now() - begin > kStartDeadline) fail(program_ + " does not answer: " + log);
    std::this_thread::sleep_for(std::chrono::microseconds(500));
  }
  start_milliseconds_ = std::chrono::duration<double, std::milli>(Steady::now() - begin).count();
}

void ServerProcess::stop() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGTERM);
  ::waitpid(pid_, nullptr, 0);
  pid_ = running = -1;
}

std::string ServerProcess::admin_token() const {
  std::string token = must(read_text_file(folder_ + "/data/admin-token", 64 * 1024));
  while (token.ends_with('\n')) token.pop_back();
  return token;
}

double ServerProcess::cpu_seconds() const {
  std::ifstream file("/proc/" + std::to_string(pid_) + "/stat");
  std::string text((std::istreambuf_iterator<char>(file)), {});
  std::istringstream fields(text.substr(text.rfind(')') + 2));  // proc(5): from field 3, state, on
  std::string skipped;
  for (int field = 3; field < 14; ++field) fields >> skipped;
  double user = 0, system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

std::size_t ServerProcess::resident_kib() const {
  std::ifstream file("/proc/" + std::to_string(pid_) + "/status");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("VmRSS:")) return std::stoul(line.substr(6));
  }
  fail("the server is gone");
}

}  // namespace avouch::bench
