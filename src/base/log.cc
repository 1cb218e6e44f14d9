#include "base/log.h"

#include <unistd.h>

namespace avouch {
namespace {

const char* name_of(LogLevel level) {
  switch (level) {
    case LogLevel::kTrace:
      return "trace";
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarn:
      return "warn";
    case LogLevel::kError:
      return "error";
    case LogLevel::kOff:
      break;
  }
  return "off";
}

// Quotes a text so that it can neither break out of its line nor out of JSON: a peer's bytes may be in it.
void append_quoted(std::string& line, std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  line += '"';
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      line += '\\';
      line += c;
    } else if (octet < 0x20 || octet >= 0x7f) {
      line += "\\u00";
      line += kHex[octet >> 4];
      line += kHex[octet & 15];
    } else {
      line += c;
    }
  }
  line += '"';
}

}  // namespace

Log::Log(const Clock& clock, LogLevel level, LogFormat format, int fd)
    : clock_(clock), level_(level), format_(format), fd_(fd) {}

void Log::debug(std::string_view event, std::initializer_list<LogField> fields) const {
  write(LogLevel::kDebug, event, fields);
}
void Log::info(std::string_view event, std::initializer_list<LogField> fields) const {
  write(LogLevel::kInfo, event, fields);
}
void Log::warn(std::string_view event, std::initializer_list<LogField> fields) const {
  write(LogLevel::kWarn, event, fields);
}
void Log::error(std::string_view event, std::initializer_list<LogField> fields) const {
  write(LogLevel::kError, event, fields);
}

void Log::write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) const {
  if (!enabled(level)) return;
  const bool json = format_ == LogFormat::kJson;
  std::string line = json ? "{\"time\":\"" : "";
  line += to_rfc3339(clock_.now());
  line += json ? "\",\"level\":\"" : " ";
  line += name_of(level);
  line += json ? "\",\"event\":" : " ";
  if (json) {
    append_quoted(line, event);
  } else {
    line += event;
  }
  for (const LogField& field : fields) {
    line += json ? ",\"" : " ";
    line += field.name;
    line += json ? "\":" : "=";
    if (field.is_number) {
      line += field.value;
    } else {
      append_quoted(line, field.value);
    }
  }
  line += json ? "}\n" : "\n";
  // A log that cannot be written must not stop a server: there is nobody left to tell.
  [[maybe_unused]] const ssize_t written = ::write(fd_, line.data(), line.size());
}

}  // namespace avouch
