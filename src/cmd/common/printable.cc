#include "cmd/common/printable.h"

#include "base/bytes.h"
#include "codec/utf8.h"

namespace avouch::cmd {
namespace {

// Unicode 15, table 23-1: U+0080 to U+009F, in UTF-8.
bool begins_with_c1(std::string_view text) {
  const Bytes octets = as_bytes(text.substr(0, 2));
  return octets.size() == 2 && octets[0] == 0xC2 && 0x80 <= octets[1] && octets[1] <= 0x9F;
}

}  // namespace

std::string printable(std::string_view text, std::string_view line_break) {
  const bool is_utf8 = codec::is_utf8(as_bytes(text));
  std::string out;
  while (!text.empty()) {
    const auto octet = static_cast<unsigned char>(text.front());
    const bool is_c1 = begins_with_c1(text);
    if (octet == '\n') {
      out += line_break;
    } else {
      out += octet < 0x20 || octet == 0x7F || is_c1 || (octet >= 0x80 && !is_utf8) ? '?' : text.front();
    }
    text.remove_prefix(is_c1 ? 2 : 1);
  }
  return out;
}

}  // namespace avouch::cmd
