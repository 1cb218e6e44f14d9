#include "format/coco.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "testing/code_of.h"

namespace avouch::coco {
namespace {

using testing::code_of;

TEST(CocoEvidence, IsTheOctetsOfACcaToken) {
  const auto octets = evidence_octets("cca", *parse_json(R"({"token":[0,255,16],"other":1})"));
  ASSERT_TRUE(octets.has_value());
  EXPECT_EQ(*octets, (Buffer{0, 255, 16}));
}

TEST(CocoEvidence, RefusesCcaTokensThatAreNoListOfOctets) {
  for (const char* text : {"null", "\"x\"", "{}", R"({"token":"2gGP"})", R"({"token":{}})", R"({"token":[256]})",
                           R"({"token":[-1]})", R"({"token":[1.5]})", R"({"token":[1.0]})", R"({"token":["1"]})",
                           R"({"token":[null]})", R"({"token":[18446744073709551615]})", R"([1,2])"}) {
    EXPECT_EQ(code_of(evidence_octets("cca", *parse_json(text))), "kbs.evidence.shape") << text;
  }
}

TEST(CocoEvidence, RefusesCcaTokensBeyondTheLimit) {
  Json::Array numbers(limits::kEvidenceBytes, Json(1));
  EXPECT_EQ(code_of(evidence_octets("cca", Json::object({{"token", numbers}}))), "ok");
  numbers.emplace_back(1);
  EXPECT_EQ(code_of(evidence_octets("cca", Json::object({{"token", numbers}}))), "kbs.evidence.shape");
}

TEST(CocoEvidence, IsItsOwnTextForOtherTees) {
  const Json sample = Json::object({{"svn", "1"}, {"report_data", "AA=="}});
  EXPECT_EQ(as_text(*evidence_octets("sample", sample)), R"({"svn":"1","report_data":"AA=="})");
}

TEST(CocoEvidence, ReadsAsJsonAgainWhatItTook) {
  const Json cca = *parse_json(R"({"token":[0,255,16]})");
  EXPECT_EQ(*evidence_json("cca", *evidence_octets("cca", cca)), cca);
  const Json sample = *parse_json(R"({"svn":"1","report_data":"AA=="})");
  EXPECT_EQ(*evidence_json("sample", *evidence_octets("sample", sample)), sample);
  EXPECT_EQ(code_of(evidence_json("sample", as_bytes("{"))), "kbs.evidence.shape");
}

}  // namespace
}  // namespace avouch::coco
