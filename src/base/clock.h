// Time as a value that is handed in, so that tests can say what time it is.
#pragma once

#include <chrono>
#include <string>

namespace avouch {

using Instant = std::chrono::sys_time<std::chrono::milliseconds>;

// Time since the machine started, sleep included. Nobody can set it: what may not begin again when the time of day is
// put back goes by it. It means nothing on another machine, or after a restart of this one.
using Uptime = std::chrono::milliseconds;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant now() const = 0;
  // A test's clock, which is set by nobody but the test, need not tell the two apart.
  virtual Uptime uptime() const { return now().time_since_epoch(); }
};

class SystemClock final : public Clock {
 public:
  Instant now() const override;
  Uptime uptime() const override;
};

// Seconds since 1970, as JWT NumericDate wants it (RFC 7519, section 2).
std::int64_t to_unix_seconds(Instant instant);
Instant from_unix_seconds(std::int64_t seconds);  // beyond what an Instant can hold: the farthest one

// "2026-11-22T03:30:16Z" (RFC 3339) and "Sun, 22 Nov 2026 03:30:16 GMT" (RFC 9110, section 5.6.7), always UTC.
std::string to_rfc3339(Instant instant);
std::string to_http_date(Instant instant);

}  // namespace avouch
