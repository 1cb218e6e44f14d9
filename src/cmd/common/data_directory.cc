#include "cmd/common/data_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>

#include "base/file.h"
#include "broker/admin.h"
#include "codec/base64.h"
#include "crypto/encryption.h"
#include "crypto/random.h"

namespace avouch::cmd {
namespace {

constexpr std::size_t kKeyFileBytesMax = 64 * 1024;

// A key that everybody can read is nobody's. The group may: platforms that hand out volumes give theirs to a group.
Result<Secret> read_key_file(const std::string& file) {
  struct stat info {};
  if (::stat(file.c_str(), &info) == 0) {
    ENSURE(
        (info.st_mode & S_IRWXO) == 0,
        Error{Blame::kRequest, "key.mode",
              file + ": everybody may use this key: chmod 600 it, or have a new one made if they should not have it"});
  }
  return Secret(TRY(read_file(file, kKeyFileBytesMax)));
}

Result<crypto::PrivateKey> load_or_make(const std::string& file, const std::function<crypto::PrivateKey()>& make) {
  if (!file_exists(file)) {
    const crypto::PrivateKey fresh = make();
    TRY(write_file(file, fresh.to_pkcs8_pem().reveal(), 0600));
  }
  const Secret pem = TRY(read_key_file(file));
  Result<crypto::PrivateKey> key = crypto::PrivateKey::from_pem(as_text(pem.reveal()));
  ENSURE(key.has_value(), Error{Blame::kRequest, "key.pem",
                                file + ": " + key.error().detail +
                                    ": restore it from a backup, or move it away to have a new one made"});
  return key;
}

}  // namespace

std::string default_data_directory() {
  if (::geteuid() == 0) return "/var/lib/avouch";
  if (const char* data_home = std::getenv("XDG_DATA_HOME"); data_home != nullptr && *data_home == '/') {
    return std::string(data_home) + "/avouch";
  }
  const char* home = std::getenv("HOME");
  return std::string(home != nullptr ? home : "/tmp") + "/.local/share/avouch";
}

Result<DataDirectory> DataDirectory::open(const std::string& path) {
  const auto unusable = [](const std::string& problem) {
    return Error{Blame::kUnavailable, "data.folder",
                 problem + ": name a folder that this user may write, with --data-dir"};
  };
  const Status made = make_folder(path, 0700);
  ENSURE(made.has_value(), unusable(made.error().detail));
  ENSURE(::access(path.c_str(), R_OK | W_OK | X_OK) == 0, unusable(path + ": " + std::strerror(errno)));
  // What is printed of it has to be right from anywhere, too.
  std::error_code problem;
  const std::filesystem::path whole = std::filesystem::canonical(path, problem);
  ENSURE(!problem, unusable(path + ": " + problem.message()));
  return DataDirectory(whole.string());
}

Result<store::Descriptor> DataDirectory::lock() const {
  const std::string file = path_ + "/avouchd.lock";
  store::Descriptor descriptor(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  ENSURE(descriptor.is_open(), Error{Blame::kUnavailable, "data.folder", file + ": " + std::strerror(errno)});
  ENSURE(::flock(descriptor.get(), LOCK_EX | LOCK_NB) == 0,
         Error{Blame::kUnavailable, "data.locked",
               path_ + ": another avouchd serves from it: stop that one, or name another folder with --data-dir"});
  return descriptor;
}

Result<crypto::PrivateKey> DataDirectory::admin_key() const {
  return load_or_make(admin_key_file(), [] { return crypto::PrivateKey::generate_ed25519(); });
}

Result<crypto::PrivateKey> DataDirectory::token_key() const {
  return load_or_make(token_key_file(), [] { return crypto::PrivateKey::generate_ec(crypto::Curve::kP256); });
}

Result<Secret> DataDirectory::master_key() const {
  const std::string file = master_key_file();
  if (!file_exists(file)) {
    const Secret fresh(crypto::random_bytes(crypto::kAesKeyBytes));
    const Secret text(to_buffer(as_bytes(codec::to_base64(fresh.reveal()) + "\n")));
    TRY(write_file(file, text.reveal(), 0600));
  }
  const Secret text = TRY(read_key_file(file));
  std::string_view encoded = as_text(text.reveal());
  if (encoded.ends_with('\n')) encoded.remove_suffix(1);
  Result<Buffer> key = codec::from_base64(encoded);
  ENSURE(
      key.has_value() && key->size() == crypto::kAesKeyBytes,
      Error{Blame::kRequest, "data.master-key", file + " does not hold 32 octets in base64: restore it from a backup"});
  return Secret(*std::move(key));
}

Status DataDirectory::write_admin_token(Instant now, std::chrono::seconds lifetime) const {
  const crypto::PrivateKey key = TRY(admin_key());
  const std::string token = TRY(broker::make_admin_token(key, broker::kOwnIssuer, broker::kAdminRole, now, lifetime));
  return write_file(admin_token_file(), as_bytes(token + "\n"), 0600);
}

}  // namespace avouch::cmd
