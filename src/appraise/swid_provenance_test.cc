#include "appraise/swid_provenance.h"

#include <gtest/gtest.h>

#include "appraise/reference_values.h"
#include "codec/base64.h"
#include "format/xmldsig_testing.h"
#include "store/backends.h"
#include "testing/code_of.h"
#include "testing/manual_clock.h"

namespace avouch::appraise {
namespace {

using testing::code_of;
using xmldsig::testing::kNow;
using xmldsig::testing::kSignedElsewhere;

ProvenanceTrust trusting(bool root, bool allow_unsigned) {
  ProvenanceTrust trust;
  if (root) trust.swid.roots = xmldsig::testing::root();
  trust.swid.allow_unsigned = allow_unsigned;
  return trust;
}

std::string message(std::string_view manifest) {
  return make_provenance("swid", codec::to_base64(as_bytes(manifest)));
}

Result<Provenance> read(std::string_view manifest, const ProvenanceTrust& trust, Instant now = kNow) {
  return read_provenance(message(manifest), trust, now);
}

std::string unsigned_manifest() {
  const std::string text(kSignedElsewhere);
  const std::size_t start = text.find("<ds:Signature "), end = text.find("</ds:Signature>") + 15;
  return text.substr(0, start) + text.substr(end);
}

std::string altered_manifest() {
  std::string text(kSignedElsewhere);
  return text.replace(text.find("1212"), 4, "1313");
}

TEST(SwidProvenance, TakesValuesThatATrustedSupplierSigned) {
  const Result<Provenance> found = read(kSignedElsewhere, trusting(true, false));
  ASSERT_TRUE(found.has_value()) << found.error().detail;
  ASSERT_EQ(found->values.size(), 2U);
  EXPECT_EQ(found->values[0].first, "Example_Devices_Ltd.Boot_ROM.measurement_1");
  EXPECT_EQ(found->values[1].first, "Example_Devices_Ltd.Boot_ROM.measurement_2_a");
  EXPECT_EQ(found->values[1].second.as_array()->size(), 2U);
  EXPECT_NE(found->signer.find("RIM Signer p384"), std::string::npos);
}

TEST(SwidProvenance, RefusesWhatNobodyTrustedSigned) {
  EXPECT_EQ(code_of(read(kSignedElsewhere, {})), "provenance.untrusted") << "nobody is trusted by default";
  EXPECT_EQ(code_of(read(unsigned_manifest(), {})), "provenance.unsigned");
  EXPECT_EQ(code_of(read(unsigned_manifest(), trusting(true, false))), "provenance.unsigned");
  const Result<Provenance> altered = read(altered_manifest(), trusting(true, false));
  ASSERT_FALSE(altered.has_value());
  EXPECT_STREQ(altered.error().code, "provenance.untrusted");
  EXPECT_NE(altered.error().detail.find("xmldsig.digest"), std::string::npos) << altered.error().detail;
  EXPECT_EQ(code_of(read(kSignedElsewhere, trusting(true, false), kNow + std::chrono::hours(24 * 365 * 30))),
            "provenance.untrusted")
      << "expired";
}

TEST(SwidProvenance, TakesWhatIsUnsignedOnlyWhereTheConfigSaysSo) {
  EXPECT_EQ(read(unsigned_manifest(), trusting(false, true))->values.size(), 2U);
  EXPECT_EQ(read(unsigned_manifest(), trusting(true, true))->signer, "");
}

TEST(SwidProvenance, LooksAtSignaturesWhereverARootIsNamed) {
  EXPECT_EQ(code_of(read(altered_manifest(), trusting(true, true))), "provenance.untrusted");
  EXPECT_EQ(code_of(read(altered_manifest(), trusting(false, true))), "ok") << "as the peer, which looks at none";
}

TEST(SwidProvenance, ReadsNothingOutOfASignatureThatIsNotLookedAt) {
  std::string text = unsigned_manifest();
  const std::string payload = text.substr(text.find("<Payload"), text.find("</Payload>") + 10 - text.find("<Payload"));
  text.replace(text.find(payload), payload.size(),
               "<Signature xmlns=\"http://www.w3.org/2000/09/xmldsig#\"><Object>" + payload + "</Object></Signature>");
  const Result<Provenance> found = read(text, trusting(false, true));
  ASSERT_FALSE(found.has_value());
  EXPECT_NE(found.error().detail.find("rim.payload"), std::string::npos) << found.error().detail;
}

TEST(SwidProvenance, RefusesWhatIsNoManifest) {
  const ProvenanceTrust trust = trusting(false, true);
  EXPECT_EQ(code_of(read("{}", trust)), "provenance.payload");
  EXPECT_EQ(code_of(read("<!DOCTYPE a><a/>", trust)), "provenance.payload");
  EXPECT_EQ(code_of(read("<a/>", trust)), "provenance.payload");
  EXPECT_EQ(code_of(read_provenance(make_provenance("swid", "?"), trust, kNow)), "base64.syntax");
}

TEST(SwidProvenance, ChangesNoReferenceValueWhenItRefuses) {
  const testing::ManualClock clock(kNow);
  const auto store = store::make_memory_store(clock);
  ReferenceValues values(*store, clock, trusting(true, false));
  EXPECT_EQ(code_of(values.accept(message(altered_manifest()))), "provenance.untrusted");
  EXPECT_TRUE(values.snapshot().value()->all().empty());
  EXPECT_EQ(values.accept(message(kSignedElsewhere))->size(), 2U);
  EXPECT_EQ(values.snapshot().value()->all().size(), 2U);
}

}  // namespace
}  // namespace avouch::appraise
