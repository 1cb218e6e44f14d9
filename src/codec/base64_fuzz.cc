// Base64 and hexadecimal: each text that a strict decoder accepts is the one text of its octets.
#include "codec/base64.h"

#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "codec/hex.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace codec = avouch::codec;
  const avouch::Bytes input(data, size);
  const std::string_view text = avouch::as_text(input);

  const auto standard = codec::from_base64(text);
  const auto url_safe = codec::from_base64url(text);
  const auto either = codec::from_any_base64(text);
  CHECK(!standard.has_value() || codec::to_base64(*standard) == text);
  CHECK(!url_safe.has_value() || codec::to_base64url(*url_safe) == text);
  CHECK(!standard.has_value() || (either.has_value() && *either == *standard));
  CHECK(!url_safe.has_value() || (either.has_value() && *either == *url_safe));

  CHECK(codec::from_base64(codec::to_base64(input)).value() == avouch::to_buffer(input));
  CHECK(codec::from_base64url(codec::to_base64url(input)).value() == avouch::to_buffer(input));
  CHECK(codec::from_hex(codec::to_hex(input)).value() == avouch::to_buffer(input));
  const auto octets = codec::from_hex(text);
  CHECK(!octets.has_value() || octets->size() * 2 == size);
  return 0;
}
