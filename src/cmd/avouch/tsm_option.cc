#include "cmd/avouch/tsm_option.h"

#include <cctype>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <limits>

namespace avouch::cmd {
namespace {

constexpr std::uint32_t kPrivlevelMax = 3;  // TSM_PRIVLEVEL_MAX

// kstrtouint(text, 0, ...): decimal, 0x hexadecimal or 0 octal, and perhaps a newline.
int check_number(std::string_view text, std::uint32_t max) {
  if (!text.empty() && text.back() == '\n') text.remove_suffix(1);
  int base = 10;
  if (text.size() > 1 && text[0] == '0') {
    base = (text[1] | 0x20) == 'x' ? 16 : 8;
    text.remove_prefix(base == 16 ? 2 : 1);
  }
  std::uint32_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (problem == std::errc::result_out_of_range) return ERANGE;
  return problem == std::errc{} && end == text.data() + text.size() && value <= max ? 0 : EINVAL;
}

// guid_parse(): 8-4-4-4-12 hexadecimal digits. What follows is ignored.
int check_guid(Bytes content) {
  constexpr std::size_t kGuidLength = 36;
  if (content.size() < kGuidLength) return EINVAL;
  for (std::size_t i = 0; i < kGuidLength; ++i) {
    const bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
    if (hyphen ? content[i] != '-' : std::isxdigit(content[i]) == 0) return EINVAL;
  }
  return 0;
}

}  // namespace

int check_tsm_option(std::string_view attribute, Bytes content) {
  if (attribute == "service_provider") return 0;
  if (attribute == "service_guid") return check_guid(content);
  const bool is_privlevel = attribute == "privlevel";
  return check_number(as_text(content), is_privlevel ? kPrivlevelMax : std::numeric_limits<std::uint32_t>::max());
}

}  // namespace avouch::cmd
