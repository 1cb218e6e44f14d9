#include "codec/xml.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "testing/code_of.h"

namespace avouch::xml {
namespace {

using testing::code_of;

std::string repeated(std::size_t count, const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += text;
  return out;
}

TEST(Xml, ReadsElementsAttributesAndText) {
  const Result<Element> root = parse(
      "\xEF\xBB\xBF<?xml version='1.0' encoding='utf-8' standalone='no'?>\n<!-- a -->\n"
      "<a one=\"1\" two='&lt;&#x41;&#66;'>x<b/>y<!-- gone -->z</a >\n<!-- b --> ");
  ASSERT_TRUE(root.has_value()) << root.error().detail;
  EXPECT_EQ(root->local, "a");
  EXPECT_EQ(*root->attribute("one"), "1");
  EXPECT_EQ(*root->attribute("two"), "<AB");
  EXPECT_EQ(root->attribute("three"), nullptr);
  ASSERT_EQ(root->children.size(), 3U);
  EXPECT_EQ(std::get<std::string>(root->children[0]), "x");
  EXPECT_EQ(root->elements().front()->local, "b");
  EXPECT_EQ(std::get<std::string>(root->children[2]), "yz") << "a comment does not split what stands around it";
}

TEST(Xml, ResolvesNamespacesByScope) {
  const Result<Element> root = parse(
      R"(<a xmlns="urn:d" xmlns:p="urn:p"><p:b c="1" p:c="2" xml:lang="en"/><d xmlns="" xmlns:p="urn:q"><p:e/></d></a>)");
  ASSERT_TRUE(root.has_value()) << root.error().detail;
  EXPECT_TRUE(root->is("urn:d", "a"));
  const Element& b = *root->elements()[0];
  EXPECT_TRUE(b.is("urn:p", "b"));
  EXPECT_EQ(*b.attribute("c"), "1");
  EXPECT_EQ(*b.attribute("c", "urn:p"), "2");
  EXPECT_EQ(b.attribute("c", "urn:d"), nullptr) << "the default is not for attributes";
  EXPECT_EQ(*b.attribute("lang", kXmlNamespace), "en");
  const Element& d = *root->elements()[1];
  EXPECT_TRUE(d.is("", "d"));
  EXPECT_TRUE(d.elements()[0]->is("urn:q", "e"));
}

TEST(Xml, NormalizesLineEndsAndSpacesOfAttributes) {
  const Result<Element> root = parse("<a b='1\r\n2\t3\n4\r5&#10;6&#13;7'>1\r\n2\r3\n&#13;</a>");
  EXPECT_EQ(*root->attribute("b"), "1 2 3 4 5\n6\r7");
  EXPECT_EQ(*root->text(), "1\n2\n3\n\r");
}

TEST(Xml, GivesTextOnlyOfElementsThatHoldNothingElse) {
  EXPECT_EQ(*parse("<a/>")->text(), "");
  EXPECT_EQ(*parse("<a>&#x1F600;&amp;</a>")->text(), "\xF0\x9F\x98\x80&");
  EXPECT_EQ(code_of(parse("<a>1<b/></a>")->text()), "xml.content");
  EXPECT_EQ(code_of(parse("<a><b/></a>")->text()), "xml.content");
}

TEST(Xml, RefusesDocumentTypesAndEntities) {
  EXPECT_EQ(code_of(parse("<!DOCTYPE a><a/>")), "xml.unsupported");
  EXPECT_EQ(code_of(parse("<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>")), "xml.unsupported");
  EXPECT_EQ(code_of(parse("<!DOCTYPE l [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;\">]><l>&b;</l>")), "xml.unsupported");
  EXPECT_EQ(code_of(parse("<a>&b;</a>")), "xml.unsupported");
  EXPECT_EQ(code_of(parse("<a b='&nbsp;'/>")), "xml.unsupported");
  EXPECT_EQ(code_of(parse("<a><!DOCTYPE a></a>")), "xml.unsupported");
  EXPECT_EQ(code_of(parse("<a/><!DOCTYPE a>")), "xml.unsupported");
}

TEST(Xml, RefusesProcessingInstructionsAndCdata) {
  EXPECT_EQ(code_of(parse("<?xml-stylesheet href='x'?><a/>")), "xml.unsupported");
  EXPECT_EQ(code_of(parse("<a><?p?></a>")), "xml.unsupported");
  EXPECT_EQ(code_of(parse("<a/><?p?>")), "xml.unsupported");
  EXPECT_EQ(code_of(parse(" <?xml version='1.0'?><a/>")), "xml.unsupported");
  EXPECT_EQ(code_of(parse("<a><![CDATA[x]]></a>")), "xml.unsupported");
  EXPECT_EQ(code_of(parse("<?xml version='1.1'?><a/>")), "xml.unsupported");
  EXPECT_EQ(code_of(parse("<?xml ?><a/>")), "xml.unsupported") << "no version";
}

TEST(Xml, RefusesOtherEncodings) {
  EXPECT_EQ(code_of(parse("<?xml version='1.0' encoding='ISO-8859-1'?><a/>")), "xml.encoding");
  EXPECT_EQ(code_of(parse("<a>\xE9</a>")), "xml.encoding");
  EXPECT_EQ(code_of(parse("<a>\xED\xA0\x80</a>")), "xml.encoding") << "a surrogate";
  EXPECT_EQ(code_of(parse(std::string_view("\xFF\xFE<\0a\0/\0>\0", 10))), "xml.encoding");
}

TEST(Xml, RefusesCharactersThatXmlDoesNotHave) {
  for (const char* text : {"<a>\x01</a>", "<a b='\x0B'/>", "<a>\xEF\xBF\xBE</a>", "<a>&#0;</a>", "<a>&#x1F;</a>",
                           "<a>&#xD800;</a>", "<a>&#xFFFF;</a>", "<a>&#x110000;</a>", "<a>&#99999999999;</a>",
                           "<a>&#;</a>", "<a>&#x;</a>", "<a>&#-1;</a>", "<a>&#1x;</a>", "<a>&# 1;</a>"}) {
    EXPECT_EQ(code_of(parse(text)), "xml.syntax") << text;
  }
  EXPECT_EQ(code_of(parse(std::string_view("<a>\0</a>", 8))), "xml.syntax");
}

TEST(Xml, RefusesWhatIsNotWellFormed) {
  for (const char* text : {"",
                           " ",
                           "a",
                           "<",
                           "<a",
                           "<a>",
                           "<a/",
                           "<a></b>",
                           "<a></a",
                           "<a><b></a></b>",
                           "</a>",
                           "<a/><b/>",
                           "<a/>x",
                           "x<a/>",
                           "< a/>",
                           "<a b/>",
                           "<a b=c/>",
                           "<a b='1'c='2'/>",
                           "<a b='<'/>",
                           "<a b='1/>",
                           "<a b=\"1'/>",
                           "<1/>",
                           "<a:/>",
                           "<:a/>",

                           "<a>&</a>",
                           "<a>& </a>",
                           "<a>&lt</a>",
                           "<a>]]></a>",
                           "<a><!-- -- --></a>",
                           "<a><!-- </a>",
                           "<a><!x></a>",
                           "<a></a b='1'>",
                           "<\xC3\xA9/>",
                           "<?xml version='1.0'?>",
                           "<?xml version='1.0' standalone='maybe'?><a/>",
                           "<?xml version='1.0' other='1'?><a/>",
                           "<a xmlns:p='urn:p'></p:a>"}) {
    const Result<Element> root = parse(text);
    ASSERT_FALSE(root.has_value()) << text;
    EXPECT_STREQ(root.error().code, "xml.syntax") << text;
  }
}

TEST(Xml, RefusesAttributesThatStandTwice) {
  EXPECT_EQ(code_of(parse("<a b='1' b='1'/>")), "xml.attribute");
  EXPECT_EQ(code_of(parse("<a xmlns:p='urn:x' xmlns:q='urn:x' p:b='1' q:b='2'/>")), "xml.attribute");
  EXPECT_EQ(code_of(parse("<a xmlns='urn:x' xmlns='urn:x'/>")), "xml.attribute");
  EXPECT_EQ(code_of(parse("<a xmlns='urn:x' xmlns:p='urn:x' b='1' p:b='2'/>")), "ok");
}

TEST(Xml, RefusesNamespacesThatAreNone) {
  for (const char* text :
       {"<p:a/>", "<a p:b='1'/>", "<a><b xmlns:p='urn:p'/><p:c/></a>", "<a xmlns:p=''/>", "<a xmlns:xml='urn:x'/>",
        "<a xmlns:p='http://www.w3.org/XML/1998/namespace'/>", "<a xmlns:xmlns='urn:x'/>", "<xmlns:a/>",
        "<a xmlns:p='http://www.w3.org/2000/xmlns/'/>", "<a xmlns:p='relative'/>", "<a:b:c/>"}) {
    EXPECT_EQ(code_of(parse(text)), "xml.namespace") << text;
  }
}

TEST(Xml, RefusesWhatIsTooLargeTooDeepOrTooMuch) {
  const auto nested = [](std::size_t depth) { return repeated(depth, "<a>") + repeated(depth, "</a>"); };
  EXPECT_EQ(code_of(parse(nested(limits::kXmlDepth))), "ok");
  EXPECT_EQ(code_of(parse(nested(limits::kXmlDepth + 1))), "xml.depth");
  EXPECT_EQ(code_of(parse(repeated(200'000, "<a>"))), "xml.depth");
  EXPECT_EQ(code_of(parse("<a>" + repeated(limits::kXmlNodes - 1, "<b/>") + "</a>")), "ok");
  EXPECT_EQ(code_of(parse("<a>" + repeated(limits::kXmlNodes, "<b/>") + "</a>")), "xml.nodes");
  EXPECT_EQ(code_of(parse("<a>" + std::string(limits::kXmlBytes - 7, 'x') + "</a>")), "ok");
  EXPECT_EQ(code_of(parse("<a>" + std::string(limits::kXmlBytes - 6, 'x') + "</a>")), "xml.size");
  const std::string name(limits::kXmlNameBytes, 'n');
  EXPECT_EQ(code_of(parse("<" + name + "/>")), "ok");
  EXPECT_EQ(code_of(parse("<" + name + "n/>")), "xml.size");
  EXPECT_EQ(code_of(parse("<a xmlns='urn:" + name + "'/>")), "xml.size");
  std::string attributes, declarations;
  for (std::size_t i = 0; i < limits::kXmlAttributes; ++i) attributes += " a" + std::to_string(i) + "='1'";
  for (std::size_t i = 0; i < limits::kXmlDeclarations; ++i)
    declarations += " xmlns:p" + std::to_string(i) + "='urn:x'";
  EXPECT_EQ(code_of(parse("<a" + attributes + "/>")), "ok");
  EXPECT_EQ(code_of(parse("<a" + attributes + " b='1'/>")), "xml.nodes");
  EXPECT_EQ(code_of(parse("<a" + declarations + "/>")), "ok");
  EXPECT_EQ(code_of(parse("<a" + declarations + "><b xmlns='urn:x'/></a>")), "xml.nodes");
}

TEST(Xml, SaysWhereItFailed) {
  EXPECT_EQ(parse("<a>\n  <b></c>\n</a>").error().detail.substr(0, 5), "2:9: ");
}

}  // namespace
}  // namespace avouch::xml
