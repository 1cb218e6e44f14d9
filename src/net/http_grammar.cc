#include "net/http_grammar.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/limits.h"

namespace avouch::net {
namespace {

using CharSet = std::array<bool, 256>;

constexpr bool is_alphanumeric(unsigned char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

// RFC 9110 section 5.6.2.
constexpr CharSet kTokenChars = [] {
  CharSet set{};
  for (unsigned c = 0; c < 128; ++c) set[c] = is_alphanumeric(static_cast<unsigned char>(c));
  for (const char c : std::string_view("!#$%&'*+-.^_`|~")) set[static_cast<unsigned char>(c)] = true;
  return set;
}();

// RFC 9110 section 5.5: VCHAR, obs-text, blanks.
constexpr CharSet kValueChars = [] {
  CharSet set{};
  for (unsigned c = 0x20; c < 256; ++c) set[c] = c != 0x7F;
  set['\t'] = true;
  return set;
}();

// RFC 9112 section 3.2 asks for URI characters; what else is visible does no harm. A fragment never comes here.
constexpr CharSet kTargetChars = [] {
  CharSet set{};
  for (unsigned c = 0x21; c < 0x7F; ++c) set[c] = c != '#';
  return set;
}();

bool all_in(std::string_view text, const CharSet& set) {
  return std::all_of(text.begin(), text.end(), [&](char c) { return set[static_cast<unsigned char>(c)]; });
}

char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

Error syntax(const char* problem) {
  return Error{Blame::kRequest, "http.syntax", problem};
}

// Takes a line off the front of `text`, without its CR LF.
std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find("\r\n");
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 2);
  return line;
}

Result<HeaderField> parse_field(std::string_view line) {
  const std::size_t colon = line.find(':');
  ENSURE(colon != std::string_view::npos, syntax("a header line without a colon"));
  const std::string_view name = line.substr(0, colon);
  // Refuses folded lines and blanks before the colon too: a blank is not a token (RFC 9112 sections 5.1, 5.2).
  ENSURE(is_token(name), syntax("a header name that is not a token"));
  const std::string_view value = trim_blanks(line.substr(colon + 1));
  ENSURE(is_field_value(value), syntax("a control character in a header"));
  return HeaderField(name, value);
}

}  // namespace

bool equal_ignoring_case(std::string_view left, std::string_view right) {
  return left.size() == right.size() &&
         std::equal(left.begin(), left.end(), right.begin(), [](char a, char b) { return to_lower(a) == to_lower(b); });
}

std::string_view trim_blanks(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool is_token(std::string_view text) {
  return !text.empty() && all_in(text, kTokenChars);
}
bool is_field_value(std::string_view text) {
  return all_in(text, kValueChars);
}
bool is_target_text(std::string_view text) {
  return !text.empty() && all_in(text, kTargetChars);
}

bool lists_member(const std::vector<HeaderField>& headers, std::string_view name, std::string_view member) {
  for (const HeaderField& field : headers) {
    if (!equal_ignoring_case(field.first, name)) continue;
    std::string_view rest = field.second;
    while (!rest.empty()) {
      const std::size_t comma = std::min(rest.find(','), rest.size());
      if (equal_ignoring_case(trim_blanks(rest.substr(0, comma)), member)) return true;
      rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
  }
  return false;
}

Result<std::size_t> HeadScanner::scan(std::string_view bytes) {
  static constexpr std::size_t kFirstLineBytes = limits::kHttpTargetBytes + 64;  // with a method and a version
  for (;;) {
    const std::size_t end = bytes.find('\n', scanned_);
    const std::size_t line_end = std::min(end, bytes.size());
    ENSURE(started_ || line_end - line_start_ <= kFirstLineBytes,
           Error{Blame::kRequest, "http.target-too-long", "first line"});
    ENSURE(line_end < limits::kHttpHeaderBytes, Error{Blame::kRequest, "http.head-too-large", "bytes"});
    scanned_ = line_end;
    if (end == std::string_view::npos) return std::size_t{0};
    ENSURE(end > line_start_ && bytes[end - 1] == '\r', syntax("a line that does not end in CR LF"));
    const bool empty = end - line_start_ == 1;
    scanned_ = end + 1;
    if (empty && started_) return scanned_;
    ENSURE(!empty || line_start_ == 0, syntax("more than one empty line before a message"));
    started_ = !empty;
    line_start_ = scanned_;
  }
}

Result<Head> parse_head(std::string_view head) {
  if (head.starts_with("\r\n")) head.remove_prefix(2);
  ENSURE(head.ends_with("\r\n\r\n"), syntax("a head without end"));
  head.remove_suffix(2);
  Head out;
  out.first_line = take_line(head);
  out.headers.reserve(16);
  while (!head.empty()) {
    ENSURE(out.headers.size() < limits::kHttpHeaderFields, Error{Blame::kRequest, "http.head-too-large", "fields"});
    out.headers.push_back(TRY(parse_field(take_line(head))));
  }
  return out;
}

Result<int> parse_version(std::string_view text) {
  if (text == "HTTP/1.1") return 1;
  if (text == "HTTP/1.0") return 0;
  const auto digit = [&](std::size_t i) { return text[i] >= '0' && text[i] <= '9'; };
  const bool other = text.size() == 8 && text.starts_with("HTTP/") && digit(5) && text[6] == '.' && digit(7);
  ENSURE(!other, Error{Blame::kRequest, "http.version", std::string(text)});
  return syntax("no HTTP version");
}

Result<Framing> parse_framing(const std::vector<HeaderField>& headers, int minor_version) {
  const std::string* length = nullptr;
  const std::string* coding = nullptr;
  for (const HeaderField& field : headers) {
    const bool is_length = equal_ignoring_case(field.first, "Content-Length");
    if (!is_length && !equal_ignoring_case(field.first, "Transfer-Encoding")) continue;
    // RFC 9112 section 6.3 lets some doubles pass; request smuggling lives on them, and no honest client sends them.
    ENSURE(length == nullptr && coding == nullptr,
           Error{Blame::kRequest, "http.framing", "more than one of Content-Length, Transfer-Encoding"});
    (is_length ? length : coding) = &field.second;
  }
  if (coding != nullptr) {
    ENSURE(minor_version >= 1, Error{Blame::kRequest, "http.framing", "Transfer-Encoding in HTTP/1.0"});
    ENSURE(equal_ignoring_case(*coding, "chunked"), Error{Blame::kRequest, "http.transfer-coding", *coding});
    return Framing{Framing::Kind::kChunked, 0};
  }
  if (length == nullptr) return Framing{};
  Framing out{Framing::Kind::kLength, 0};
  const char* const end = length->data() + length->size();
  const auto [stopped, problem] = std::from_chars(length->data(), end, out.length_bytes);
  ENSURE(problem == std::errc() && stopped == end && length->size() <= 19,
         Error{Blame::kRequest, "http.framing", "Content-Length is not a number"});
  return out;
}

}  // namespace avouch::net
