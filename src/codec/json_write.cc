#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string_view>

#include "codec/json.h"

namespace avouch {
namespace {

// How a notation writes doubles. All take the shortest digits that read back as the same double.
struct Numerals {
  int whole_digits;           // up to so many digits before the point; beyond that, an exponent
  int leading_zeros;          // fewer than so many zeros after "0."; beyond that, an exponent
  std::string_view whole;     // ends a number without a fraction
  std::string_view exponent;  // before an exponent above zero
};
constexpr Numerals kRust{16, 5, ".0", "e"};       // the crate ryu, as serde_json uses it
constexpr Numerals kEcmaScript{21, 6, "", "e+"};  // ECMA-262, 10th edition, section 7.1.12.1

// digits * 10^(point - digits.size()), without its sign
struct Decimal {
  std::string_view digits;
  int point;
};

void append_decimal(std::string& out, const Decimal& decimal, const Numerals& numerals) {
  const auto count = static_cast<int>(decimal.digits.size());
  const int point = decimal.point;
  if (count <= point && point <= numerals.whole_digits) {
    out.append(decimal.digits).append(static_cast<std::size_t>(point - count), '0').append(numerals.whole);
  } else if (0 < point && point <= numerals.whole_digits) {
    const auto before = static_cast<std::size_t>(point);
    out.append(decimal.digits.substr(0, before)).append(".").append(decimal.digits.substr(before));
  } else if (-numerals.leading_zeros < point && point <= 0) {
    out.append("0.").append(static_cast<std::size_t>(-point), '0').append(decimal.digits);
  } else {
    out.append(decimal.digits.substr(0, 1));
    if (count > 1) out.append(".").append(decimal.digits.substr(1));
    out.append(point > 0 ? numerals.exponent : "e").append(std::to_string(point - 1));
  }
}

void append_double(std::string& out, double value, const Numerals& numerals) {
  if (!std::isfinite(value)) {  // JSON has no word for it; serde_json and ECMAScript write null.
    out += "null";
    return;
  }
  if (value == 0) {  // ECMAScript drops the sign (RFC 8785 section 3.2.2.3); ryu keeps it.
    if (std::signbit(value) && !numerals.whole.empty()) out += '-';
    out.append("0").append(numerals.whole);
    return;
  }
  std::array<char, 32> text;  // "-d.ddddddddddddddddde-ddd" has 24 characters at most
  const auto written = std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::scientific);
  std::string_view rest(text.data(), static_cast<std::size_t>(written.ptr - text.data()));
  if (rest.starts_with('-')) {
    out += '-';
    rest.remove_prefix(1);
  }
  const std::size_t mark = rest.find('e');
  std::string digits(1, rest[0]);
  if (mark > 2) digits += rest.substr(2, mark - 2);
  std::string_view exponent = rest.substr(mark + 1);
  if (exponent.starts_with('+')) exponent.remove_prefix(1);
  int power = 0;
  std::from_chars(exponent.data(), exponent.data() + exponent.size(), power);
  append_decimal(out, Decimal{digits, power + 1}, numerals);
}

// RFC 8259 section 7: the escape of a character, or "" where it stands for itself.
std::string_view short_escape(char character) {
  switch (character) {
    case '"':
      return "\\\"";
    case '\\':
      return "\\\\";
    case '\b':
      return "\\b";
    case '\f':
      return "\\f";
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\\t";
    default:
      return "";
  }
}

// Which octets cannot stand for themselves in a string.
constexpr std::array<bool, 256> kEscaped = [] {
  std::array<bool, 256> escaped{};
  for (std::size_t control = 0; control < 0x20; ++control) escaped[control] = true;
  escaped['"'] = true;
  escaped['\\'] = true;
  return escaped;
}();

void append_string(std::string& out, std::string_view text) {
  constexpr char kHexDigits[] = "0123456789abcdef";
  out += '"';
  std::size_t plain = 0;  // where the run that stands for itself began
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto octet = static_cast<std::uint8_t>(text[i]);
    if (!kEscaped[octet]) continue;
    out.append(text.substr(plain, i - plain));
    plain = i + 1;
    const std::string_view escape = short_escape(text[i]);
    if (!escape.empty()) {
      out += escape;
    } else {
      out.append("\\u00").append(1, kHexDigits[octet >> 4]).append(1, kHexDigits[octet & 0xF]);
    }
  }
  out.append(text.substr(plain)).append("\"");
}

// Orders UTF-8 as its UTF-16 code units would be: characters above U+FFFF, whose first octet is F0 to F4, become
// surrogates, which sort below U+E000, whose first octet is EE (RFC 8785 section 3.2.3).
bool less_in_utf16(std::string_view left, std::string_view right) {
  const auto rank = [](char character) {
    const auto octet = static_cast<std::uint8_t>(character);
    if (octet >= 0xF0) return octet - 2;
    return octet >= 0xEE ? octet + 5 : int{octet};
  };
  return std::lexicographical_compare(left.begin(), left.end(), right.begin(), right.end(),
                                      [&rank](char a, char b) { return rank(a) < rank(b); });
}

bool less_in_octets(std::string_view left, std::string_view right) {
  return left < right;  // char_traits compares as unsigned char
}

}  // namespace

class JsonWriter {
 public:
  static constexpr std::size_t kRoomBytes = 512;  // to begin with: most texts are messages, few are bits of one

  struct Style {
    Numerals numerals = kRust;
    bool (*less)(std::string_view left, std::string_view right) = nullptr;  // null keeps the order of members
    bool pretty = false;
    std::size_t indent = 0;
  };

  explicit JsonWriter(const Style& style) : style_(style) { out_.reserve(kRoomBytes); }

  std::string write(const Json& value) && {
    append(value);
    return std::move(out_);
  }

 private:
  void append(const Json& value) {
    std::visit([this](const auto& content) { append(content); }, value.value_);
  }
  void append(std::nullptr_t) { out_ += "null"; }
  void append(bool value) { out_ += value ? "true" : "false"; }
  void append(std::int64_t value) { append_integer(value); }
  void append(std::uint64_t value) { append_integer(value); }
  void append(double value) { append_double(out_, value, style_.numerals); }
  void append(const std::string& value) { append_string(out_, value); }

  void append(const Json::Array& items) {
    begin('[');
    for (const Json& item : items) {
      separate(&item == items.data());
      append(item);
    }
    finish(']', items.empty());
  }

  void append(const Json::Object& object) {
    begin('{');
    if (style_.less == nullptr) {
      for (const Json::Member& member : object) append(member, &member == object.data());
    } else {
      append_sorted(object);
    }
    finish('}', object.empty());
  }

  void append_sorted(const Json::Object& object) {
    std::vector<const Json::Member*> members;
    members.reserve(object.size());
    for (const Json::Member& member : object) members.push_back(&member);
    std::sort(members.begin(), members.end(), [this](const Json::Member* left, const Json::Member* right) {
      return style_.less(left->first, right->first);
    });
    for (const Json::Member* member : members) append(*member, member == members.front());
  }

  void append(const Json::Member& member, bool first) {
    separate(first);
    append_string(out_, member.first);
    out_ += style_.pretty ? ": " : ":";
    append(member.second);
  }

  template <class Integer>
  void append_integer(Integer value) {
    std::array<char, 20> text;  // of "-9223372036854775808" and "18446744073709551615"
    out_.append(text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr);
  }

  void begin(char bracket) {
    out_ += bracket;
    ++depth_;
  }
  void separate(bool first) {
    if (!first) out_ += ',';
    break_line();
  }
  void finish(char bracket, bool empty) {
    --depth_;
    if (!empty) break_line();
    out_ += bracket;
  }
  void break_line() {
    if (style_.pretty) out_.append("\n").append(depth_ * style_.indent, ' ');
  }

  Style style_;
  std::string out_;
  std::size_t depth_ = 0;
};

std::string to_text(const Json& value) {
  return JsonWriter({}).write(value);
}

std::string to_pretty_text(const Json& value, int indent) {
  return JsonWriter({.pretty = true, .indent = indent > 0 ? static_cast<std::size_t>(indent) : 0}).write(value);
}

std::string to_canonical_text(const Json& value) {
  return JsonWriter({.numerals = kEcmaScript, .less = less_in_utf16}).write(value);
}

std::string to_sorted_text(const Json& value) {
  return JsonWriter({.less = less_in_octets}).write(value);
}

}  // namespace avouch
