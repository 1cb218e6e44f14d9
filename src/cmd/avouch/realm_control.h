// How a process inside a running realm extends a measurement: what RSI_MEASUREMENT_EXTEND is on real hardware. A socket
// in the realm's private file system, named by the environment variable AVOUCH_REALM; only its own user may use it.
// One packet each way: the index as an octet and then the data; the answer is "ok" or says what was wrong.
#pragma once

#include <functional>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace avouch::cmd {

inline constexpr const char* kRealmVariable = "AVOUCH_REALM";

class RealmControl {
 public:
  using Extend = std::function<Status(std::size_t index, Bytes data)>;

  //   fails   kUnavailable: realm.control
  static Result<RealmControl> listen(const std::string& path, Extend extend);

  RealmControl(RealmControl&& other) noexcept;
  RealmControl& operator=(RealmControl&&) = delete;
  ~RealmControl();

  int descriptor() const { return fd_; }  // readable when a caller waits
  void serve() const;                     // answers one caller, who has limits::kRealmControlWait to speak

 private:
  RealmControl(int fd, Extend extend) : fd_(fd), extend_(std::move(extend)) {}
  int fd_;
  Extend extend_;
};

// The other side.
//   data    at most limits::kRealmExtendBytes
//   fails   kRequest: realm.extend (too much data, or refused by the realm);  kUnavailable: realm.control
Status extend_realm(const std::string& path, std::size_t index, Bytes data);

}  // namespace avouch::cmd
