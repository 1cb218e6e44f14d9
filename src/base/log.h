// Structured logging: one line an event, as text or JSON, written with one write(2) so that lines never mix.
// Never pass a secret, a token or a key: a test scans logs for planted secrets.
#pragma once

#include <cstdint>
#include <initializer_list>
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

class Log {
 public:
  // Writes to file descriptor `fd`, events of `level` and above.
  Log(const Clock& clock, LogLevel level, LogFormat format, int fd = 2);

  void debug(std::string_view event, std::initializer_list<LogField> fields = {}) const;
  void info(std::string_view event, std::initializer_list<LogField> fields = {}) const;
  void warn(std::string_view event, std::initializer_list<LogField> fields = {}) const;
  void error(std::string_view event, std::initializer_list<LogField> fields = {}) const;
  bool enabled(LogLevel level) const { return level >= level_; }

 private:
  void write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) const;
  const Clock& clock_;
  LogLevel level_;
  LogFormat format_;
  int fd_;
};

}  // namespace avouch
