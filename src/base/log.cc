#include "base/log.h"

#include <poll.h>
#include <unistd.h>

#include <climits>

#include "base/limits.h"

namespace avouch {
namespace {

// pipe(7): one that has room for anything has room for so much, and takes it whole.
static_assert(limits::kLogLineBytes <= PIPE_BUF);
constexpr std::string_view kCut = "...";
constexpr std::size_t kEscapeBytes = 6;  // "\\u00ff"
// Beyond this no further character is begun: what ends a value and a line still fits.
constexpr std::size_t kFullBytes =
    limits::kLogLineBytes - kEscapeBytes - kCut.size() - std::string_view("\"}\n").size();
constexpr std::size_t kSmallFieldBytes = 32;  // punctuation, and a number of 64 bits

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

void append_escaped(std::string& line, char c) {
  static constexpr char kHex[] = "0123456789abcdef";
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

// Quotes a text so that it can neither break out of its line nor out of JSON: a peer's bytes may be in it.
void append_quoted(std::string& line, std::string_view text) {
  line += '"';
  for (const char c : text) {
    if (line.size() > kFullBytes) {
      line += kCut;
      break;
    }
    append_escaped(line, c);
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

std::string Log::line_of(LogLevel level, std::string_view event, Fields fields) const {
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
    if (line.size() + field.name.size() + kSmallFieldBytes > kFullBytes) break;
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
  return line;
}

// Whether the line is out. O_NONBLOCK would not do: it would hold for all who share the pipe or the terminal.
bool Log::write_now(std::string_view line) const {
  pollfd output{fd_, POLLOUT, 0};
  if (::poll(&output, 1, 0) != 1 || (output.revents & POLLOUT) == 0) return false;
  const ssize_t written = ::write(fd_, line.data(), line.size());
  is_torn_ = 0 < written && static_cast<std::size_t>(written) < line.size();
  return written == static_cast<ssize_t>(line.size());
}

void Log::write(LogLevel level, std::string_view event, Fields fields) const {
  if (!enabled(level)) return;
  const std::string line = line_of(level, event, fields);
  const std::scoped_lock lock(mutex_);
  if (lost_count_ > 0) {
    const std::string lost = line_of(LogLevel::kWarn, "log.lost", {{"lines", static_cast<std::int64_t>(lost_count_)}});
    if (!write_now(is_torn_ ? "\n" + lost : lost)) {
      ++lost_count_;
      return;
    }
    lost_count_ = 0;
  }
  if (!write_now(line)) ++lost_count_;
}

}  // namespace avouch
