#include "format/tcg_rim.h"

#include <gtest/gtest.h>

#include "format/xmldsig_testing.h"
#include "testing/code_of.h"

namespace avouch::tcg_rim {
namespace {

using testing::code_of;

const std::string kOnes(96, '1'), kTwos(96, '2'), kZeros(96, '0');

struct Manifest {
  std::string meta = R"(<Meta edition="GPU-B" t:PlatformManufacturerStr="Example  Devices-Ltd"/>)";
  std::string resources = resource(R"(index="1")");

  static std::string resource(const std::string& attributes) {
    return "<Resource type=\"Measurement\" s:Hash0=\"" + kOnes + "\" " + attributes + "/>";
  }
  Result<Json::Object> values() const {
    const std::string text =
        "<SoftwareIdentity xmlns=\"http://standards.iso.org/iso/19770/-2/2015/schema.xsd\" "
        "xmlns:s=\"http://www.w3.org/2001/04/xmlenc#sha384\" xmlns:t=\"https://trustedcomputinggroup.org/resource/"
        "tcg-reference-integrity-manifest-rim-information-model/\"><Entity/>" +
        meta + "<Payload>" + resources + "</Payload></SoftwareIdentity>";
    return reference_values(xml::parse(text).value());
  }
};

TEST(TcgRim, NamesValuesByManufacturerEditionAndIndex) {
  const Result<Json::Object> values = Manifest().values();
  ASSERT_TRUE(values.has_value()) << values.error().detail;
  EXPECT_EQ(to_text(Json(*values)), "{\"Example__Devices_Ltd.GPU_B.measurement_1\":[\"" + kOnes + "\"]}");
}

TEST(TcgRim, ReadsAManifestMadeElsewhere) {
  const Result<Json::Object> values = reference_values(xml::parse(xmldsig::testing::kSignedElsewhere).value());
  ASSERT_TRUE(values.has_value()) << values.error().detail;
  ASSERT_EQ(values->size(), 2U);
  EXPECT_EQ(values->front().first, "Example_Devices_Ltd.Boot_ROM.measurement_1");
}

TEST(TcgRim, TakesEachDigestThatIsNotAllZeros) {
  Manifest manifest;
  manifest.resources = "<Resource type=\"Measurement\" index=\"7\" s:Hash0=\"" + kZeros + "\" s:Hash1=\"" + kOnes +
                       "\" s:Hash2=\"\" s:Hash3=\"" + kTwos + "\" s:Hash5=\"" + kOnes + "\" Hash4=\"" + kOnes +
                       "\"/><Resource type=\"Measurement\" index=\"8\" s:Hash0=\"" + kZeros + "\"/>";
  EXPECT_EQ(to_text(Json(manifest.values().value())),
            "{\"Example__Devices_Ltd.GPU_B.measurement_7\":[\"" + kOnes + "\",\"" + kTwos + "\"]}")
      << "and ends at the first index without a digest in the namespace";
}

TEST(TcgRim, LeavesOtherResourcesAlone) {
  Manifest manifest;
  manifest.resources += "<Resource type=\"Certificate\" index=\"2\" s:Hash0=\"" + kTwos + "\"/><Resource s:Hash0=\"" +
                        kTwos + "\"/><s:Resource type=\"Measurement\" index=\"3\" s:Hash0=\"" + kTwos + "\"/>";
  EXPECT_EQ(manifest.values()->size(), 1U);
}

TEST(TcgRim, RefusesAManifestThatDoesNotSayWhoseItIs) {
  Manifest manifest;
  for (const char* meta : {"", R"(<Meta edition="GPU"/>)", R"(<Meta t:PlatformManufacturerStr="E"/>)",
                           R"(<Meta edition="GPU" PlatformManufacturerStr="E"/>)",
                           R"(<t:Meta edition="GPU" t:PlatformManufacturerStr="E"/>)"}) {
    manifest.meta = meta;
    EXPECT_EQ(code_of(manifest.values()), "rim.meta") << meta;
  }
}

TEST(TcgRim, RefusesMeasurementsThatCannotBeToldApart) {
  Manifest manifest;
  manifest.resources = Manifest::resource(R"(index="1-a")") + Manifest::resource(R"(index="1_a")");
  EXPECT_EQ(code_of(manifest.values()), "rim.index");
  manifest.resources = Manifest::resource("");
  EXPECT_EQ(code_of(manifest.values()), "rim.index");
}

TEST(TcgRim, RefusesAManifestWithNothingInIt) {
  Manifest manifest;
  manifest.resources = "";
  EXPECT_EQ(code_of(manifest.values()), "rim.empty");
  EXPECT_EQ(code_of(reference_values(
                xml::parse(R"(<m xmlns="http://standards.iso.org/iso/19770/-2/2015/schema.xsd" xmlns:t=")"
                           "https://trustedcomputinggroup.org/resource/"
                           "tcg-reference-integrity-manifest-rim-information-model/\">"
                           R"(<Meta edition="e" t:PlatformManufacturerStr="m"/></m>)")
                    .value())),
            "rim.payload");
}

}  // namespace
}  // namespace avouch::tcg_rim
