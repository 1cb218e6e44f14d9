// What parse_json accepts, the writers write and parse_json reads back as the same value.
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/check.h"
#include "codec/json.h"

namespace {

void check_reads_back(const avouch::Json& value, const std::string& text) {
  const avouch::Result<avouch::Json> again = avouch::parse_json(text);
  CHECK(again.has_value());
  CHECK(*again == value);
}

// ECMAScript writes 1e20 with all its digits, which parse_json takes for an integer beyond 64 bits, and 2e18 as an
// integer of the same digits; but a canonical text is its own canonical text.
void check_canonical(const avouch::Json& value) {
  const std::string text = avouch::to_canonical_text(value);
  const avouch::Result<avouch::Json> again = avouch::parse_json(text);
  CHECK(again.has_value() || std::string_view(again.error().code) == "json.number");
  CHECK(!again.has_value() || avouch::to_canonical_text(*again) == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const avouch::Result<avouch::Json> value = avouch::parse_json(avouch::as_text({data, size}));
  if (!value.has_value()) return 0;
  check_reads_back(*value, avouch::to_text(*value));
  check_reads_back(*value, avouch::to_pretty_text(*value));
  check_reads_back(*value, avouch::to_sorted_text(*value));
  check_canonical(*value);
  return 0;
}
