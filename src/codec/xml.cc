#include "codec/xml.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "codec/xml_scanner.h"

namespace avouch::xml {
namespace {

constexpr std::string_view kXmlnsNamespace = "http://www.w3.org/2000/xmlns/";

struct WrittenAttribute {
  QualifiedName name;
  std::string value;
};

class Reader {
 public:
  explicit Reader(std::string_view text) : in_(text) {}

  Result<Element> document() {
    TRY(in_.check_characters());
    TRY(in_.declaration());
    TRY(in_.skip_between_elements());
    TRY(in_.expect("<", "no element"));
    Element root = TRY(element(1));
    TRY(in_.skip_between_elements());
    ENSURE(in_.is_at_end(), in_.error("xml.syntax", "something after the root element"));
    return root;
  }

 private:
  Status count_node() {
    ENSURE(++node_count_ <= limits::kXmlNodes, in_.error("xml.nodes", "too many elements and attributes"));
    return ok();
  }

  // What follows "<".
  Result<Element> element(std::size_t depth) {
    ENSURE(depth <= limits::kXmlDepth, in_.error("xml.depth", "nested too deeply"));
    TRY(count_node());
    const std::size_t outer_scope = scope_.size();
    const QualifiedName name = TRY(in_.qualified_name());
    Element out;
    TRY(attributes(out));
    out.prefix = name.prefix;
    out.local = name.local;
    out.uri = TRY(uri_of(name.prefix));
    if (!in_.skip("/>")) {
      TRY(in_.expect(">", "a tag does not end"));
      TRY(content(out, depth));
      const QualifiedName end = TRY(in_.qualified_name());
      ENSURE(end == name, in_.error("xml.syntax", "the end tag is not of <" + out.local + ">"));
      in_.skip_spaces();
      TRY(in_.expect(">", "an end tag does not end"));
    }
    scope_.resize(outer_scope);
    return out;
  }

  // All up to and with "</".
  Status content(Element& out, std::size_t depth) {
    std::string text;
    while (!in_.skip("</")) {
      ENSURE(!in_.is_at_end(), in_.error("xml.syntax", "<" + out.local + "> does not end"));
      if (in_.sees("&")) {
        TRY(in_.reference(text));
      } else if (!in_.sees("<")) {
        TRY(in_.characters(text));
      } else {
        TRY(in_.refuse_what_is_unsupported());
        const bool was_comment = TRY(in_.skip_comment());
        if (was_comment) continue;
        in_.skip("<");
        if (!text.empty()) out.children.emplace_back(std::exchange(text, {}));
        Element child = TRY(element(depth + 1));
        out.children.emplace_back(std::make_unique<Element>(std::move(child)));
      }
    }
    if (!text.empty()) out.children.emplace_back(std::move(text));
    return ok();
  }

  // Those of a start tag: first the declarations among them come into scope, then the others get their namespaces.
  Status attributes(Element& out) {
    std::vector<WrittenAttribute> written;
    while (in_.skip_spaces() && !in_.sees(">") && !in_.sees("/>")) {
      TRY(count_node());
      const QualifiedName name = TRY(in_.qualified_name());
      std::string value = TRY(in_.attribute_value());
      const bool is_default = name.prefix.empty() && name.local == "xmlns";
      if (is_default || name.prefix == "xmlns") {
        TRY(declare(out, is_default ? std::string_view() : name.local, std::move(value)));
      } else {
        ENSURE(written.size() < limits::kXmlAttributes, in_.error("xml.nodes", "too many attributes"));
        written.push_back({name, std::move(value)});
      }
    }
    for (WrittenAttribute& each : written) {
      Attribute attribute{{}, std::string(each.name.prefix), std::string(each.name.local), std::move(each.value)};
      if (!attribute.prefix.empty()) attribute.uri = TRY(uri_of(attribute.prefix));
      out.attributes.push_back(std::move(attribute));
    }
    return refuse_one_twice(out);
  }

  Status declare(Element& on, std::string_view prefix, std::string uri) {
    ENSURE(prefix != "xml" && prefix != "xmlns" && uri != kXmlNamespace && uri != kXmlnsNamespace,
           in_.error("xml.namespace", "a reserved prefix or namespace is declared"));
    ENSURE(prefix.empty() || !uri.empty(), in_.error("xml.namespace", "a prefix is undeclared"));
    // Canonical XML 1.1, section 1.3: a relative one is an error.
    ENSURE(uri.empty() || uri.find(':') != std::string::npos,
           in_.error("xml.namespace", "a namespace that is no absolute URI"));
    ENSURE(uri.size() <= limits::kXmlNameBytes, in_.error("xml.size", "the URI of a namespace is too long"));
    const bool is_twice = std::any_of(on.declarations.begin(), on.declarations.end(),
                                      [prefix](const NamespaceDeclaration& each) { return each.prefix == prefix; });
    ENSURE(!is_twice, in_.error("xml.attribute", "a prefix is declared twice"));
    ENSURE(scope_.size() < limits::kXmlDeclarations, in_.error("xml.nodes", "too many namespaces in scope"));
    on.declarations.push_back({std::string(prefix), std::move(uri)});
    scope_.push_back(on.declarations.back());
    return ok();
  }

  Result<std::string> uri_of(std::string_view prefix) const {
    if (prefix == "xml") return std::string(kXmlNamespace);
    const auto found = std::find_if(scope_.rbegin(), scope_.rend(),
                                    [prefix](const NamespaceDeclaration& each) { return each.prefix == prefix; });
    if (found != scope_.rend()) return found->uri;
    ENSURE(prefix.empty(), in_.error("xml.namespace", "a prefix is not declared"));
    return std::string();
  }

  Status refuse_one_twice(const Element& in) const {
    std::vector<std::pair<std::string_view, std::string_view>> names;
    for (const Attribute& each : in.attributes) names.emplace_back(each.uri, each.local);
    std::sort(names.begin(), names.end());
    ENSURE(std::adjacent_find(names.begin(), names.end()) == names.end(),
           in_.error("xml.attribute", "an attribute stands twice"));
    return ok();
  }

  Scanner in_;
  std::size_t node_count_ = 0;
  std::vector<NamespaceDeclaration> scope_;  // the innermost last
};

}  // namespace

const std::string* Element::attribute(std::string_view of_local, std::string_view of_uri) const {
  const auto found = std::find_if(attributes.begin(), attributes.end(),
                                  [&](const Attribute& each) { return each.uri == of_uri && each.local == of_local; });
  return found != attributes.end() ? &found->value : nullptr;
}

std::vector<const Element*> Element::elements() const {
  std::vector<const Element*> out;
  for (const Node& child : children) {
    if (const auto* element = std::get_if<std::unique_ptr<Element>>(&child)) out.push_back(element->get());
  }
  return out;
}

Result<std::string> Element::text() const {
  if (children.empty()) return std::string();
  const auto* text = std::get_if<std::string>(&children.front());
  ENSURE(text != nullptr && children.size() == 1,
         Error{Blame::kRequest, "xml.content", "<" + local + "> has elements where text alone belongs"});
  return *text;
}

Result<Element> parse(std::string_view document) {
  ENSURE(document.size() <= limits::kXmlBytes, Error{Blame::kRequest, "xml.size", "the document is too large"});
  return Reader(document).document();
}

}  // namespace avouch::xml
