#include "base/clock.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <limits>

namespace avouch {
namespace {

std::string format_utc(Instant instant, const char* format) {
  const std::time_t seconds = static_cast<std::time_t>(to_unix_seconds(instant));
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 64> text{};
  return {text.data(), std::strftime(text.data(), text.size(), format, &parts)};
}

}  // namespace

Instant SystemClock::now() const {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

Uptime SystemClock::uptime() const {
  std::timespec time{};
  ::clock_gettime(CLOCK_BOOTTIME, &time);
  return std::chrono::floor<Uptime>(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
}

std::int64_t to_unix_seconds(Instant instant) {
  return std::chrono::floor<std::chrono::seconds>(instant).time_since_epoch().count();
}

Instant from_unix_seconds(std::int64_t seconds) {
  constexpr std::int64_t kFarthest = std::numeric_limits<std::int64_t>::max() / 1000;
  return Instant(std::chrono::seconds(std::clamp(seconds, -kFarthest, kFarthest)));
}

std::string to_rfc3339(Instant instant) {
  return format_utc(instant, "%Y-%m-%dT%H:%M:%SZ");
}

std::string to_http_date(Instant instant) {
  return format_utc(instant, "%a, %d %b %Y %H:%M:%S GMT");
}

}  // namespace avouch
