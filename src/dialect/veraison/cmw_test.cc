#include "dialect/veraison/cmw.h"

#include <gtest/gtest.h>

#include "codec/cbor.h"
#include "dialect/veraison/negotiation.h"
#include "testing/code_of.h"

namespace avouch::dialect::veraison {
namespace {

using testing::code_of;

std::string text_of(cbor::Writer& out) {
  return std::string(as_text(out.take()));
}
std::string record(std::string_view type, Bytes evidence) {
  cbor::Writer out;
  out.array(2).text(type).bytes(evidence);
  return text_of(out);
}
std::string tagged(std::uint64_t tag) {
  cbor::Writer out;
  out.tag(tag).bytes(Buffer{1});
  return text_of(out);
}

TEST(Cmw, TakesARecordApartInBothEncodings) {
  const std::string message = record("application/x; a=b", Buffer{1, 2, 3});
  for (const std::string& each : {std::string(R"(["application/x; a=b","AQID"])"), message}) {
    const Result<Wrapped> wrapped = unwrap(each);
    ASSERT_EQ(code_of(wrapped), "ok");
    EXPECT_EQ(wrapped->media_type, "application/x; a=b");
    EXPECT_EQ(wrapped->evidence, (Buffer{1, 2, 3}));
  }
}

TEST(Cmw, TakesOnlyEvidence) {
  EXPECT_EQ(code_of(unwrap(R"(["a/b","AQ",4])")), "ok");
  EXPECT_EQ(code_of(unwrap(R"(["a/b","AQ",7])")), "ok");
  EXPECT_EQ(code_of(unwrap(R"(["a/b","AQ",8])")), "cmw.indicator");
  EXPECT_EQ(code_of(unwrap(R"(["a/b","AQ",0])")), "cmw.indicator");
  for (const std::int64_t indicator : {4, 8}) {
    cbor::Writer out;
    out.array(3).text("a/b").bytes(Buffer{1}).integer(indicator);
    EXPECT_EQ(code_of(unwrap(text_of(out))), indicator == 4 ? "ok" : "cmw.indicator");
  }
}

TEST(Cmw, NamesContentFormats) {
  EXPECT_EQ(unwrap(R"([263,"AQ"])")->media_type, "application/eat+cwt");
  EXPECT_EQ(unwrap(R"([60,"AQ"])")->media_type, "content format 60");
  EXPECT_EQ(unwrap(tagged(0x63740101 + 256 + 8))->media_type, "application/eat+cwt");  // 263 = 255 + 8
  EXPECT_EQ(unwrap(tagged(0x63740101))->media_type, "content format 0");
}

TEST(Cmw, RefusesTagsOfNoContentFormat) {
  for (const std::uint64_t tag : {std::uint64_t{18}, std::uint64_t{0x63740100}, std::uint64_t{0x63740101 + 255},
                                  std::uint64_t{0x63740101} + 65'536, ~std::uint64_t{0}}) {
    EXPECT_EQ(code_of(unwrap(tagged(tag))), "cmw.type") << tag;
  }
}

TEST(Cmw, LeavesACcaCollectionAsItIs) {
  cbor::Writer out;
  out.tag(907).map(0);
  const std::string message = text_of(out);
  const Result<Wrapped> wrapped = unwrap(message);
  ASSERT_EQ(code_of(wrapped), "ok");
  EXPECT_EQ(wrapped->media_type, kEvidenceTypes[0]);
  EXPECT_EQ(as_text(wrapped->evidence), message);
}

TEST(Cmw, RefusesWhatIsNoRecord) {
  EXPECT_EQ(code_of(unwrap("")), "cmw.empty");
  EXPECT_EQ(code_of(unwrap(R"(["a/b",""])")), "cmw.empty");
  EXPECT_EQ(code_of(unwrap(record("a/b", {}))), "cmw.empty");
  EXPECT_EQ(code_of(unwrap("[")), "json.syntax");
  for (const char* message : {"[]", R"(["a/b"])", R"(["a/b","AQ",4,4])", R"(["a/b",1])", R"(["a/b","AQ","4"])"}) {
    EXPECT_EQ(code_of(unwrap(message)), "cmw.record") << message;
  }
  EXPECT_EQ(code_of(unwrap(R"([null,"AQ"])")), "cmw.type");
  EXPECT_EQ(code_of(unwrap(R"([-1,"AQ"])")), "cmw.type");
  EXPECT_EQ(code_of(unwrap(R"(["a/b","AQ=="])")), "base64.syntax");
  EXPECT_EQ(code_of(unwrap(R"({"a":["a/b","AQ"]})")), "cmw.collection");
}

TEST(Cmw, RefusesEveryTruncationAndAnyOctetMore) {
  const std::string message = record("a/b", Buffer{1, 2, 3});
  for (std::size_t length = 0; length < message.size(); ++length) {
    EXPECT_NE(code_of(unwrap(message.substr(0, length))), "ok") << length;
  }
  EXPECT_EQ(code_of(unwrap(message + "x")), "cbor.trailing");
  EXPECT_EQ(code_of(unwrap(tagged(0x63740101) + "x")), "cbor.trailing");
}

}  // namespace
}  // namespace avouch::dialect::veraison
