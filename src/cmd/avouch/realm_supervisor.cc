#include "cmd/avouch/realm_supervisor.h"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>

namespace avouch::cmd {
namespace {

constexpr int kNotFound = 127;
constexpr int kNotRunnable = 126;
constexpr std::array<int, 6> kForwarded = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2};

Error failed(const char* step) {
  return Error{Blame::kUnavailable, "realm.command", std::string(step) + ": " + std::strerror(errno)};
}

// Signals that wait in a descriptor instead of interrupting, for as long as this lives.
class HeldSignals {
 public:
  HeldSignals() {
    ::signal(SIGCHLD, SIG_DFL);  // Whoever started us may have left it ignored: then no exit code could be had.
    sigset_t held;
    sigemptyset(&held);
    sigaddset(&held, SIGCHLD);
    for (const int signal : kForwarded) sigaddset(&held, signal);
    sigprocmask(SIG_BLOCK, &held, &before_);
    fd_ = ::signalfd(-1, &held, SFD_CLOEXEC | SFD_NONBLOCK);
  }
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;
  ~HeldSignals() {
    if (fd_ >= 0) ::close(fd_);
    restore();
  }
  void restore() const { sigprocmask(SIG_SETMASK, &before_, nullptr); }
  int descriptor() const { return fd_; }

  // Passes what came on to the command. The terminal's own (Ctrl-C) reach it without us.
  void forward(pid_t command) const {
    signalfd_siginfo signal{};
    while (::read(fd_, &signal, sizeof signal) == static_cast<ssize_t>(sizeof signal)) {
      if (signal.ssi_signo == SIGCHLD || signal.ssi_code == SI_KERNEL) continue;
      ::kill(command, static_cast<int>(signal.ssi_signo));
    }
  }

 private:
  sigset_t before_;
  int fd_;
};

[[noreturn]] void become(const Supervised& supervised, const HeldSignals& signals, pid_t supervisor) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != supervisor) ::_exit(kNotRunnable);  // It died before prctl took effect.
  signals.restore();
  ::setenv(kRealmVariable, supervised.control_path.c_str(), 1);
  std::vector<char*> arguments;
  for (const std::string& argument : supervised.command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  ::execvp(arguments[0], arguments.data());
  const int code = errno == ENOENT ? kNotFound : kNotRunnable;
  std::fprintf(stderr, "avouch realm run: %s: %s\n", arguments[0], std::strerror(errno));
  ::_exit(code);
}

// The exit code of the command, if it has ended.
std::optional<int> ended(pid_t command) {
  int status = 0;
  if (::waitpid(command, &status, WNOHANG) != command) return std::nullopt;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

Result<int> serve_until_end(pid_t command, const HeldSignals& signals, RealmFuse& fuse, const RealmControl& control) {
  for (;;) {
    std::array<pollfd, 3> events = {
        {{signals.descriptor(), POLLIN, 0}, {fuse.descriptor(), POLLIN, 0}, {control.descriptor(), POLLIN, 0}}};
    if (::poll(events.data(), events.size(), -1) < 0 && errno != EINTR) return failed("poll");
    if (events[0].revents != 0) {
      signals.forward(command);
      if (const std::optional<int> code = ended(command)) return *code;
    }
    if (events[1].revents != 0) TRY(fuse.serve());
    if (events[2].revents != 0) control.serve();
  }
}

}  // namespace

Result<int> supervise(const Supervised& supervised, RealmFuse& fuse, const RealmControl& control) {
  const HeldSignals signals;
  ENSURE(signals.descriptor() >= 0, failed("signalfd"));
  const pid_t supervisor = ::getpid();
  const pid_t command = ::fork();
  ENSURE(command >= 0, failed("fork"));
  if (command == 0) become(supervised, signals, supervisor);
  Result<int> code = serve_until_end(command, signals, fuse, control);
  if (!code.has_value()) {  // A command without its realm must not go on.
    ::kill(command, SIGKILL);
    ::waitpid(command, nullptr, 0);
  }
  return code;
}

}  // namespace avouch::cmd
