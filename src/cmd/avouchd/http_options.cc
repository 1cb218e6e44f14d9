#include "cmd/avouchd/http_options.h"

#include <sys/resource.h>

#include <algorithm>
#include <thread>

#include "base/limits.h"
#include "cmd/avouchd/inputs.h"

namespace avouch::cmd {
namespace {

std::size_t worker_count(const Config& config, Waiting waiting) {
  constexpr std::size_t kWorkersMin = 2;  // so that one long policy leaves a worker for the others
  if (config.worker_count != 0) return config.worker_count;
  const std::size_t least = waiting == Waiting::kForOthers ? limits::kWaitingWorkers : kWorkersMin;
  return std::max<std::size_t>(least, std::thread::hardware_concurrency());
}

// Reading and writing takes a fifth of what the work behind it takes; fewer loops find more to do each time they wake.
std::size_t loop_count() {
  return std::max<std::size_t>(1, std::thread::hardware_concurrency() / 2);
}

// As many connections as may be open at once. The store keeps its files: a flood of connections must not take them.
std::size_t connection_count(const Log& log) {
  constexpr rlim_t kOtherFiles = 128, kLeast = 16;
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur >= limits::kHttpConnections + kOtherFiles) {
    return limits::kHttpConnections;
  }
  const rlim_t count = std::max(files.rlim_cur, kOtherFiles + kLeast) - kOtherFiles;
  log.warn("http.few-connections", {{"count", static_cast<std::int64_t>(count)},
                                    {"reason", "the limit of open files (ulimit -n) allows no more"}});
  return count;
}

}  // namespace

Result<edge::HttpServerOptions> http_options(const Config& config, Waiting waiting, const Log& log) {
  edge::HttpServerOptions options;
  options.addresses = config.addresses;
  options.body_limit_bytes = config.body_limit_bytes;
  options.loop_count = loop_count();
  options.worker_count = worker_count(config, waiting);
  options.connection_count = connection_count(log);
  if (!config.tls_certificate_file.empty()) options.tls = TRY(load_tls_identity(config));
  return options;
}

}  // namespace avouch::cmd
