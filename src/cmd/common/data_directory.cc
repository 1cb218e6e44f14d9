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
  Secret content(TRY(read_file(file, kKeyFileBytesMax)));
  struct stat info {};
  ENSURE(::stat(file.c_str(), &info) == 0 && (info.st_mode & S_IRWXO) == 0,
         Error{Blame::kRequest, "key.mode",
               file + ": everybody may use this key: chmod 600 it, or have a new one made if they should not have it"});
  return content;
}

// What a key's file holds; what `make` returns is put there first if there is none. A file that is there and cannot be
// read is never replaced.
Result<Secret> load_or_make(const std::string& file, const std::function<Secret()>& make) {
  Result<Secret> content = read_key_file(file);
  if (content.has_value() || content.error().code != std::string_view("file.missing")) return content;
  const Secret fresh = make();
  TRY(write_file(file, fresh.reveal(), 0600));
  return read_key_file(file);
}

Result<crypto::PrivateKey> key_pair(const std::string& file, const std::function<crypto::PrivateKey()>& make) {
  const Secret pem = TRY(load_or_make(file, [&make] { return make().to_pkcs8_pem(); }));
  Result<crypto::PrivateKey> key = crypto::PrivateKey::from_pem(as_text(pem.reveal()));
  ENSURE(key.has_value(), Error{Blame::kRequest, "key.pem",
                                file + ": " + key.error().detail +
                                    ": restore it from a backup, or move it away to have a new one made"});
  return key;
}

Result<Secret> parse_master_key(const std::string& file, const Secret& text) {
  std::string_view encoded = as_text(text.reveal());
  if (encoded.ends_with('\n')) encoded.remove_suffix(1);
  Result<Buffer> key = codec::from_base64(encoded);
  ENSURE(
      key.has_value() && key->size() == crypto::kAesKeyBytes,
      Error{Blame::kRequest, "data.master-key", file + " does not hold 32 octets in base64: restore it from a backup"});
  return Secret(*std::move(key));
}

// Who, beside us, root and a group that has rights, could put a key of their own in the place of ours; null for nobody.
// To root every user's folder is as good: whoever named it could name another.
const char* who_else_may_write(const std::string& folder) {
  struct stat info {};
  if (::stat(folder.c_str(), &info) != 0) return "it is gone";
  if ((info.st_mode & S_IWOTH) != 0) return "everybody may put keys there: chmod 700 it, or take a folder below it";
  const bool is_ours = info.st_uid == ::geteuid() || info.st_uid == 0 || ::geteuid() == 0;
  return is_ours ? nullptr : "it belongs to another user, who may put keys there";
}

}  // namespace

std::string default_data_directory() {
  if (::geteuid() == 0) return "/var/lib/avouch";
  if (const char* data_home = std::getenv("XDG_DATA_HOME"); data_home != nullptr && *data_home == '/') {
    return std::string(data_home) + "/avouch";
  }
  const char* home = std::getenv("HOME");
  // Not somewhere that everybody may write: whoever was there first would be our administrator.
  return home != nullptr && *home != '\0' ? std::string(home) + "/.local/share/avouch" : "";
}

Result<DataDirectory> DataDirectory::open(const std::string& path) {
  const auto unusable = [](const std::string& problem) {
    return Error{Blame::kUnavailable, "data.folder",
                 problem + ": name a folder that this user may write, with --data-dir"};
  };
  ENSURE(!path.empty(), unusable("HOME is not set"));
  const Status made = make_folder(path, 0700);
  ENSURE(made.has_value(), unusable(made.error().detail));
  ENSURE(::access(path.c_str(), R_OK | W_OK | X_OK) == 0, unusable(path + ": " + std::strerror(errno)));
  if (const char* problem = who_else_may_write(path)) return unusable(path + ": " + problem);
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
  return key_pair(admin_key_file(), [] { return crypto::PrivateKey::generate_ed25519(); });
}

Result<crypto::PrivateKey> DataDirectory::token_key() const {
  return key_pair(token_key_file(), [] { return crypto::PrivateKey::generate_ec(crypto::Curve::kP256); });
}

Result<Secret> DataDirectory::master_key() const {
  const std::string file = master_key_file();
  const Secret text = TRY(load_or_make(file, [] {
    const Secret fresh(crypto::random_bytes(crypto::kAesKeyBytes));
    return Secret(to_buffer(as_bytes(codec::to_base64(fresh.reveal()) + "\n")));
  }));
  return parse_master_key(file, text);
}

Result<Secret> read_master_key(const std::string& file) {
  const Secret text = TRY(read_key_file(file));
  return parse_master_key(file, text);
}

Status DataDirectory::write_admin_token(Instant now, std::chrono::seconds lifetime) const {
  const crypto::PrivateKey key = TRY(admin_key());
  const std::string token = TRY(broker::make_admin_token(key, broker::kOwnIssuer, broker::kAdminRole, now, lifetime));
  return write_file(admin_token_file(), as_bytes(token + "\n"), 0600);
}

}  // namespace avouch::cmd
