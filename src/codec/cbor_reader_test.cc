#include <gtest/gtest.h>

#include <limits>

#include "base/limits.h"
#include "codec/cbor.h"
#include "codec/hex.h"

namespace avouch::cbor {
namespace {

Buffer from_hex(std::string_view hex) {
  return codec::from_hex(hex).value();
}

// What skip() and end() say of a whole document.
std::string skip_code(std::string_view hex) {
  const Buffer input = from_hex(hex);
  Reader in(input, "test");
  const Result<Bytes> skipped = in.skip();
  if (!skipped.has_value()) return skipped.error().code;
  EXPECT_EQ(skipped->size(), in.offset());
  const Status end = in.end();
  return end.has_value() ? "accepted" : end.error().code;
}

template <class Value>
std::string code_of(const Result<Value>& result) {
  return result.has_value() ? "accepted" : result.error().code;
}

std::string repeat(std::string_view text, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += text;
  return out;
}

TEST(CborReader, ReadsIntegers) {  // RFC 8949 appendix A
  const std::pair<const char*, std::int64_t> examples[] = {
      {"00", 0},
      {"17", 23},
      {"1818", 24},
      {"18ff", 255},
      {"190100", 256},
      {"1a000f4240", 1000000},
      {"1b000000e8d4a51000", 1000000000000},
      {"1b7fffffffffffffff", std::numeric_limits<std::int64_t>::max()},
      {"20", -1},
      {"3863", -100},
      {"3903e7", -1000},
      {"3b7fffffffffffffff", std::numeric_limits<std::int64_t>::min()},
  };
  for (const auto& [hex, value] : examples) {
    const Buffer input = from_hex(hex);
    Reader in(input, "test");
    EXPECT_EQ(in.integer().value(), value) << hex;
    EXPECT_TRUE(in.end().has_value()) << hex;
  }
}

TEST(CborReader, ReadsUnsignedIntegersOfSixtyFourBits) {
  const Buffer input = from_hex("1bffffffffffffffff");
  EXPECT_EQ(Reader(input, "test").unsigned_integer().value(), std::numeric_limits<std::uint64_t>::max());
}

TEST(CborReader, RefusesIntegersBeyondSixtyFourBitsWithSign) {
  for (const char* hex : {"1b8000000000000000", "1bffffffffffffffff", "3b8000000000000000", "3bffffffffffffffff"}) {
    const Buffer input = from_hex(hex);
    EXPECT_EQ(code_of(Reader(input, "test").integer()), "cbor.integer") << hex;
  }
}

TEST(CborReader, ReadsStringsWithoutCopying) {
  const Buffer input = from_hex("440102030462c3bc4060");
  Reader in(input, "test");
  const Bytes octets = in.bytes().value();
  EXPECT_EQ(octets.data(), input.data() + 1);
  EXPECT_EQ(to_buffer(octets), (Buffer{1, 2, 3, 4}));
  EXPECT_EQ(in.text().value(), "ü");
  EXPECT_TRUE(in.bytes().value().empty());
  EXPECT_TRUE(in.text().value().empty());
  EXPECT_TRUE(in.at_end());
}

TEST(CborReader, ReadsContainersTagsAndSimpleValues) {
  const Buffer input = from_hex("d28301a10203f5f4f6");
  Reader in(input, "test");
  EXPECT_EQ(in.peek().value(), Kind::kTag);
  EXPECT_EQ(in.tag().value(), 18U);
  EXPECT_EQ(in.array().value(), 3U);
  EXPECT_EQ(in.unsigned_integer().value(), 1U);
  EXPECT_EQ(in.map().value(), 1U);
  EXPECT_EQ(in.integer().value(), 2);
  EXPECT_EQ(in.integer().value(), 3);
  EXPECT_TRUE(in.boolean().value());
  EXPECT_FALSE(in.boolean().value());
  EXPECT_TRUE(in.null().has_value());
  EXPECT_TRUE(in.end().has_value());
}

TEST(CborReader, RefusesEveryOtherKindAndStaysWhereItIs) {
  const char* one_of_each[] = {"01", "20", "4101", "6161", "8101", "a10102", "c101", "f5"};
  for (std::size_t stands = 0; stands < std::size(one_of_each); ++stands) {
    const Buffer input = from_hex(one_of_each[stands]);
    Reader in(input, "test");
    EXPECT_EQ(in.peek().value(), static_cast<Kind>(stands));
    const std::string codes[] = {code_of(Reader(in).unsigned_integer()),
                                 code_of(Reader(in).integer()),
                                 code_of(Reader(in).bytes()),
                                 code_of(Reader(in).text()),
                                 code_of(Reader(in).array()),
                                 code_of(Reader(in).map()),
                                 code_of(Reader(in).tag()),
                                 code_of(Reader(in).boolean())};
    for (std::size_t asked = 0; asked < std::size(codes); ++asked) {
      const bool fits = asked == stands || (asked == 1 && stands == 0);
      EXPECT_EQ(codes[asked], fits ? "accepted" : "cbor.kind") << asked << " asked, there stands " << stands;
    }
    if (stands != 2) {
      EXPECT_FALSE(in.bytes().has_value());
      EXPECT_EQ(in.offset(), 0U);
    }
  }
}

TEST(CborReader, RefusesOtherSimpleValuesAsBooleanOrNull) {
  for (const char* hex : {"f7", "f0", "f820", "f90000", "fb0000000000000000"}) {
    const Buffer input = from_hex(hex);
    EXPECT_EQ(code_of(Reader(input, "test").boolean()), "cbor.simple") << hex;
    EXPECT_EQ(code_of(Reader(input, "test").null()), "cbor.simple") << hex;
  }
  const Buffer no_null = from_hex("f4");
  EXPECT_EQ(code_of(Reader(no_null, "test").null()), "cbor.simple");
  const Buffer no_simple = from_hex("00");
  EXPECT_EQ(code_of(Reader(no_simple, "test").null()), "cbor.kind");
}

TEST(CborReader, RefusesLongerHeadsThanNeeded) {
  const char* heads[] = {
      "1800", "1817", "190000", "1900ff", "1a00000000", "1a0000ffff", "1b0000000000000000", "1b00000000ffffffff"};
  for (const std::string head : heads) {
    for (int major = 0; major < 7; ++major) {
      Buffer input = from_hex(head + repeat("00", 70'000));
      input[0] = static_cast<std::uint8_t>(input[0] | (major << 5));
      EXPECT_EQ(code_of(Reader(input, "test").skip()), "cbor.not-shortest") << head << " of major type " << major;
    }
  }
}

TEST(CborReader, AcceptsTheLeastArgumentOfEachLength) {
  for (const char* hex : {"1818", "190100", "1a00010000", "1b0000000100000000"})
    EXPECT_EQ(skip_code(hex), "accepted") << hex;
}

TEST(CborReader, RefusesIndefiniteLengths) {
  for (const char* hex : {"5f4101ff", "7f6161ff", "9f01ff", "bf0102ff", "ff", "1f", "3f", "df"}) {
    EXPECT_EQ(skip_code(hex), "cbor.indefinite") << hex;
  }
}

TEST(CborReader, RefusesReservedInitialBytes) {
  for (int major = 0; major < 8; ++major) {
    for (int information = 28; information <= 30; ++information) {
      const Buffer input{static_cast<std::uint8_t>((major << 5) | information), 0, 0, 0, 0, 0, 0, 0, 0, 0};
      EXPECT_EQ(code_of(Reader(input, "test").skip()), "cbor.kind");
    }
  }
}

TEST(CborReader, RefusesEveryTruncation) {
  const Buffer whole = from_hex("d28443a10126a1044131f94cc8e000a26161fb3ff199999999999a0282f51901004401020304");
  const Buffer input(whole.begin(), whole.end());
  Reader complete(input, "test");
  const std::size_t length = complete.skip().value().size();
  for (std::size_t cut = 0; cut < length; ++cut) {
    const Buffer part(input.begin(), input.begin() + static_cast<std::ptrdiff_t>(cut));
    EXPECT_EQ(code_of(Reader(part, "test").skip()), "cbor.short") << cut;
  }
}

TEST(CborReader, RefusesLengthsBeyondTheInput) {
  for (const char* hex : {"41", "61", "5bffffffffffffffff00", "7b7fffffffffffffff00", "9bffffffffffffffff00",
                          "bbffffffffffffffff00", "bb7fffffffffffffff00", "8201", "a101", "a20102", "c1"}) {
    EXPECT_EQ(skip_code(hex), "cbor.short") << hex;
  }
  const Buffer claims = from_hex("9affffffff0000");
  EXPECT_EQ(code_of(Reader(claims, "test").array()), "cbor.short");
}

TEST(CborReader, RefusesTextThatIsNotUtf8) {
  for (const char* hex : {"61ff", "62c080", "63eda080", "61c3"}) {
    const Buffer input = from_hex(hex);
    EXPECT_EQ(code_of(Reader(input, "test").text()), "cbor.utf8") << hex;
    EXPECT_EQ(skip_code(hex), "cbor.utf8") << hex;
    EXPECT_EQ(skip_code("81a101" + std::string(hex)), "cbor.utf8") << hex;
  }
}

TEST(CborReader, RefusesAnythingLeftOver) {
  EXPECT_EQ(skip_code("0000"), "cbor.trailing");
  EXPECT_EQ(skip_code("80ff"), "cbor.trailing");
}

TEST(CborSkip, PassesOverFloatsAndSimpleValues) {
  for (const char* hex :
       {"f90000", "f97e00", "fa47c35000", "fb3ff199999999999a", "f4", "f5", "f6", "f7", "e0", "f0", "f820", "f8ff"}) {
    EXPECT_EQ(skip_code(hex), "accepted") << hex;
  }
}

TEST(CborSkip, RefusesSimpleValuesInTheLongerForm) {
  for (const char* hex : {"f800", "f814", "f818", "f81f"}) EXPECT_EQ(skip_code(hex), "cbor.simple") << hex;
}

TEST(CborSkip, AcceptsTheGreatestDepthAndRefusesOneMore) {
  for (const char* opening : {"81", "a100", "c1"}) {
    EXPECT_EQ(skip_code(repeat(opening, limits::kCborDepth) + "00"), "accepted") << opening;
    EXPECT_EQ(skip_code(repeat(opening, limits::kCborDepth + 1) + "00"), "cbor.depth") << opening;
    EXPECT_EQ(skip_code(repeat(opening, 100'000) + "00"), "cbor.depth") << opening;
  }
  EXPECT_EQ(skip_code(repeat("81", limits::kCborDepth) + "80"), "cbor.depth");
}

TEST(CborSkip, RefusesDuplicateKeysAtEveryLevel) {
  for (const char* hex : {"a201000100", "a3010002000100", "a2616100616100", "81a201000100", "a100a201000100",
                          "a1a20100010000", "a2810100810100", "a2f500f500"}) {
    EXPECT_EQ(skip_code(hex), "cbor.duplicate-key") << hex;
  }
  EXPECT_EQ(skip_code("a301002000610100"), "accepted");
}

std::string map_of(std::size_t pair_count, bool descending) {
  Writer out;
  out.map(pair_count);
  for (std::size_t i = 0; i < pair_count; ++i) out.unsigned_integer(descending ? pair_count - i : i).null();
  return codec::to_hex(out.view());
}

TEST(CborSkip, BoundsThePairsOfAMap) {
  EXPECT_EQ(skip_code(map_of(limits::kCborMapPairs, false)), "accepted");
  EXPECT_EQ(skip_code(map_of(limits::kCborMapPairs, true)), "accepted");
  EXPECT_EQ(skip_code(map_of(limits::kCborMapPairs + 1, false)), "cbor.too-many");
}

TEST(CborReadMap, HandsOverEachPair) {
  const Buffer input = from_hex("a301202602616104");
  Reader in(input, "test");
  std::vector<std::string> seen;
  const auto on_pair = [&seen](const Key& key, Reader& value) -> Status {
    const std::int64_t number = TRY(value.integer());
    seen.push_back((key.is_text ? std::string(key.text) : std::to_string(key.number)) + "=" + std::to_string(number));
    return ok();
  };
  EXPECT_TRUE(read_map(in, on_pair).has_value());
  EXPECT_EQ(seen, (std::vector<std::string>{"1=-1", "-7=2", "a=4"}));
  EXPECT_TRUE(in.at_end());
}

std::string read_map_code(std::string_view hex) {
  const Buffer input = from_hex(hex);
  Reader in(input, "test");
  const auto pass_over = [](const Key&, Reader& value) -> Status {
    TRY(value.skip());
    return ok();
  };
  return code_of(read_map(in, pass_over));
}

TEST(CborReadMap, RefusesDuplicateKeys) {
  EXPECT_EQ(read_map_code("a201000100"), "cbor.duplicate-key");
  EXPECT_EQ(read_map_code("a36161000100616100"), "cbor.duplicate-key");
  EXPECT_EQ(read_map_code("a4200001006100002000"), "cbor.duplicate-key");
}

TEST(CborReadMap, DoesNotHandOverTheSecondOfTwoEqualKeys) {
  const Buffer input = from_hex("a201000101");
  Reader in(input, "test");
  int calls = 0;
  const auto count_calls = [&calls](const Key&, Reader& value) -> Status {
    ++calls;
    TRY(value.skip());
    return ok();
  };
  EXPECT_EQ(code_of(read_map(in, count_calls)), "cbor.duplicate-key");
  EXPECT_EQ(calls, 1);
}

TEST(CborReadMap, TellsNumbersFromTexts) {
  EXPECT_EQ(read_map_code("a20100613100"), "accepted");
  EXPECT_TRUE((Key{.is_text = false, .number = 1, .text = {}}.is(1)));
  EXPECT_FALSE((Key{.is_text = true, .number = 1, .text = "1"}.is(1)));
}

TEST(CborReadMap, RefusesKeysOfOtherKinds) {
  for (const char* hex : {"a1410100", "a1810100", "a1f500", "a1c10000"})
    EXPECT_EQ(read_map_code(hex), "cbor.kind") << hex;
  EXPECT_EQ(read_map_code("a11b800000000000000000"), "cbor.integer");
  EXPECT_EQ(read_map_code("a161ff00"), "cbor.utf8");
}

TEST(CborReadMap, BoundsItsPairs) {
  EXPECT_EQ(read_map_code(map_of(limits::kCborMapPairs, true)), "accepted");
  EXPECT_EQ(read_map_code(map_of(limits::kCborMapPairs + 1, true)), "cbor.too-many");
}

TEST(CborReadMap, PassesOnTheFailureOfItsCaller) {
  const Buffer input = from_hex("a10000");
  Reader in(input, "test");
  const auto refuse = [](const Key&, Reader& value) -> Status { return value.error("test.refused", "no"); };
  EXPECT_EQ(code_of(read_map(in, refuse)), "test.refused");
}

TEST(CborReader, BlamesTheEvidenceAndSaysWhere) {
  const Buffer input = from_hex("8201ff");
  Reader in(input, "cca.realm");
  const Error error = in.skip().error();
  EXPECT_EQ(error.blame, Blame::kEvidence);
  EXPECT_EQ(error.detail, "cca.realm at offset 2: indefinite length, or a break");
}

}  // namespace
}  // namespace avouch::cbor
