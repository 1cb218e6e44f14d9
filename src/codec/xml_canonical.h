// Canonical XML without comments: the one text of a document, or of a part of it, that digests and signatures are made
// over. Canonical XML 1.0, Canonical XML 1.1, and Exclusive XML Canonicalization 1.0 with no list of prefixes.
#pragma once

#include <span>
#include <string>

#include "base/result.h"
#include "codec/xml.h"

namespace avouch::xml {

enum class Canonical : unsigned char { kInclusive10, kInclusive11, kExclusive };

// The form of `apex` with all that is in it. What it inherits (namespaces, and in the inclusive forms attributes as
// xml:lang) comes from its ancestors, the outermost first.
//   fails   kRequest: xml.size (over limits::kXmlCanonicalBytes), xml.unsupported (1.1 with xml:base on an ancestor)
Result<std::string> canonical_form(const Element& apex, std::span<const Element* const> ancestors, Canonical form);

}  // namespace avouch::xml
