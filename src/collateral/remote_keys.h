// RemoteKeys: keys that an https URL gives, fetched by a thread of its own: at once, then every kKeysRefresh, sooner
// after a failure, and sooner, but not more often than every kKeysAskedAgain, when look_again() says so. While fetching
// fails, the keys of before count until they are kKeysAgeMax old.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/result.h"
#include "collateral/key_source.h"
#include "net/tls.h"

namespace avouch::collateral {

enum class KeysForm : unsigned char {
  kJwkSet,  // RFC 7517; or the URL of an OpenID provider, whose discovery document names its set
  kPem,     // one public key
};

struct RemoteKeysOptions {
  std::string url;  // https
  KeysForm form = KeysForm::kJwkSet;
  net::TlsTrust trust;  // whom to believe
  std::chrono::milliseconds refresh = limits::kKeysRefresh;
  std::chrono::milliseconds retry = limits::kKeysRetry;
  std::chrono::milliseconds asked_again = limits::kKeysAskedAgain;
  std::chrono::milliseconds age_max = limits::kKeysAgeMax;
};

// Fetches once. Of a set, keys that we cannot use, or that are not for signatures, are passed over.
//   fails   kRequest: url.parse; kUnavailable: http.*, jwk.fetch (an answer other than 200, or without a usable key)
Result<std::vector<NamedKey>> fetch_keys(const RemoteKeysOptions& options);

class RemoteKeys final : public KeySource {
 public:
  RemoteKeys(RemoteKeysOptions options, const Clock& clock, const Log& log);
  ~RemoteKeys() override;  // waits for a fetch that is under way

  std::shared_ptr<const std::vector<NamedKey>> keys() const override;
  void look_again() const override;
  // Until the first fetch has ended, well or not, or the time is over; whether there are keys.
  bool wait(std::chrono::milliseconds at_most) const;

 private:
  void run();
  void take(Result<std::vector<NamedKey>> fetched);

  const RemoteKeysOptions options_;
  const Clock& clock_;
  const Log& log_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::shared_ptr<const std::vector<NamedKey>> keys_;
  Uptime fetched_at_{};
  bool has_tried_ = false, is_ending_ = false;
  mutable bool is_asked_ = false;
  std::thread thread_;
};

}  // namespace avouch::collateral
