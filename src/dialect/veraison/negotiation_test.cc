#include "dialect/veraison/negotiation.h"

#include <gtest/gtest.h>

#include <string>

namespace avouch::dialect::veraison {
namespace {

TEST(EvidenceType, IsFoundHoweverItIsWritten) {
  for (const std::string_view type : kEvidenceTypes) EXPECT_EQ(evidence_type(type), type);
  for (const char* type : {R"(application/eat-collection;profile="http://arm.com/CCA-SSD/1.0.0")",
                           R"(application/eat-collection; profile=http://arm.com/CCA-SSD/1.0.0)",
                           R"(Application/EAT-Collection ; Profile="http://arm.com/CCA-SSD/1.0.0")"}) {
    EXPECT_EQ(evidence_type(type), kEvidenceTypes[0]) << type;
  }
}

TEST(EvidenceType, IsNoneOfAnotherProfileOrParameter) {
  const std::string known(kEvidenceTypes[0]);
  for (const std::string& type :
       {std::string(), std::string("application/eat-collection"), known + "; charset=utf-8",
        std::string(R"(application/eat-collection; profile="http://arm.com/CCA-SSD/1.0.1")"),
        std::string(R"(application/eat-collection; profile="http://arm.com/CCA-SSD/1.0.0)"),
        std::string(R"(application/eat-collection; profile="HTTP://arm.com/CCA-SSD/1.0.0")"),
        std::string("application/psa-attestation-token"), std::string("\"\"\""), known + ";"}) {
    EXPECT_EQ(evidence_type(type), std::nullopt) << type;
  }
}

TEST(Wrapper, IsKnownByItsSixNames) {
  for (const char* type :
       {"application/cmw", "application/cmw+json", "application/cmw+cbor", "application/vnd.veraison.cmw",
        "application/vnd.veraison.cmw+json", "application/vnd.veraison.cmw+cbor; a=b"}) {
    EXPECT_TRUE(is_wrapper(type)) << type;
  }
  EXPECT_FALSE(is_wrapper("application/cmwx"));
  EXPECT_FALSE(is_wrapper(kEvidenceTypes[0]));
}

bool takes(const char* accept) {
  net::HttpRequest request;
  request.headers = {{"Accept", accept}};
  return accepts(request, kSessionType);
}

TEST(Accept, TakesTheTypeItselfAndWhatCoversIt) {
  EXPECT_TRUE(accepts({}, kSessionType));
  for (const char* accept : {"", "*/*", "application/*", "application/vnd.veraison.challenge-response-session+json",
                             "text/html, */*;q=0.1", "text/html,application/*"}) {
    EXPECT_TRUE(takes(accept)) << accept;
  }
}

TEST(Accept, RefusesEverythingElse) {
  for (const char* accept :
       {"text/html", "application/json", "text/*", "*/*;q=0", "*/*; q=0.0", ",", "application/vnd*"}) {
    EXPECT_FALSE(takes(accept)) << accept;
  }
}

}  // namespace
}  // namespace avouch::dialect::veraison
