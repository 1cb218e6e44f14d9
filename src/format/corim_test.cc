#include "format/corim.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "format/corim_testing.h"
#include "testing/code_of.h"
#include "testing/vectors.h"

namespace avouch::corim {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace): the parts that manifests are made of
using ::avouch::testing::code_of;

const crypto::PrivateKey& key() {
  static const crypto::PrivateKey kKey = crypto::PrivateKey::generate_ec(crypto::Curve::kP256);
  return kKey;
}

// The code for a manifest of one CoMID with these triples.
std::string of_triples(const Buffer& triples) {
  return code_of(parse_corim(manifest({as_tag(comid(triples))})));
}
std::string of_environment(const Buffer& where) {
  return of_triples(references(where, {measurement(std::nullopt, {{11, text("x")}})}));
}
std::string of_values(const std::vector<Pair>& values) {
  return of_triples(references(environment(), {measurement(std::nullopt, values)}));
}

TEST(Corim, ReadsAnUnsignedManifestWhole) {
  const std::vector<Pair> values = {{0, map({{0, text("1.2")}, {1, number(16384)}})},
                                    {1, tagged(553, number(9))},
                                    {2, list({digest_of(0xaa), list({text("sha-384"), bytes(Buffer(48, 0xbb))})})},
                                    {3, map({{3, Buffer{0xf5}}})},
                                    {4, tagged(560, bytes(Buffer{1, 2}))},
                                    {5, bytes(Buffer{0xff, 0})},
                                    {8, text("serial")},
                                    {9, bytes(Buffer(33, 1))},
                                    {10, bytes(Buffer(16, 2))},
                                    {11, text("name")},
                                    {13, list({tagged(560, bytes(Buffer{3}))})},
                                    {14, map({{0, list({digest_of(0xcc)})}, {7, list({digest_of(0xdd)})}})},
                                    {-1, number(5)}};
  const Buffer where = map({{0, map({{0, tagged(111, bytes(Buffer{0x2b, 0x06, 0x81, 0x00}))},
                                     {1, text("ACME")},
                                     {2, text("RoadRunner")},
                                     {3, number(1)},
                                     {4, number(2)}})},
                            {1, tagged(550, bytes(Buffer(33, 1)))},
                            {2, tagged(37, bytes(Buffer(16, 3)))}});
  const Buffer triples = map({{0, list({list({where, list({measurement(uuid(0x31), values)})})})},
                              {1, list({list({environment(), list({measurement(number(4), {{11, text("e")}})})})})},
                              {3, list({list({environment(), list({tagged(554, text("PEM"))})})})},
                              {5, list({list({}), list({})})}});
  const Buffer document = manifest({as_tag(comid(triples)), tagged(505, bytes(Buffer{0xa0}))},
                                   {{3, tagged(32, text("tag:example.com,2026:x"))},
                                    {4, validity(100, 200)},
                                    {5, list({map({{0, text("ACME Ltd.")}, {2, list({number(1)})}})})}});
  const Result<Corim> read = parse_corim(document);
  ASSERT_EQ(code_of(read), "ok") << read.error().detail;
  EXPECT_FALSE(read->signature.has_value());
  const Manifest& out = read->manifest;
  EXPECT_EQ(to_text(out.id), "manifest 1");
  EXPECT_EQ(to_text(*out.profile), "tag:example.com,2026:x");
  EXPECT_EQ(out.validity.not_before, from_unix_seconds(100));
  EXPECT_EQ(out.validity.not_after, from_unix_seconds(200));
  EXPECT_EQ(out.entities, std::vector<std::string_view>{"ACME Ltd."});
  EXPECT_EQ(out.other_tags_count, 1U);
  ASSERT_EQ(out.modules.size(), 1U);
  const Comid& module = out.modules[0];
  EXPECT_EQ(to_text(module.id), "07070707-0707-0707-0707-070707070707");
  EXPECT_EQ(module.other_triples_count, 2U);
  ASSERT_EQ(module.endorsed.size(), 1U);
  EXPECT_EQ(to_text(*module.endorsed[0].measurements[0].key), "4");
  ASSERT_EQ(module.attest_keys.size(), 1U);
  EXPECT_EQ(module.attest_keys[0].keys[0].kind, CryptoKey::Kind::kPublicKeyPem);
  EXPECT_EQ(module.attest_keys[0].keys[0].text, "PEM");

  ASSERT_EQ(module.reference.size(), 1U);
  const Environment& environment = module.reference[0].environment;
  EXPECT_EQ(to_text(*environment.device_class->id), "1.3.6.128");
  EXPECT_EQ(environment.device_class->vendor, "ACME");
  EXPECT_EQ(environment.device_class->model, "RoadRunner");
  EXPECT_EQ(environment.device_class->layer, 1U);
  EXPECT_EQ(environment.device_class->index, 2U);
  EXPECT_EQ(environment.instance->kind, Name::Kind::kUeid);
  EXPECT_EQ(environment.group->kind, Name::Kind::kUuid);
  const Measurement& measured = module.reference[0].measurements[0];
  EXPECT_EQ(to_text(*measured.key), "31313131-3131-3131-3131-313131313131");
  EXPECT_EQ(measured.version, "1.2");
  EXPECT_EQ(measured.security_version->number, 9U);
  EXPECT_TRUE(measured.security_version->is_minimum);
  ASSERT_EQ(measured.digests.size(), 2U);
  EXPECT_EQ(measured.digests[0].algorithm, 1);
  EXPECT_EQ(measured.digests[1].algorithm_name, "sha-384");
  EXPECT_EQ(measured.digests[1].value.size(), 48U);
  EXPECT_EQ(to_buffer(measured.raw_value->value), (Buffer{1, 2}));
  EXPECT_EQ(to_buffer(*measured.raw_value->mask), (Buffer{0xff, 0}));
  EXPECT_EQ(measured.serial_number, "serial");
  EXPECT_EQ(measured.name, "name");
  EXPECT_EQ(measured.ueid->size(), 33U);
  EXPECT_EQ(measured.uuid->size(), 16U);
  EXPECT_EQ(measured.crypto_keys.size(), 1U);
  ASSERT_EQ(measured.registers.size(), 2U);
  EXPECT_EQ(to_text(measured.registers[1].id), "7");
  EXPECT_EQ(measured.registers[1].digests[0].value[0], 0xdd);
  EXPECT_TRUE(measured.has_others);
}

TEST(Corim, ReadsASignedManifestAndWhoSignedIt) {
  const Buffer document = sign_with(key(), simple_manifest(),
                                    {{3, text("application/rim+cbor")},
                                     {4, bytes(Buffer{1})},
                                     meta("ACME Ltd.", {{1, validity(100, 200)}}),
                                     {33, list({bytes(Buffer{0x30}), bytes(Buffer{0x31})})}});
  const Result<Corim> read = parse_corim(document);
  ASSERT_EQ(code_of(read), "ok") << read.error().detail;
  ASSERT_TRUE(read->signature.has_value());
  EXPECT_EQ(read->signature->signer, "ACME Ltd.");
  EXPECT_EQ(read->signature->validity.not_after, from_unix_seconds(200));
  EXPECT_EQ(read->signature->certificates.size(), 2U);
  EXPECT_EQ(code_of(cose::verify_sign1(read->signature->message, key().public_key())), "ok");
  EXPECT_EQ(read->manifest.modules.size(), 1U);
}

TEST(Corim, ReadsTheSignersNameFromCwtClaimsToo) {
  const Pair claims = {15, map({{1, text("issuer")}, {4, number(200)}, {5, number(100)}})};
  const Pair type = {3, text("application/rim+cbor")};
  const Buffer document = sign_with(key(), simple_manifest(), {type, claims});
  const Result<Corim> read = parse_corim(document);
  ASSERT_EQ(code_of(read), "ok") << read.error().detail;
  EXPECT_EQ(read->signature->signer, "issuer");
  EXPECT_EQ(read->signature->validity.not_before, from_unix_seconds(100));
  EXPECT_EQ(read->signature->validity.not_after, from_unix_seconds(200));
}

TEST(Corim, TakesOffTheOuterTagsOfEarlierDrafts) {
  for (const Buffer& inner : {simple_manifest(), sign(key(), simple_manifest())}) {
    const Buffer document = tagged(500, tagged(502, inner));
    EXPECT_EQ(code_of(parse_corim(document)), "ok");
  }
  EXPECT_EQ(code_of(parse_corim(Buffer{0xd9, 0x01, 0xf4})), "cbor.short");
  EXPECT_EQ(code_of(parse_corim(tagged(501, simple_manifest()))), "cbor.kind");
  EXPECT_EQ(code_of(parse_corim(tagged(503, simple_manifest()))), "corim.untagged");
}

TEST(Corim, TakesACoMidWithoutTagAndLeavesOtherTagsUnread) {
  const Buffer module = comid(references(environment(), {measurement(std::nullopt, {{11, text("x")}})}));
  const Buffer document = manifest({bytes(module), bytes(Buffer{0x01}), tagged(508, bytes({})), tagged(77, number(1))});
  const Result<Corim> read = parse_corim(document);
  ASSERT_EQ(code_of(read), "ok") << read.error().detail;
  EXPECT_EQ(read->manifest.modules.size(), 1U);
  EXPECT_EQ(read->manifest.other_tags_count, 3U);
}

TEST(Corim, RefusesEveryTruncationAndWhatFollows) {
  for (const Buffer& document : {simple_manifest({{4, validity(1, 2)}}), sign(key(), simple_manifest())}) {
    for (std::size_t size = 0; size < document.size(); ++size) {
      EXPECT_FALSE(parse_corim(Bytes(document).first(size)).has_value()) << size;
    }
    Buffer longer = document;
    longer.push_back(0);
    EXPECT_EQ(code_of(parse_corim(longer)), "cbor.trailing");
  }
}

TEST(Corim, RefusesAManifestThatLacksWhatItHasToHave) {
  EXPECT_EQ(code_of(parse_corim(map({}))), "corim.untagged");
  EXPECT_EQ(code_of(parse_corim(tagged(501, map({{0, text("x")}})))), "corim.missing");
  EXPECT_EQ(code_of(parse_corim(tagged(501, map({{1, list({tagged(505, bytes({}))})}})))), "corim.missing");
  EXPECT_EQ(code_of(parse_corim(manifest({}))), "comid.empty");
  EXPECT_EQ(code_of(parse_corim(simple_manifest({{4, map({{0, time(1)}})}}))), "corim.missing");
  EXPECT_EQ(code_of(parse_corim(simple_manifest({{4, map({{1, text("2026")}})}}))), "corim.time");
  EXPECT_EQ(code_of(parse_corim(simple_manifest({{4, map({{1, tagged(0, text("2026"))}})}}))), "corim.time");
  EXPECT_EQ(code_of(parse_corim(simple_manifest({{3, number(1)}}))), "cbor.kind");
  EXPECT_EQ(code_of(parse_corim(simple_manifest({{3, tagged(33, text("x"))}}))), "corim.shape");
  EXPECT_EQ(code_of(parse_corim(simple_manifest({{5, list({map({{2, number(1)}})})}}))), "corim.missing");
  EXPECT_EQ(code_of(parse_corim(simple_manifest({{0, text("twice")}}))), "cbor.duplicate-key");
  EXPECT_EQ(code_of(parse_corim(manifest({tagged(506, number(1))}))), "cbor.kind");
  EXPECT_EQ(code_of(parse_corim(manifest({as_tag(map({{4, references(environment(), {})}}))}))), "comid.empty");
  EXPECT_EQ(code_of(parse_corim(manifest({as_tag(map({{1, map({{0, text("x")}})}}))}))), "comid.missing");
  EXPECT_EQ(code_of(parse_corim(manifest({as_tag(map({{1, map({{1, number(1)}})}}))}))), "comid.missing");
  EXPECT_EQ(code_of(parse_corim(manifest({as_tag(map({{1, map({{0, number(1)}})}}))}))), "comid.shape");
}

TEST(Corim, RefusesTriplesOfAnotherShape) {
  const Buffer measured = measurement(std::nullopt, {{11, text("x")}});
  EXPECT_EQ(of_triples(map({})), "comid.empty");
  EXPECT_EQ(of_triples(map({{0, list({})}})), "comid.empty");
  EXPECT_EQ(of_triples(map({{0, list({list({environment()})})}})), "comid.shape");
  EXPECT_EQ(of_triples(map({{0, list({list({environment(), list({measured}), measured})})}})), "comid.shape");
  EXPECT_EQ(of_triples(map({{0, list({list({environment(), list({})})})}})), "comid.empty");
  EXPECT_EQ(of_triples(map({{3, list({list({environment(), list({})})})}})), "comid.empty");
  EXPECT_EQ(of_triples(map({{3, list({list({environment(), list({text("key")})})})}})), "cbor.kind");
  EXPECT_EQ(of_triples(map({{3, list({list({environment(), list({tagged(553, number(1))})})})}})), "comid.shape");
  EXPECT_EQ(of_triples(map({{3, list({list({environment(), list({tagged(557, list({}))})})})}})), "comid.shape");
  EXPECT_EQ(of_environment(map({})), "comid.empty");
  EXPECT_EQ(of_environment(map({{0, map({})}})), "comid.empty");
  EXPECT_EQ(of_environment(map({{0, map({{1, number(1)}})}})), "cbor.kind");
  for (const std::uint64_t tag : {37UL, 550UL, 600UL}) {
    EXPECT_EQ(of_environment(map({{1, tagged(tag, bytes(Buffer(15, 1)))}})), "comid.size") << tag;
  }
}

TEST(Corim, RefusesMeasurementsOfAnotherShape) {
  EXPECT_EQ(of_triples(references(environment(), {map({{0, number(1)}})})), "comid.missing");
  EXPECT_EQ(of_values({}), "comid.empty");
  EXPECT_EQ(of_values({{0, map({{1, number(1)}})}}), "comid.missing");
  EXPECT_EQ(of_values({{1, number(-1)}}), "cbor.kind");
  EXPECT_EQ(of_values({{1, tagged(560, number(1))}}), "comid.shape");
  EXPECT_EQ(of_values({{2, list({})}}), "comid.empty");
  EXPECT_EQ(of_values({{2, list({number(1), bytes(Buffer(32, 1))})}}), "cbor.kind");
  EXPECT_EQ(of_values({{2, list({list({number(1)})})}}), "comid.shape");
  EXPECT_EQ(of_values({{2, list({digest_of(1, 0)})}}), "comid.size");
  EXPECT_EQ(of_values({{4, bytes(Buffer{1})}}), "cbor.kind");
  EXPECT_EQ(of_values({{4, tagged(561, bytes(Buffer{1}))}}), "comid.shape");
  EXPECT_EQ(of_values({{4, tagged(563, list({bytes({})}))}}), "comid.shape");
  EXPECT_EQ(of_values({{5, bytes(Buffer{1})}}), "comid.shape");
  EXPECT_EQ(of_values({{4, tagged(563, list({bytes({}), bytes({})}))}, {5, bytes({})}}), "comid.shape");
  EXPECT_EQ(of_values({{9, bytes(Buffer(32, 1))}}), "comid.size");
  EXPECT_EQ(of_values({{10, bytes(Buffer(17, 1))}}), "comid.size");
  EXPECT_EQ(of_values({{14, map({})}}), "comid.empty");
  EXPECT_EQ(of_values({{14, map({{-1, list({digest_of(1)})}})}}), "comid.shape");
}

TEST(Corim, ReadsAMaskWhereverItStands) {
  for (const std::vector<Pair>& values :
       {std::vector<Pair>{{5, bytes(Buffer{9})}, {4, tagged(560, bytes(Buffer{1}))}},
        std::vector<Pair>{{4, tagged(563, list({bytes(Buffer{1}), bytes(Buffer{9})}))}}}) {
    const Buffer document = manifest({as_tag(comid(references(environment(), {measurement(std::nullopt, values)})))});
    const Result<Corim> read = parse_corim(document);
    ASSERT_EQ(code_of(read), "ok") << read.error().detail;
    EXPECT_EQ((*read->manifest.modules[0].reference[0].measurements[0].raw_value->mask)[0], 9);
  }
}

// Conditions say which of the keys count when: to leave them out would be to believe more than was said.
TEST(Corim, LeavesKeysUnderConditionsUnread) {
  const Buffer keys = list({tagged(554, text("PEM"))});
  const Buffer triple = list({environment(), keys, map({{0, number(1)}})});
  const Buffer document = manifest({as_tag(comid(map({{3, list({triple})}})))});
  const Result<Corim> read = parse_corim(document);
  ASSERT_EQ(code_of(read), "ok") << read.error().detail;
  EXPECT_TRUE(read->manifest.modules[0].attest_keys.empty());
  EXPECT_EQ(read->manifest.modules[0].other_triples_count, 1U);
}

TEST(Corim, RefusesASignatureWithoutTheHeadersOfACorim) {
  const Pair type = {3, text("application/rim+cbor")};
  const auto of_headers = [](const std::vector<Pair>& header) {
    return code_of(parse_corim(sign_with(key(), simple_manifest(), header)));
  };
  EXPECT_EQ(of_headers({type, meta()}), "ok");
  EXPECT_EQ(of_headers({meta()}), "corim.content-type");
  EXPECT_EQ(of_headers({{3, text("application/eat+cbor")}, meta()}), "corim.content-type");
  EXPECT_EQ(of_headers({{3, number(60)}, meta()}), "cbor.kind");
  EXPECT_EQ(of_headers({type}), "corim.missing");
  EXPECT_EQ(of_headers({type, {8, bytes(map({{1, validity(1, 2)}}))}}), "corim.missing");
  EXPECT_EQ(of_headers({type, {8, bytes(map({{0, map({})}}))}}), "corim.missing");
  EXPECT_EQ(of_headers({type, {8, map({{0, map({{0, text("x")}})}})}}), "cbor.kind");
  EXPECT_EQ(of_headers({type, meta(), {33, list({})}}), "comid.empty");
  EXPECT_EQ(of_headers({type, meta(), {33, list({text("x")})}}), "cbor.kind");
  EXPECT_EQ(of_headers({type, meta(), {33, list(std::vector<Buffer>(10, bytes(Buffer{1})))}}), "corim.too-many");
  EXPECT_EQ(of_headers({type, meta(), {258, number(-16)}}), "corim.detached");
  EXPECT_EQ(of_headers({{2, list({number(8)})}, type, meta()}), "cose.critical");
  EXPECT_EQ(code_of(parse_corim(sign(key(), map({})))), "corim.untagged");
  EXPECT_EQ(code_of(parse_corim(sign(key(), sign(key(), simple_manifest())))), "corim.untagged");
}

TEST(Corim, HoldsNoMoreThanItsLimits) {
  const std::vector<Buffer> many(limits::kCorimItems, digest_of(1, 1));
  EXPECT_EQ(of_values({{2, list(many)}}), "comid.too-many");
  const std::vector<Buffer> fewer(limits::kCorimItems - 2, digest_of(1, 1));  // a triple and a measurement count too
  EXPECT_EQ(of_values({{2, list(fewer)}}), "ok");
  // All tags share one allowance.
  const Buffer half = as_tag(comid(references(
      environment(),
      {measurement(std::nullopt, {{2, list(std::vector<Buffer>(limits::kCorimItems / 2, digest_of(1, 1)))}})})));
  EXPECT_EQ(code_of(parse_corim(manifest({half, half}))), "comid.too-many");
  EXPECT_EQ(code_of(parse_corim(manifest(std::vector<Buffer>(limits::kCorimTags + 1, tagged(505, bytes({})))))),
            "corim.too-many");
  EXPECT_EQ(code_of(parse_corim(Buffer(limits::kCorimBytes + 1, 0xd9))), "corim.size");
}

TEST(Corim, WritesNamesAsPeopleDo) {
  const auto oid = [](Buffer octets) {
    Name name;
    name.kind = Name::Kind::kOid;
    name.octets = octets;
    return to_text(name);
  };
  EXPECT_EQ(oid({0x2b, 0x06, 0x01, 0x04, 0x01, 0x9c, 0x78, 0x03, 0x01}), "1.3.6.1.4.1.3704.3.1");
  EXPECT_EQ(oid({0x88, 0x37}), "2.999");
  EXPECT_EQ(oid({0x00}), "0.0");
  EXPECT_EQ(oid({}), "");
  EXPECT_EQ(oid({0x2b, 0x86}), "2b86");                          // ends within an arc
  EXPECT_EQ(oid(Buffer(12, 0xff)), "ffffffffffffffffffffffff");  // an arc beyond 64 bits
}

TEST(Corim, ReadsTheManifestsOfThePeersCcaProfile) {
  NEEDS_VECTORS();
  const Buffer realm = ::avouch::testing::vector("tee/cca/corim-profile/cca-realm-valid.cbor");
  const Result<Corim> read = parse_corim(realm);
  ASSERT_EQ(code_of(read), "ok") << read.error().detail;
  EXPECT_EQ(to_text(*read->manifest.profile), "tag:arm.com,2025:cca_realm#1.0.0");
  const MeasurementTriple& triple = read->manifest.modules.at(0).reference.at(0);
  ASSERT_EQ(triple.measurements.size(), 6U);
  EXPECT_EQ(triple.measurements[0].key->text, "cca.rim");
  // The class of a realm is its initial measurement.
  EXPECT_EQ(to_buffer(triple.measurements[0].digests.at(0).value),
            to_buffer(triple.environment.device_class->id->octets));

  const Buffer platform = ::avouch::testing::vector("tee/cca/corim-profile/cca-platform-valid.cbor");
  const Result<Corim> endorsed = parse_corim(platform);
  ASSERT_EQ(code_of(endorsed), "ok") << endorsed.error().detail;
  const KeyTriple& anchor = endorsed->manifest.modules.at(0).attest_keys.at(0);
  EXPECT_EQ(anchor.environment.instance->kind, Name::Kind::kUeid);
  EXPECT_EQ(code_of(crypto::PublicKey::from_pem(anchor.keys.at(0).text)), "ok");
}

// What their profile finds wrong with some of them is not a matter of the format.
TEST(Corim, ReadsWhatThePeersToolsWrote) {
  NEEDS_VECTORS();
  for (const char* name : {"cca-endorsements", "cca-realm-endorsements", "corim-cca-platform-valid",
                           "corim-cca-realm-valid", "corim-cca-platform-bad-ta-cert", "corim-cca-realm-bad-instance"}) {
    const Buffer document = ::avouch::testing::vector("tee/cca/veraison/" + std::string(name) + ".cbor");
    const Result<Corim> read = parse_corim(document);
    ASSERT_EQ(code_of(read), "ok") << name << ": " << read.error().detail;
    EXPECT_FALSE(read->manifest.modules.empty()) << name;
    EXPECT_EQ(read->manifest.other_tags_count, 0U) << name;
  }
}

}  // namespace
}  // namespace avouch::corim
