#include "codec/xml_canonical.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <tuple>

#include "base/limits.h"

namespace avouch::xml {
namespace {

// By prefix. Canonical XML 1.0, sections 2.2 and 4.8: in the order of their prefixes, the default, which has none,
// first.
using Namespaces = std::map<std::string_view, std::string_view>;

void come_into_scope(Namespaces& scope, const Element& element) {
  for (const NamespaceDeclaration& each : element.declarations) scope.insert_or_assign(each.prefix, each.uri);
}

// Canonical XML 1.0, section 2.3.
void append_escaped(std::string& out, std::string_view text, std::string_view special) {
  for (const char c : text) {
    if (special.find(c) == std::string_view::npos) {
      out += c;
      continue;
    }
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\t':
        out += "&#x9;";
        break;
      case '\n':
        out += "&#xA;";
        break;
      default:
        out += "&#xD;";
    }
  }
}

class Writer {
 public:
  explicit Writer(Canonical form) : form_(form) {}

  Status element(const Element& element, Namespaces scope, const Namespaces& outer_rendered,
                 std::vector<const Attribute*> inherited) {
    come_into_scope(scope, element);
    Namespaces rendered = outer_rendered;
    const std::string name = element.prefix.empty() ? element.local : element.prefix + ":" + element.local;
    out_ += "<" + name;
    declare(form_ == Canonical::kExclusive ? visibly_used(element, scope) : scope, rendered);
    attributes(element, std::move(inherited));
    out_ += ">";
    ENSURE(out_.size() <= limits::kXmlCanonicalBytes,
           Error{Blame::kRequest, "xml.size", "the canonical form is too large"});
    for (const Node& child : element.children) {
      if (const auto* text = std::get_if<std::string>(&child)) {
        append_escaped(out_, *text, "&<>\r");
      } else {
        TRY(this->element(*std::get<std::unique_ptr<Element>>(child), scope, rendered, {}));
      }
    }
    out_ += "</" + name + ">";
    return ok();
  }

  std::string take() { return std::move(out_); }

 private:
  // Exclusive XML Canonicalization 1.0, section 3: those of the element's name and of its attributes' names.
  static Namespaces visibly_used(const Element& element, const Namespaces& scope) {
    Namespaces used;
    const auto use = [&](std::string_view prefix) {
      const auto known = scope.find(prefix);
      if (known != scope.end()) used.insert(*known);
    };
    use(element.prefix);
    for (const Attribute& each : element.attributes) {
      if (!each.prefix.empty()) use(each.prefix);
    }
    return used;
  }

  // Those that the nearest written ancestor has not written with the same URI already.
  void declare(const Namespaces& wanted, Namespaces& rendered) {
    for (const auto& [prefix, uri] : wanted) {
      const auto known = rendered.find(prefix);
      const std::string_view now = known != rendered.end() ? known->second : std::string_view();
      if (now == uri) continue;
      rendered.insert_or_assign(prefix, uri);
      out_ += prefix.empty() ? " xmlns" : " xmlns:" + std::string(prefix);
      out_ += "=\"";
      append_escaped(out_, uri, "&<\"\t\n\r");
      out_ += '"';
    }
  }

  // By the URI of the namespace, then by the name; those in none first.
  void attributes(const Element& element, std::vector<const Attribute*> all) {
    for (const Attribute& each : element.attributes) all.push_back(&each);
    std::sort(all.begin(), all.end(), [](const Attribute* left, const Attribute* right) {
      return std::tie(left->uri, left->local) < std::tie(right->uri, right->local);
    });
    for (const Attribute* each : all) {
      out_ += each->prefix.empty() ? " " + each->local : " " + each->prefix + ":" + each->local;
      out_ += "=\"";
      append_escaped(out_, each->value, "&<\"\t\n\r");
      out_ += '"';
    }
  }

  const Canonical form_;
  std::string out_;
};

// What an apex takes over from ancestors that are not written: of each attribute xml:… the nearest (Canonical
// XML 1.0, section 2.4), later only the inheritable ones, xml:lang and xml:space (Canonical XML 1.1, section 2.4).
Result<std::vector<const Attribute*>> inherited_by(const Element& apex, std::span<const Element* const> ancestors,
                                                   Canonical form) {
  std::map<std::string_view, const Attribute*> nearest;
  if (form == Canonical::kExclusive) return std::vector<const Attribute*>();
  for (const Element* ancestor : ancestors) {
    for (const Attribute& each : ancestor->attributes) {
      if (each.uri != kXmlNamespace) continue;
      const bool is_inheritable = each.local == "lang" || each.local == "space";
      ENSURE(form == Canonical::kInclusive10 || each.local != "base",
             Error{Blame::kRequest, "xml.unsupported", "xml:base around what is signed"});
      if (form == Canonical::kInclusive10 || is_inheritable) nearest.insert_or_assign(each.local, &each);
    }
  }
  std::vector<const Attribute*> out;
  for (const auto& [local, attribute] : nearest) {
    if (apex.attribute(local, kXmlNamespace) == nullptr) out.push_back(attribute);
  }
  return out;
}

}  // namespace

Result<std::string> canonical_form(const Element& apex, std::span<const Element* const> ancestors, Canonical form) {
  Namespaces scope;
  for (const Element* ancestor : ancestors) come_into_scope(scope, *ancestor);
  std::vector<const Attribute*> inherited = TRY(inherited_by(apex, ancestors, form));
  Writer writer(form);
  TRY(writer.element(apex, std::move(scope), {}, std::move(inherited)));
  return writer.take();
}

}  // namespace avouch::xml
