// Structured logging: one line an event, as text or JSON, written with one write(2) so that lines never mix.
// Never pass a secret, a token or a key: a test scans logs for planted secrets.
// Nobody waits for a log: a line for which a pipe, socket or terminal has no room now, because its reader has stopped,
// is left out and counted, and the next one that gets through stands behind the event "log.lost" with that number. Only
// a file is waited for, as long as its disk takes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <mutex>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace avouch {

enum class LogLevel : unsigned char { kTrace, kDebug, kInfo, kWarn, kError, kOff };
enum class LogFormat : unsigned char { kText, kJson };

struct LogField {
  LogField(std::string_view key, std::string_view text) : name(key), value(text) {}
  LogField(std::string_view key, const char* text) : name(key), value(text) {}
  LogField(std::string_view key, std::int64_t number) : name(key), value(std::to_string(number)), is_number(true) {}
  std::string_view name;
  std::string value;
  bool is_number = false;
};

// Thread safe.
class Log {
 public:
  // Writes to file descriptor `fd`, events of `level` and above. A line has at most limits::kLogLineBytes: values are
  // cut ("...") so that it does.
  Log(const Clock& clock, LogLevel level, LogFormat format, int fd = 2);

  void debug(std::string_view event, std::initializer_list<LogField> fields = {}) const;
  void info(std::string_view event, std::initializer_list<LogField> fields = {}) const;
  void warn(std::string_view event, std::initializer_list<LogField> fields = {}) const;
  void error(std::string_view event, std::initializer_list<LogField> fields = {}) const;
  bool enabled(LogLevel level) const { return level >= level_; }

 private:
  using Fields = std::initializer_list<LogField>;
  void write(LogLevel level, std::string_view event, Fields fields) const;
  std::string line_of(LogLevel level, std::string_view event, Fields fields) const;
  bool write_now(std::string_view line) const;
  const Clock& clock_;
  const LogLevel level_;
  const LogFormat format_;
  const int fd_;
  mutable std::mutex mutex_;
  mutable std::size_t lost_count_ = 0;  // lines since the last that got through
  mutable bool is_torn_ = false;        // the last line that was lost has left a beginning
};

}  // namespace avouch
