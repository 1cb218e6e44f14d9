// The life of reference values, as an administrator lives it.
#include "appraise/provenance.h"
#include "codec/base64.h"
#include "dialect/manage/manage_fixture.h"

namespace avouch::dialect::manage {
namespace {

using testing::CcaVerifier;
using ::testing::HasSubstr;

class ReferenceLifeRoutesTest : public ManageTest {
 protected:
  static std::string body(std::initializer_list<Json::Named> members) { return to_text(Json::object(members)); }
  Json newest_act() { return *answer("GET", "decisions?limit=1").at("/decisions/0"); }
  Json shown() { return answer("GET", "reference-values/rim"); }
};

TEST_F(ReferenceLifeRoutesTest, TakeAValueFromCandidateToRevoked) {
  answer("POST", "reference-values/rim/stage", body({{"value", "a"}, {"reason", "release 2"}}));
  EXPECT_EQ(*newest_act().find("subject"), Json("stage reference value rim"));
  EXPECT_EQ(*newest_act().find("reason"), Json("release 2"));
  EXPECT_EQ(*newest_act().find("values"), Json::array({"a"}));
  EXPECT_EQ(*shown().at("/life/0/state"), Json("candidate"));
  EXPECT_EQ(*shown().find("counts"), Json());

  EXPECT_EQ(*answer("POST", "reference-values/rim/activate").find("values"), Json::array({"a"}));
  EXPECT_EQ(*shown().find("counts"), Json::array({"a"}));
  const std::string end = to_rfc3339(verifier.clock.now() + std::chrono::hours(1));
  answer("POST", "reference-values/rim/deprecate", body({{"value", "a"}, {"ends", end}}));
  EXPECT_EQ(*shown().at("/life/0/ends"), Json(end));
  EXPECT_EQ(*newest_act().find("ends"), Json(end));

  answer("POST", "reference-values/rim/revoke", body({{"value", "a"}}));
  const Json act = newest_act();
  EXPECT_EQ(*act.find("subject"), Json("revoke reference value rim"));
  EXPECT_EQ(*shown().at("/life/0/decision"), *act.find("id")) << "what is said leads to its record";
  EXPECT_EQ(*shown().at("/life/0/by"), *act.find("by"));
  EXPECT_EQ(outcome("POST", "reference-values/rim", "\"a\""), "409 reference.revoked");
  EXPECT_EQ(outcome("PUT", "reference-values/rim", "[\"a\"]"), "409 reference.revoked");
}

TEST_F(ReferenceLifeRoutesTest, RecordNothingWhereNothingChanges) {
  answer("PUT", "reference-values/rim", R"(["a"])");
  const Json before = newest_act();
  EXPECT_EQ(*answer("POST", "reference-values/rim/activate", body({{"value", "a"}})).find("values"), Json::array());
  EXPECT_EQ(*newest_act().find("id"), *before.find("id"));
}

TEST_F(ReferenceLifeRoutesTest, RefuseWhatIsNoChange) {
  answer("PUT", "reference-values/rim", R"(["a"])");
  EXPECT_EQ(outcome("POST", "reference-values/rim/endorse"), "404 manage.route");
  EXPECT_EQ(outcome("GET", "reference-values/rim/revoke"), "405 manage.method");
  EXPECT_EQ(outcome("GET", "reference-values/other"), "404 reference.unknown");
  EXPECT_EQ(outcome("POST", "reference-values/rim/stage"), "404 reference.unknown");
  EXPECT_EQ(outcome("POST", "reference-values/other/revoke"), "404 reference.unknown");
  EXPECT_EQ(outcome("POST", "reference-values/rim/revoke", "{"), "400 json.syntax");
  EXPECT_EQ(outcome("POST", "reference-values/rim/revoke", "[]"), "400 manage.shape");
  EXPECT_EQ(outcome("POST", "reference-values/rim/revoke", body({{"vaule", "a"}})), "400 manage.shape");
  EXPECT_EQ(outcome("POST", "reference-values/rim/revoke", body({{"reason", 1}})), "400 manage.shape");
  EXPECT_EQ(outcome("POST", "reference-values/rim/deprecate", body({{"ends", "tomorrow"}})), "400 manage.shape");
  EXPECT_EQ(outcome("POST", "reference-values/rim/deprecate", body({{"value", "a"}})), "400 reference.end");
  EXPECT_EQ(outcome("POST", "reference-values/rim/revoke", "", "reader"), "403 admin.role");
  EXPECT_EQ(*shown().find("value"), Json::array({"a"}));
}

TEST_F(ReferenceLifeRoutesTest, TakeMessagesOfSuppliersInAndStageThem) {
  const std::string payload = codec::to_base64(as_bytes(R"({"b":["x"],"c":1})"));
  const std::string message = appraise::make_provenance("sample", payload);
  for (const char* stage : {"yes", "1", "True"}) {
    EXPECT_EQ(outcome("POST", std::string("reference-values?stage=") + stage, message), "400 manage.shape") << stage;
  }
  EXPECT_EQ(*answer("POST", "reference-values?stage=true", message).find("staged"), Json::array({"b", "c"}));
  EXPECT_EQ(*newest_act().find("subject"), Json("stage 2 reference values"));
  EXPECT_EQ(*newest_act().find("names"), Json::array({"b", "c"}));
  EXPECT_EQ(*answer("GET", "reference-values/b").find("counts"), Json());
  EXPECT_EQ(*answer("POST", "reference-values", message).find("set"), Json::array({"b", "c"}));
  EXPECT_EQ(*answer("GET", "reference-values/b").find("value"), Json::array({"x"}));
  EXPECT_EQ(outcome("POST", "reference-values", "{}"), "400 provenance.shape");
  EXPECT_EQ(outcome("POST", "reference-values", appraise::make_provenance("corim", payload)), "400 provenance.payload");
}

TEST_F(ReferenceLifeRoutesTest, ListCandidatesToo) {
  answer("POST", "reference-values/rim/stage", body({{"value", "a"}}));
  const Json listed = answer("GET", "reference-values");
  ASSERT_EQ(listed.find("reference-values")->as_array()->size(), 1U);
  EXPECT_EQ(*listed.at("/reference-values/0/value"), Json());
  EXPECT_EQ(*listed.at("/reference-values/0/life/0/value"), Json("a"));
}

TEST_F(ReferenceLifeRoutesTest, ForecastWhatEndsAndWhichDecisionsHungOnIt) {
  answer("POST", "endorsements/cca", to_text(verifier.platform.endorsements()));
  answer("POST", "reference-values/" + std::string(CcaVerifier::kRimName), to_text(Json(CcaVerifier::kRim)));
  answer("POST", "reference-values/" + std::string(CcaVerifier::kRimName), to_text(Json("unused")));
  const std::string id = *verifier.attest().find_string("id");
  const std::string end = to_rfc3339(verifier.clock.now() + std::chrono::hours(48));
  answer("POST", "reference-values/" + std::string(CcaVerifier::kRimName) + "/deprecate",
         body({{"value", Json::array({CcaVerifier::kRim, "unused"})}, {"ends", end}}));
  EXPECT_EQ(*answer("GET", "reference-forecast?days=1").find("forecast"), Json::array());
  const Json forecast = answer("GET", "reference-forecast?days=2");
  ASSERT_EQ(forecast.find("forecast")->as_array()->size(), 2U);
  EXPECT_EQ(*forecast.at("/forecast/0/value"), Json(CcaVerifier::kRim));
  EXPECT_EQ(*forecast.at("/forecast/0/ends"), Json(end));
  EXPECT_EQ(*forecast.at("/forecast/0/cause"), Json("deprecated"));
  EXPECT_EQ(*forecast.at("/forecast/0/decisions"), Json(1));
  EXPECT_EQ(*forecast.at("/forecast/0/newest"), Json(id));
  EXPECT_EQ(*forecast.at("/forecast/1/decisions"), Json(0));
  EXPECT_EQ(answer("GET", "reference-forecast?days=500").find("forecast")->as_array()->size(), 2U);
  EXPECT_EQ(outcome("GET", "reference-forecast?days=soon"), "400 manage.shape");
  EXPECT_EQ(outcome("POST", "reference-forecast"), "405 manage.method");
}

}  // namespace
}  // namespace avouch::dialect::manage
