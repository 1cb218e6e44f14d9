// Submitted sessions: what clients may still ask for after they have brought their evidence. A session that waits is
// not in here: its id is itself the sealed session (appraise/session.h), and costs nothing.
#pragma once

#include <cstddef>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/clock.h"

namespace avouch::dialect::veraison {

enum class State : unsigned char { kWaiting, kProcessing, kComplete, kFailed };
const char* to_string(State state);  // "waiting"

struct Submitted {
  State state = State::kProcessing;
  std::string media_type;
  Buffer evidence;
  std::string result;  // an EAR, once complete
};

// A memory with a bound on its octets, which forgets the oldest first: who brings evidence gets the result with the
// answer, and needs this only to see it again. Thread safe.
class SubmittedSessions {
 public:
  SubmittedSessions(std::size_t bytes_max, const Clock& clock) : bytes_max_(bytes_max), clock_(clock) {}

  // Whether this is the first evidence of the session; it then stands there as being processed.
  bool begin(const Buffer& nonce, Instant expires_at, Submitted submitted);
  // What became of it, if it was not forgotten or erased in the meantime.
  void finish(const Buffer& nonce, State state, std::string result);
  std::optional<Submitted> find(const Buffer& nonce) const;
  bool erase(const Buffer& nonce);  // whether it was there

 private:
  struct Entry {
    Submitted submitted;
    Instant expires_at;
    std::size_t size_bytes;
    std::list<Buffer>::iterator place;  // in order_
  };
  using Entries = std::map<Buffer, Entry>;
  static std::size_t size_of(const Buffer& nonce, const Submitted& submitted);
  void drop(Entries::iterator entry);
  void make_room();

  const std::size_t bytes_max_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  Entries entries_;
  std::list<Buffer> order_;  // the nonces of entries_, oldest first
  std::size_t held_bytes_ = 0;
};

}  // namespace avouch::dialect::veraison
