#include "cmd/common/process.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace avouch::cmd {

void open_standard_descriptors() {
  int descriptor = ::open("/dev/null", O_RDWR);
  while (0 <= descriptor && descriptor <= STDERR_FILENO) descriptor = ::open("/dev/null", O_RDWR);
  if (descriptor >= 0) ::close(descriptor);
}

void forbid_core_dumps() {
  ::prctl(PR_SET_DUMPABLE, 0);
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
}

void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

int finish(const char* program, int code) {
  const bool is_out = std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
  if (is_out || code != 0) return code;
  std::fprintf(stderr, "%s: the output could not be written: %s\n", program, std::strerror(errno));
  return 3;
}

}  // namespace avouch::cmd
