// What parse takes has a canonical form in each of three ways, which is read as the same document: its canonical form
// is itself.
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/check.h"
#include "codec/xml_canonical.h"

using avouch::xml::Canonical;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const avouch::Result<avouch::xml::Element> root = avouch::xml::parse(avouch::as_text({data, size}));
  if (!root.has_value()) {
    CHECK(root.error().blame == avouch::Blame::kRequest);
    return 0;
  }
  for (const Canonical form : {Canonical::kInclusive10, Canonical::kInclusive11, Canonical::kExclusive}) {
    const avouch::Result<std::string> text = avouch::xml::canonical_form(*root, {}, form);
    if (!text.has_value()) continue;  // too large
    const avouch::Result<avouch::xml::Element> again = avouch::xml::parse(*text);
    if (!again.has_value()) {
      // The one reason: repeated declarations, and references in place of characters, make it longer.
      const std::string_view code = again.error().code;
      CHECK(code == "xml.size" || code == "xml.nodes");
      continue;
    }
    CHECK(*avouch::xml::canonical_form(*again, {}, form) == *text);
  }
  return 0;
}
