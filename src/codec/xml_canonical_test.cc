#include "codec/xml_canonical.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "testing/code_of.h"

namespace avouch::xml {
namespace {

using enum Canonical;

std::string form_of(std::string_view document, Canonical form) {
  return canonical_form(parse(document).value(), {}, form).value();
}

// The innermost of elements that have one child each.
std::string form_of_innermost(std::string_view document, Canonical form) {
  const Element root = parse(document).value();
  std::vector<const Element*> path = {&root};
  while (!path.back()->elements().empty()) path.push_back(path.back()->elements().front());
  return canonical_form(*path.back(), std::span(path).first(path.size() - 1), form).value();
}

// The examples of Canonical XML 1.0, section 3, as far as they need no DTD.
TEST(XmlCanonical, WritesTheExamplesOfTheRecommendation) {
  EXPECT_EQ(form_of("<?xml version=\"1.0\"?>\n\n<doc>Hello, world!<!-- Comment 1 --></doc>\n\n<!-- Comment 2 -->",
                    kInclusive10),
            "<doc>Hello, world!</doc>");
  EXPECT_EQ(form_of("<doc>\n   <clean>   </clean>\n   <dirty>   A   B   </dirty>\n</doc>", kInclusive10),
            "<doc>\n   <clean>   </clean>\n   <dirty>   A   B   </dirty>\n</doc>");
  EXPECT_EQ(
      form_of("<e5 a:attr=\"out\" b:attr=\"sorted\" attr2=\"all\" attr=\"I'm\"\n xmlns:b=\"http://www.ietf.org\"\n"
              " xmlns:a=\"http://www.w3.org\"\n xmlns=\"http://example.org\"/>",
              kInclusive10),
      "<e5 xmlns=\"http://example.org\" xmlns:a=\"http://www.w3.org\" xmlns:b=\"http://www.ietf.org\" "
      "attr=\"I'm\" attr2=\"all\" b:attr=\"sorted\" a:attr=\"out\"></e5>");
  EXPECT_EQ(form_of("<e6 xmlns=\"\" xmlns:a=\"http://www.w3.org\"><e7 xmlns=\"http://www.ietf.org\"><e8 xmlns=\"\" "
                    "xmlns:a=\"http://www.w3.org\"><e9 xmlns=\"\" xmlns:a=\"http://www.ietf.org\"/></e8></e7></e6>",
                    kInclusive10),
            "<e6 xmlns:a=\"http://www.w3.org\"><e7 xmlns=\"http://www.ietf.org\"><e8 xmlns=\"\">"
            "<e9 xmlns:a=\"http://www.ietf.org\"></e9></e8></e7></e6>");
  EXPECT_EQ(form_of("<doc><text>First line&#x0d;&#10;Second line</text><value>&#x32;</value></doc>", kInclusive10),
            "<doc><text>First line&#xD;\nSecond line</text><value>2</value></doc>");
  EXPECT_EQ(form_of("<norm attr=' &apos;   &#x20;&#13;&#xa;&#9;   &apos; '/>", kInclusive10),
            "<norm attr=\" '    &#xD;&#xA;&#x9;   ' \"></norm>");
  EXPECT_EQ(form_of("<?xml version=\"1.0\" encoding=\"UTF-8\"?><doc>&#169;</doc>", kInclusive10),
            "<doc>\xC2\xA9</doc>");
}

TEST(XmlCanonical, EscapesWhatWouldMeanSomethingElse) {
  EXPECT_EQ(form_of("<a b='&lt;&gt;&amp;&quot;&apos;'>&lt;&gt;&amp;\"'\t</a>", kExclusive),
            "<a b=\"&lt;>&amp;&quot;'\">&lt;&gt;&amp;\"'\t</a>");
}

// Exclusive XML Canonicalization 1.0, section 2.2.
TEST(XmlCanonical, ExclusiveWritesOnlyTheNamespacesThatAreUsed) {
  const char* document =
      R"(<n0:a xmlns:n0="foo:bar" xmlns:n3="ftp://example.org"><n1:b xmlns:n1="http://example.net" xml:lang="en">)"
      R"(<n3:c xmlns:n3="ftp://example.org"/></n1:b></n0:a>)";
  EXPECT_EQ(form_of(document, kExclusive),
            R"(<n0:a xmlns:n0="foo:bar"><n1:b xmlns:n1="http://example.net" xml:lang="en">)"
            R"(<n3:c xmlns:n3="ftp://example.org"></n3:c></n1:b></n0:a>)");
  EXPECT_EQ(form_of_innermost(document, kExclusive), R"(<n3:c xmlns:n3="ftp://example.org"></n3:c>)");
  EXPECT_EQ(
      form_of_innermost(document, kInclusive10),
      R"(<n3:c xmlns:n0="foo:bar" xmlns:n1="http://example.net" xmlns:n3="ftp://example.org" xml:lang="en"></n3:c>)");
}

TEST(XmlCanonical, APartInheritsAttributesOfXmlAsItsFormSays) {
  const char* document =
      R"(<a xml:lang="en" xml:id="i" xml:space="default"><b xml:lang="de"><c xml:space="preserve" d="1"/></b></a>)";
  EXPECT_EQ(form_of_innermost(document, kInclusive10),
            R"(<c d="1" xml:id="i" xml:lang="de" xml:space="preserve"></c>)");
  EXPECT_EQ(form_of_innermost(document, kInclusive11), R"(<c d="1" xml:lang="de" xml:space="preserve"></c>)");
  EXPECT_EQ(form_of_innermost(document, kExclusive), R"(<c d="1" xml:space="preserve"></c>)");
}

TEST(XmlCanonical, RefusesToJoinBases) {
  const Element root = parse(R"(<a xml:base="http://example.org/"><b/></a>)").value();
  const std::vector<const Element*> ancestors = {&root};
  const Element& part = *root.elements().front();
  EXPECT_EQ(testing::code_of(canonical_form(part, ancestors, kInclusive11)), "xml.unsupported");
  EXPECT_EQ(testing::code_of(canonical_form(part, ancestors, kInclusive10)), "ok");
}

TEST(XmlCanonical, RefusesToGrowWithoutBounds) {
  const std::string uri(limits::kXmlNameBytes, 'u');
  std::string document = "<a xmlns:p='" + uri.substr(4) + ":x'>";
  for (std::size_t i = 0; i + 2 < limits::kXmlNodes; ++i) document += "<p:b/>";
  EXPECT_EQ(testing::code_of(canonical_form(parse(document + "</a>").value(), {}, kExclusive)), "xml.size");
}

}  // namespace
}  // namespace avouch::xml
