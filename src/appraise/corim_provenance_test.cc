#include "appraise/corim_provenance.h"

#include <gtest/gtest.h>

#include "appraise/supplier_for_test.h"
#include "codec/base64.h"
#include "format/corim_testing.h"
#include "testing/code_of.h"

namespace avouch::appraise {
namespace {

using namespace corim::testing;  // NOLINT(google-build-using-namespace): the parts that manifests are made of
using ::avouch::testing::code_of;

const Instant kNow = from_unix_seconds(1'800'000'000);  // January 2027

crypto::PrivateKey signer_key() {
  return *crypto::PrivateKey::from_pem(test::kSignerKeyPem);
}
crypto::Certificate certificate(const char* pem) {
  return crypto::Certificate::from_pem_chain(pem)->front();
}
Pair chain_of(const char* pem) {
  return {33, bytes(certificate(pem).to_der())};
}
ProvenanceTrust trusting_key() {
  ProvenanceTrust trust;
  trust.corim.keys = {crypto::PrivateKey::generate_ec(crypto::Curve::kP384).public_key(), signer_key().public_key()};
  return trust;
}
ProvenanceTrust trusting_root(const char* pem = test::kRootPem) {
  ProvenanceTrust trust;
  trust.corim.roots = {certificate(pem)};
  return trust;
}
ProvenanceTrust trusting_all() {
  ProvenanceTrust trust;
  trust.corim.allow_unsigned = true;
  return trust;
}
Result<Provenance> read(const Buffer& document, const ProvenanceTrust& trust, Instant now = kNow) {
  return read_provenance(make_provenance("corim", codec::to_base64(document)), trust, now);
}
Json values_of(const std::vector<Buffer>& measurements, const Buffer& where = environment()) {
  const Result<Provenance> found = read(manifest({as_tag(comid(references(where, measurements)))}), trusting_all());
  EXPECT_EQ(code_of(found), "ok") << found.error().detail;
  return found.has_value() ? Json(found->values) : Json();
}
// The peer's own example, in names and values: three components that differ in nothing but their digests.
TEST(CorimProvenance, NamesValuesAsThePeerDoes) {
  const auto component = [](std::uint8_t octet) {
    return measurement(uuid(0x31), {{2, list({digest_of(octet, 4)})}, {-1, number(1'720'782'190)}});
  };
  const Buffer where =
      map({{0, map({{0, tagged(560, bytes(Buffer(32, 'i')))}, {1, text("ACME")}, {2, text("RoadRunner")}})}});
  const Buffer document =
      manifest({as_tag(comid(references(where, {component(0xaa), component(0xbb), component(0xcc)})))});
  const Result<Provenance> found = read(document, trusting_all());
  ASSERT_EQ(code_of(found), "ok") << found.error().detail;
  ASSERT_EQ(found->values.size(), 3U);
  EXPECT_EQ(found->values[2].first, "ACME/RoadRunner/31313131-3131-3131-3131-313131313131/digests");
  EXPECT_EQ(found->values[2].first, found->values[0].first);
  EXPECT_EQ(found->values[2].second, Json::array({"cccccccc"}));
  EXPECT_EQ(found->signer, "");
}

TEST(CorimProvenance, JoinsWhateverNamesAMeasurement) {
  const std::vector<Pair> digest = {{2, list({digest_of(0xab, 2), digest_of(0xcd, 2)})}};
  const Json both = Json::array({"abab", "cdcd"});
  EXPECT_EQ(values_of({measurement(text("fw"), digest)}), Json::object({{"ACME/RoadRunner/fw/digests", both}}));
  EXPECT_EQ(values_of({measurement(number(7), digest)}), Json::object({{"ACME/RoadRunner/claim7/digests", both}}));
  const Buffer oid = tagged(111, bytes(Buffer{0x2b, 6}));
  EXPECT_EQ(values_of({measurement(oid, digest)}), Json::object({{"ACME/RoadRunner/digests", both}}));
  const Buffer only_model = map({{0, map({{2, text("M")}})}});
  EXPECT_EQ(values_of({measurement(std::nullopt, digest)}, only_model), Json::object({{"M/digests", both}}));
  const Buffer only_instance = map({{1, tagged(560, bytes(Buffer{1}))}});
  EXPECT_EQ(values_of({measurement(std::nullopt, digest)}, only_instance), Json::object({{"digests", both}}));
  std::vector<Pair> named = digest;
  named.push_back({11, text("name")});
  named.push_back({8, text("serial")});
  named.push_back({4, tagged(560, bytes(Buffer{1, 2}))});
  EXPECT_EQ(values_of({measurement(text("fw"), named)}),
            Json::object({{"ACME/RoadRunner/fw/name/serial/digests", both},
                          {"ACME/RoadRunner/fw/name/serial/raw_bytes", "0102"}}));
}

TEST(CorimProvenance, TakesNothingFromWhatItDoesNotUnderstand) {
  const Buffer masked = measurement(text("fw"), {{4, tagged(563, list({bytes(Buffer{1}), bytes(Buffer{1})}))}});
  const Buffer version = measurement(text("fw"), {{1, number(3)}});
  EXPECT_EQ(code_of(read(manifest({as_tag(comid(references(environment(), {masked, version})))}), trusting_all())),
            "provenance.nothing");
  const Buffer endorsed =
      map({{1, list({list({environment(), list({measurement(text("fw"), {{2, list({digest_of(1)})}})})})})}});
  EXPECT_EQ(code_of(read(manifest({as_tag(comid(endorsed))}), trusting_all())), "provenance.nothing");
}

TEST(CorimProvenance, BelievesWhatATrustedKeySigned) {
  const Result<Provenance> found = read(sign(signer_key(), simple_manifest()), trusting_key());
  ASSERT_EQ(code_of(found), "ok") << found.error().detail;
  EXPECT_EQ(found->signer, "ACME Ltd.");
  EXPECT_EQ(found->values.front().first, "ACME/RoadRunner/firmware/digests");
  EXPECT_EQ(found->ends_at, std::nullopt);
}

TEST(CorimProvenance, BelievesWhoseCertificateChainsToATrustedRoot) {
  const Buffer document = sign(signer_key(), simple_manifest(), {chain_of(test::kSignerPem)});
  EXPECT_EQ(code_of(read(document, trusting_root())), "ok");
  EXPECT_EQ(code_of(read(document, trusting_root(test::kOtherRootPem))), "provenance.untrusted");
  EXPECT_EQ(code_of(read(document, trusting_root(), from_unix_seconds(2'200'000'000))), "provenance.untrusted");
  EXPECT_EQ(code_of(read(document, {})), "provenance.untrusted");
  // A certificate that everybody can copy proves nothing.
  const crypto::PrivateKey thief = crypto::PrivateKey::generate_ec(crypto::Curve::kP256);
  const Buffer stolen = sign(thief, simple_manifest(), {chain_of(test::kSignerPem)});
  EXPECT_EQ(code_of(read(stolen, trusting_root())), "provenance.untrusted");
  const Buffer broken = sign(signer_key(), simple_manifest(), {{33, bytes(Buffer{0x30, 0})}});
  EXPECT_EQ(code_of(read(broken, trusting_root())), "provenance.untrusted");
}

TEST(CorimProvenance, RefusesEveryOtherSigner) {
  const crypto::PrivateKey stranger = crypto::PrivateKey::generate_ec(crypto::Curve::kP256);
  EXPECT_EQ(code_of(read(sign(stranger, simple_manifest()), trusting_key())), "provenance.untrusted");
  EXPECT_EQ(code_of(read(sign(stranger, simple_manifest()), {})), "provenance.untrusted");
  // Unsigned is not the same as signed by anybody.
  EXPECT_EQ(code_of(read(sign(stranger, simple_manifest()), trusting_all())), "provenance.untrusted");
  EXPECT_EQ(code_of(read(sign(signer_key(), simple_manifest()), trusting_root())), "provenance.untrusted");
}

TEST(CorimProvenance, RefusesEveryAlteredBit) {
  const Buffer document = sign(signer_key(), simple_manifest());
  const ProvenanceTrust trust = trusting_key();
  ASSERT_EQ(code_of(read(document, trust)), "ok");
  for (std::size_t bit = 0; bit < document.size() * 8; ++bit) {
    Buffer altered = document;
    altered[bit / 8] = static_cast<std::uint8_t>(altered[bit / 8] ^ (1U << (bit % 8)));
    EXPECT_FALSE(read(altered, trust).has_value()) << bit;
  }
}

TEST(CorimProvenance, RefusesTheUnsignedUnlessTheConfigTakesThem) {
  EXPECT_EQ(code_of(read(simple_manifest(), {})), "provenance.unsigned");
  EXPECT_EQ(code_of(read(simple_manifest(), trusting_key())), "provenance.unsigned");
  EXPECT_EQ(code_of(read(simple_manifest(), trusting_all())), "ok");
}

TEST(CorimProvenance, EnforcesWhenManifestAndSignatureCount) {
  const std::int64_t now = to_unix_seconds(kNow);
  const auto outcome = [&](std::int64_t begin, std::int64_t end, bool is_signature) {
    const Buffer period = validity(begin, end);
    const Buffer document = is_signature ? sign_with(signer_key(), simple_manifest(),
                                                     {{3, text("application/rim+cbor")}, meta("x", {{1, period}})})
                                         : sign(signer_key(), simple_manifest({{4, period}}));
    return code_of(read(document, trusting_key()));
  };
  for (const bool is_signature : {false, true}) {
    EXPECT_EQ(outcome(now, now + 1, is_signature), "ok");
    EXPECT_EQ(outcome(now + 1, now + 2, is_signature), "provenance.not-yet");
    EXPECT_EQ(outcome(now - 2, now, is_signature), "provenance.expired");
  }
}

TEST(CorimProvenance, EndsWithTheEarlierOfManifestAndSignature) {
  const std::int64_t now = to_unix_seconds(kNow);
  const auto end = [&](std::int64_t of_manifest, std::int64_t of_signature) {
    const Buffer document =
        sign_with(signer_key(), simple_manifest({{4, validity(std::nullopt, of_manifest)}}),
                  {{3, text("application/rim+cbor")}, meta("x", {{1, validity(std::nullopt, of_signature)}})});
    return read(document, trusting_key())->ends_at;
  };
  EXPECT_EQ(end(now + 10, now + 20), from_unix_seconds(now + 10));
  EXPECT_EQ(end(now + 20, now + 10), from_unix_seconds(now + 10));
}

TEST(CorimProvenance, RefusesWhatIsNoManifest) {
  EXPECT_EQ(code_of(read(text("hello"), trusting_all())), "provenance.payload");
  EXPECT_EQ(code_of(read({}, trusting_all())), "provenance.payload");
  EXPECT_EQ(code_of(read_provenance(make_provenance("corim", "?"), trusting_all(), kNow)), "base64.syntax");
}

}  // namespace
}  // namespace avouch::appraise
