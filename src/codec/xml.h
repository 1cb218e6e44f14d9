// XML 1.0 with namespaces (Namespaces in XML 1.0), as much of it as signed manifests are made of: elements, attributes
// and text, in UTF-8. Document types, and so entities of one's own, processing instructions, CDATA sections and names
// beyond ASCII are refused, not skipped. Comments are skipped, as they are in the canonical form (xml_canonical.h) that
// signatures are made over: what can be read here is what was signed.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

namespace avouch::xml {

inline constexpr std::string_view kXmlNamespace = "http://www.w3.org/XML/1998/namespace";  // of the prefix "xml"

struct NamespaceDeclaration {
  std::string prefix;  // empty: the default
  std::string uri;     // empty: undeclares the default
};

struct Attribute {
  std::string uri, prefix, local, value;  // without a prefix, an attribute is in no namespace
};

struct Element;
using Node = std::variant<std::string, std::unique_ptr<Element>>;  // text, or an element

struct Element {
  std::string uri, prefix, local;
  std::vector<NamespaceDeclaration> declarations;  // those written on this element
  std::vector<Attribute> attributes;               // in the document's order; no two have one name
  std::vector<Node> children;                      // no two texts stand side by side

  bool is(std::string_view of_uri, std::string_view of_local) const { return uri == of_uri && local == of_local; }
  // The value of an attribute; null if there is none. Without `of_uri`, of one in no namespace.
  const std::string* attribute(std::string_view of_local, std::string_view of_uri = {}) const;
  // The children that are elements, in order.
  std::vector<const Element*> elements() const;
  // The text of an element that has no elements.   fails   kRequest: xml.content
  Result<std::string> text() const;
};

// The root of a document. Line ends and attribute values are normalized (XML 1.0, sections 2.11 and 3.3.3).
//   fails   kRequest: xml.size (limits::kXmlBytes), xml.nodes (limits::kXmlNodes, …Attributes, …Declarations),
//   xml.depth (limits::kXmlDepth),
//           xml.encoding, xml.unsupported, xml.namespace, xml.attribute (twice the same), xml.syntax; the detail names
//           line and column
Result<Element> parse(std::string_view document);

}  // namespace avouch::xml
