// What parse_toml accepts is an object that JSON can carry: it is written, and read back as the same value.
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/check.h"
#include "codec/toml.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const avouch::Result<avouch::Json> value = avouch::codec::parse_toml(avouch::as_text({data, size}), "fuzz");
  if (!value.has_value()) return 0;
  CHECK(value->as_object() != nullptr);
  const avouch::Result<avouch::Json> again = avouch::parse_json(avouch::to_text(*value));
  CHECK(again.has_value());
  CHECK(*again == *value);
  return 0;
}
