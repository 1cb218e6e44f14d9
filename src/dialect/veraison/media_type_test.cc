#include "dialect/veraison/media_type.h"

#include <gtest/gtest.h>

#include <vector>

namespace avouch::dialect::veraison {
namespace {

constexpr const char* kCca = R"(application/eat-collection; profile="http://arm.com/CCA-SSD/1.0.0")";

TEST(MediaType, IsTheSameHoweverItIsSpelt) {
  for (const char* spelling : {
           R"(application/eat-collection;profile="http://arm.com/CCA-SSD/1.0.0")",
           R"(Application/EAT-Collection ; Profile="http://arm.com/CCA-SSD/1.0.0")",
           R"(application/eat-collection; profile="http:\//arm.com/CCA-SSD/1.0.0")",
           "application/eat-collection; profile=http://arm.com/CCA-SSD/1.0.0",
       }) {
    EXPECT_TRUE(same_media_type(kCca, spelling)) << spelling;
  }
  EXPECT_TRUE(same_media_type("a/b; c=1; d=2", "a/b;d=2;c=1"));
}

TEST(MediaType, IsAnotherWithAnotherProfileOrNone) {
  for (const char* other : {
           R"(application/eat-collection; profile="http://arm.com/cca-ssd/1.0.0")",
           R"(application/eat-collection; profile="tag:arm.com,2023:cca_platform#1.0.0")",
           "application/eat-collection",
           R"(application/eat-collection; profile="http://arm.com/CCA-SSD/1.0.0"; x=1)",
           R"(application/eat+cwt; profile="http://arm.com/CCA-SSD/1.0.0")",
       }) {
    EXPECT_FALSE(same_media_type(kCca, other)) << other;
  }
  EXPECT_TRUE(same_bare_type(kCca, "application/eat-collection"));
  EXPECT_FALSE(same_bare_type(kCca, "application/eat"));
}

TEST(MediaType, IsNotEvenTheSameAsItselfWhereItIsNone) {
  for (const char* none : {"", "a", "/", "a/", "/b", "a/b;", "a/b;c", "a/b;c=", R"(a/b;c="x)", R"(a/b;c="x\)", "a b/c",
                           "a/b x", R"(a/b;c="x"y)"}) {
    EXPECT_FALSE(same_media_type(none, none)) << none;
    EXPECT_FALSE(same_bare_type(none, none)) << none;
  }
}

TEST(MediaType, ChoosesTheFirstThatIsWantedAsItIsOffered) {
  const std::vector<std::string> offered{"a/one", "A/Two; x=\"1\"", "a/three"};
  EXPECT_EQ(choose_media_type(std::vector<std::string>{"a/none", "a/two;x=1", "a/one"}, offered), "A/Two; x=\"1\"");
  EXPECT_EQ(choose_media_type(std::vector<std::string>{"a/none"}, offered), "");
  EXPECT_EQ(choose_media_type(offered, {}), "");
}

}  // namespace
}  // namespace avouch::dialect::veraison
