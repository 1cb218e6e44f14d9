#include "codec/xml_scanner.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "base/limits.h"
#include "codec/utf8.h"

namespace avouch::xml {
namespace {

constexpr std::string_view kSpaces = " \t\r\n";

// Section 4.6.
struct Entity {
  std::string_view name;
  char character;
};
constexpr Entity kEntities[] = {{"lt", '<'}, {"gt", '>'}, {"amp", '&'}, {"apos", '\''}, {"quot", '"'}};
constexpr std::size_t kReferenceBytes = 12;  // "&#x0010FFFF;" and its like

bool is_name_start(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

bool is_name(char c) {
  return is_name_start(c) || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

// Production [2].
bool is_character(std::uint32_t point) {
  if (point < 0x20) return point == '\t' || point == '\n' || point == '\r';
  return point <= 0x10FFFF && !(0xD800 <= point && point <= 0xDFFF) && point != 0xFFFE && point != 0xFFFF;
}

void append_utf8(std::string& out, std::uint32_t point) {
  const auto octet = [&out](std::uint32_t value) { out += static_cast<char>(value); };
  if (point < 0x80) {
    octet(point);
  } else if (point < 0x800) {
    octet(0xC0 | point >> 6);
  } else if (point < 0x10000) {
    octet(0xE0 | point >> 12);
    octet(0x80 | (point >> 6 & 0x3F));
  } else {
    octet(0xF0 | point >> 18);
    octet(0x80 | (point >> 12 & 0x3F));
    octet(0x80 | (point >> 6 & 0x3F));
  }
  if (point >= 0x80) octet(0x80 | (point & 0x3F));
}

bool same_in_capitals(std::string_view text, std::string_view capitals) {
  return std::equal(text.begin(), text.end(), capitals.begin(), capitals.end(), [](char letter, char capital) {
    return (letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - 'a' + 'A') : letter) == capital;
  });
}

}  // namespace

Error Scanner::error(const char* code, std::string_view problem) const {
  const std::string_view before = text_.substr(0, at_);
  const std::size_t line_end = before.rfind('\n');
  const std::size_t column = line_end == std::string_view::npos ? at_ + 1 : at_ - line_end;
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  return {Blame::kRequest, code, std::to_string(line) + ":" + std::to_string(column) + ": " + std::string(problem)};
}

bool Scanner::skip(std::string_view what) {
  if (!sees(what)) return false;
  at_ += what.size();
  return true;
}

bool Scanner::skip_spaces() {
  const std::size_t start = at_;
  at_ = std::min(text_.find_first_not_of(kSpaces, at_), text_.size());
  return at_ != start;
}

Status Scanner::expect(std::string_view what, const char* problem) {
  ENSURE(skip(what), error("xml.syntax", problem));
  return ok();
}

Status Scanner::check_characters() {
  ENSURE(codec::is_utf8(as_bytes(text_)), error("xml.encoding", "not UTF-8"));
  const auto* control = std::find_if(text_.begin(), text_.end(), [](char c) {
    const auto octet = static_cast<unsigned char>(c);
    return octet < 0x20 && !is_character(octet);
  });
  const bool is_clean = control == text_.end() && text_.find("\xEF\xBF\xBE") == std::string_view::npos &&
                        text_.find("\xEF\xBF\xBF") == std::string_view::npos;  // U+FFFE and U+FFFF
  ENSURE(is_clean, error("xml.syntax", "a character that XML does not have"));
  return ok();
}

Status Scanner::declaration() {
  skip("\xEF\xBB\xBF");  // the byte order mark
  if (!sees("<?xml ") && !sees("<?xml\t") && !sees("<?xml\r") && !sees("<?xml\n")) return ok();
  skip("<?xml");
  const std::string version = TRY(pseudo_attribute("version"));
  ENSURE(version == "1.0", error("xml.unsupported", "a version of XML that is not 1.0"));
  const std::string encoding = TRY(pseudo_attribute("encoding"));
  ENSURE(encoding.empty() || same_in_capitals(encoding, "UTF-8") || same_in_capitals(encoding, "US-ASCII"),
         error("xml.encoding", "an encoding that is not UTF-8"));
  const std::string standalone = TRY(pseudo_attribute("standalone"));
  ENSURE(standalone.empty() || standalone == "yes" || standalone == "no",
         error("xml.syntax", "standalone has to be yes or no"));
  skip_spaces();
  return expect("?>", "the XML declaration does not end");
}

// Its value, or nothing if it is not the next.
Result<std::string> Scanner::pseudo_attribute(std::string_view name) {
  const std::size_t start = at_;
  const bool stands_apart = skip_spaces();
  if (stands_apart && skip(name)) return attribute_value();
  at_ = start;
  return std::string();
}

Status Scanner::skip_between_elements() {
  for (bool goes_on = true; goes_on;) {
    skip_spaces();
    TRY(refuse_what_is_unsupported());
    goes_on = TRY(skip_comment());
  }
  return ok();
}

Status Scanner::refuse_what_is_unsupported() const {
  ENSURE(!sees("<!DOCTYPE"), error("xml.unsupported", "a document type"));
  ENSURE(!sees("<![CDATA["), error("xml.unsupported", "a CDATA section"));
  ENSURE(!sees("<?"), error("xml.unsupported", "a processing instruction"));
  return ok();
}

Result<bool> Scanner::skip_comment() {
  if (!skip("<!--")) return false;
  const std::size_t end = text_.find("--", at_);
  ENSURE(end != std::string_view::npos, error("xml.syntax", "a comment does not end"));
  at_ = end;
  TRY(expect("-->", "-- in a comment"));
  return true;
}

Result<QualifiedName> Scanner::qualified_name() {
  const std::string_view first = TRY(name());
  if (!skip(":")) return QualifiedName{{}, first};
  const std::string_view local = TRY(name());
  return QualifiedName{first, local};
}

Result<std::string_view> Scanner::name() {
  const std::string_view rest = text_.substr(at_);
  const auto* end = std::find_if_not(rest.begin(), rest.end(), is_name);
  const std::string_view found = rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
  ENSURE(!found.empty() && is_name_start(found.front()), error("xml.syntax", "no name of ASCII letters and digits"));
  ENSURE(found.size() <= limits::kXmlNameBytes, error("xml.size", "a name is too long"));
  at_ += found.size();
  return found;
}

// Sections 2.11 and 3.3.3: a line end is one space, as every other space; one that was written by its number stays.
Result<std::string> Scanner::attribute_value() {
  skip_spaces();
  TRY(expect("=", "an attribute without a value"));
  skip_spaces();
  ENSURE(sees("\"") || sees("'"), error("xml.syntax", "the value of an attribute is not in quotes"));
  const char quote = text_[at_++];
  std::string out;
  while (!is_at_end() && text_[at_] != quote) {
    const char next = text_[at_];
    ENSURE(next != '<', error("xml.syntax", "< in the value of an attribute"));
    if (next == '&') {
      TRY(reference(out));
      continue;
    }
    out += kSpaces.find(next) != std::string_view::npos ? ' ' : next;
    if (!skip("\r\n")) ++at_;
  }
  ENSURE(!is_at_end(), error("xml.syntax", "the value of an attribute does not end"));
  ++at_;
  return out;
}

// Section 2.11.
Status Scanner::characters(std::string& out) {
  const std::string_view run = text_.substr(at_, text_.find_first_of("<&", at_) - at_);
  ENSURE(run.find("]]>") == std::string_view::npos, error("xml.syntax", "]]> in text"));
  at_ += run.size();
  for (std::size_t i = 0; i < run.size(); ++i) {
    const bool is_line_end_of_two = run.substr(i).starts_with("\r\n");
    if (!is_line_end_of_two) out += run[i] == '\r' ? '\n' : run[i];
  }
  return ok();
}

// Production [67].
Status Scanner::reference(std::string& out) {
  const std::size_t size = text_.substr(at_, kReferenceBytes).find(';');
  ENSURE(size != std::string_view::npos, error("xml.syntax", "a stray &"));
  std::string_view name = text_.substr(at_ + 1, size - 1);
  if (name.starts_with('#')) {
    const bool is_hexadecimal = name.starts_with("#x");
    name.remove_prefix(is_hexadecimal ? 2 : 1);
    std::uint32_t point = 0;
    const char* end = name.data() + name.size();
    const auto [rest, failure] = std::from_chars(name.data(), end, point, is_hexadecimal ? 16 : 10);
    ENSURE(failure == std::errc() && rest == end && is_character(point),
           error("xml.syntax", "the number of no character"));
    append_utf8(out, point);
  } else {
    const auto* known = std::find_if(std::begin(kEntities), std::end(kEntities),
                                     [name](const Entity& each) { return each.name == name; });
    ENSURE(known != std::end(kEntities), error("xml.unsupported", "an entity that is not one of XML's own five"));
    out += known->character;
  }
  at_ += size + 1;
  return ok();
}

}  // namespace avouch::xml
