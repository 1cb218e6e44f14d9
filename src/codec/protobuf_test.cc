#include "codec/protobuf.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "codec/hex.h"
#include "testing/code_of.h"

namespace avouch::protobuf {
namespace {

using testing::code_of;

Buffer octets(const char* hex) {
  return codec::from_hex(hex).value();
}

Field only_field(Bytes message) {
  Reader in(message);
  const Field field = in.next().value();
  EXPECT_TRUE(in.at_end());
  return field;
}

std::string failure_of(const char* hex) {
  const Buffer message = octets(hex);
  for (Reader in(message); !in.at_end();) {
    const Result<Field> field = in.next();
    if (!field.has_value()) return field.error().code;
  }
  return "ok";
}

// The examples of the encoding document.

TEST(Protobuf, ReadsTheSimpleMessage) {  // "A Simple Message": a = 150
  const Field field = only_field(octets("089601"));
  EXPECT_EQ(field.number, 1U);
  EXPECT_EQ(field.varint().value(), 150U);
}

TEST(Protobuf, ReadsTheText) {  // "Length-Delimited Records": b = "testing"
  const Buffer message = octets("120774657374696e67");
  const Field field = only_field(message);
  EXPECT_EQ(field.number, 2U);
  EXPECT_EQ(field.text().value(), "testing");
}

TEST(Protobuf, ReadsTheSubmessage) {  // "Submessages": c.a = 150
  const Buffer message = octets("1a03089601");
  const Field field = only_field(message);
  EXPECT_EQ(field.number, 3U);
  EXPECT_EQ(only_field(field.bytes().value()).varint().value(), 150U);
}

TEST(Protobuf, ReadsNumbersOfFixedWidthLittleEndian) {
  EXPECT_EQ(only_field(octets("0d01020304")).value, 0x04030201U);
  EXPECT_EQ(only_field(octets("090102030405060708")).value, 0x0807060504030201U);
}

TEST(Protobuf, ReadsTheLargestNumberOfTenOctets) {  // "Signed Integers": -1 as int64
  EXPECT_EQ(only_field(octets("08ffffffffffffffffff01")).varint().value(), std::numeric_limits<std::uint64_t>::max());
}

TEST(Protobuf, ReadsWhatItWrites) {
  const Buffer message = Writer()
                             .varint(1, 0)
                             .varint((1U << 29) - 1, std::numeric_limits<std::uint64_t>::max())
                             .text(3, "Arm \xE2\x80\x93 CCA")
                             .text(4, "")
                             .fixed32(5, 0xDEADBEEF)
                             .fixed64(6, 0x0123456789ABCDEF)
                             .entry(7, {"tee", "sample"})
                             .take();
  Reader in(message);
  EXPECT_EQ(in.next()->varint().value(), 0U);
  EXPECT_EQ(in.next()->varint().value(), std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(in.next()->text().value(), "Arm \xE2\x80\x93 CCA");
  EXPECT_EQ(in.next()->text().value(), "");
  EXPECT_EQ(in.next()->value, 0xDEADBEEFU);
  EXPECT_EQ(in.next()->value, 0x0123456789ABCDEFU);
  const TextEntry entry = read_text_entry(in.next()->bytes().value()).value();
  EXPECT_EQ(entry.key, "tee");
  EXPECT_EQ(entry.value, "sample");
  EXPECT_TRUE(in.at_end());
}

TEST(Protobuf, TakesAnEntryOfAMapInAnyOrderAndTheLastOfEachMember) {
  const Buffer entry = Writer().text(2, "first").text(1, "key").varint(9, 1).text(2, "last").take();
  EXPECT_EQ(read_text_entry(entry)->key, "key");
  EXPECT_EQ(read_text_entry(entry)->value, "last");
  EXPECT_EQ(read_text_entry({})->key, "");
}

TEST(Protobuf, RefusesEveryTruncation) {
  const Buffer message =
      Writer().text(1, "testing").varint(2, 300).fixed32(3, 1).fixed64(4, 1).entry(5, {"a", "b"}).take();
  const std::vector<std::size_t> boundaries = {0, 9, 12, 17, 26, message.size()};
  for (std::size_t length = 0; length <= message.size(); ++length) {
    std::string code = "ok";
    for (Reader in(Bytes(message).first(length)); !in.at_end() && code == "ok";) code = code_of(in.next());
    const bool is_whole = std::find(boundaries.begin(), boundaries.end(), length) != boundaries.end();
    EXPECT_EQ(code, is_whole ? "ok" : "protobuf.short") << length;
  }
}

TEST(Protobuf, RefusesNumbersBeyondSixtyFourBits) {
  EXPECT_EQ(failure_of("08ffffffffffffffffff02"), "protobuf.varint");
  EXPECT_EQ(failure_of("08ffffffffffffffffff8100"), "protobuf.varint");
  EXPECT_EQ(failure_of("0880808080808080808080"), "protobuf.varint");
}

TEST(Protobuf, RefusesALengthBeyondTheMessageHoweverLarge) {
  EXPECT_EQ(failure_of("0a0161"), "ok");
  EXPECT_EQ(failure_of("0a0261"), "protobuf.short");
  EXPECT_EQ(failure_of("0affffffffffffffffff0161"), "protobuf.short");
}

TEST(Protobuf, RefusesGroupsAndWhatIsNoFieldOrWireType) {
  EXPECT_EQ(failure_of("0b"), "protobuf.group");
  EXPECT_EQ(failure_of("0c"), "protobuf.group");
  EXPECT_EQ(failure_of("0e"), "protobuf.field");
  EXPECT_EQ(failure_of("0f"), "protobuf.field");
  EXPECT_EQ(failure_of("0000"), "protobuf.field");  // number 0
  EXPECT_EQ(failure_of("8080808010"
                       "00"),
            "protobuf.field");  // number 2^29
  EXPECT_EQ(failure_of("f8ffffff0f"
                       "00"),
            "ok");  // number 2^29 - 1
}

TEST(Protobuf, RefusesAFieldOfAnotherType) {
  EXPECT_EQ(code_of(only_field(octets("0801")).text()), "protobuf.wire-type");
  EXPECT_EQ(code_of(only_field(octets("0801")).bytes()), "protobuf.wire-type");
  EXPECT_EQ(code_of(only_field(octets("0a00")).varint()), "protobuf.wire-type");
  EXPECT_EQ(code_of(only_field(octets("0d01020304")).varint()), "protobuf.wire-type");
}

TEST(Protobuf, RefusesTextThatIsNotUtf8ButTakesItAsOctets) {
  const Buffer message = octets("0a02c080");
  EXPECT_EQ(code_of(only_field(message).text()), "protobuf.utf8");
  EXPECT_EQ(only_field(message).bytes()->size(), 2U);
  EXPECT_EQ(code_of(read_text_entry(message)), "protobuf.utf8");
}

}  // namespace
}  // namespace avouch::protobuf
