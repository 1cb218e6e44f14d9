// A config file of any content: it is refused by name, or what it says stays within bounds and opens nothing unasked.
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/check.h"
#include "cmd/avouchd/config.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using avouch::broker::AdminOptions;
  const int file = ::memfd_create("config", 0);
  CHECK(file >= 0 && ::write(file, data, size) == static_cast<ssize_t>(size));
  const std::string path = "/proc/self/fd/" + std::to_string(file);
  const avouch::Result<avouch::cmd::Config> config = avouch::cmd::read_config(path);
  for (const auto role : {avouch::cmd::Role::kVerifier, avouch::cmd::Role::kReferenceValues}) {
    const avouch::Result<avouch::cmd::Config> other = avouch::cmd::read_config_of(role, path);
    CHECK(other.has_value() ? other->role == role : other.error().blame == avouch::Blame::kRequest);
  }
  ::close(file);
  if (!config.has_value()) {
    CHECK(config.error().blame == avouch::Blame::kRequest);
    CHECK(config.error().detail.find(path) != std::string::npos);
    return 0;
  }
  CHECK(config->body_limit_bytes <= std::size_t{1024} * 1024 * 1024 && config->worker_count <= 1024);
  CHECK(config->token_leeway.count() >= 0 && config->token_leeway <= std::chrono::minutes(5));
  CHECK(config->session_lifetime.count() > 0 && config->signer.lifetime.count() > 0);
  CHECK(config->tls_private_key_file.empty() == config->tls_certificate_file.empty());
  const std::string_view text = avouch::as_text({data, size});
  const bool says_open = text.find("llow") != std::string_view::npos || text.find('\\') != std::string_view::npos;
  CHECK(config->admin.mode != AdminOptions::Mode::kInsecureAllowAll || says_open);
  return 0;
}
