// The data directory: where a server that nobody configured keeps its database and keys, and where the tools of the
// same user look for them.
#pragma once

#include <chrono>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "crypto/key.h"
#include "store/descriptor.h"

namespace avouch::cmd {

// /var/lib/avouch for root, else $XDG_DATA_HOME/avouch or ~/.local/share/avouch; "" where HOME is not set.
std::string default_data_directory();

class DataDirectory {
 public:
  // Makes the folder (0700) when absent.   fails   kUnavailable: data.folder (not ours to make, or to
  // write; or others may write it, and with it our keys)
  static Result<DataDirectory> open(const std::string& path);

  const std::string& path() const { return path_; }
  std::string database() const { return path_ + "/avouch.db"; }
  std::string master_key_file() const { return path_ + "/master.key"; }
  std::string token_key_file() const { return path_ + "/token.key"; }
  std::string admin_key_file() const { return path_ + "/admin.key"; }
  std::string admin_token_file() const { return path_ + "/admin-token"; }

  // The right to serve from this folder, for as long as the descriptor is open: it ends with the process, however that
  // ends.   fails   kUnavailable: data.locked (another has it), data.folder
  Result<store::Descriptor> lock() const;

  // Each is made on first use (0600) and kept.
  //   fails   kRequest: key.pem, key.mode (others may read it), data.master-key, file.unreadable, file.too-large
  //           kUnavailable: file.write
  Result<crypto::PrivateKey> admin_key() const;  // Ed25519
  Result<crypto::PrivateKey> token_key() const;  // EC P-256
  Result<Secret> master_key() const;             // 32 octets

  // Writes a fresh admin token, good for `lifetime`, to admin_token_file().
  Status write_admin_token(Instant now, std::chrono::seconds lifetime) const;

 private:
  explicit DataDirectory(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

// 32 octets in base64.   fails   kRequest: key.mode, data.master-key, file.*
Result<Secret> read_master_key(const std::string& file);

inline constexpr std::chrono::hours kAdminTokenLifetime{1};
inline constexpr std::chrono::minutes kAdminTokenRenewal{30};

}  // namespace avouch::cmd
