#include "codec/json_text.h"

#include <gtest/gtest.h>

namespace avouch {
namespace {

const Json kObject = Json::object({{"text", "a \"b\""}, {"number", 7}, {"none", nullptr}, {"list", Json::array({1})}});

TEST(JsonText, GivesATextAsItIsAndAnythingElseAsJson) {
  EXPECT_EQ(text_of(kObject, "text"), "a \"b\"");
  EXPECT_EQ(text_of(kObject, "number"), "7");
  EXPECT_EQ(text_of(kObject, "list"), "[1]");
}

TEST(JsonText, GivesNothingForWhatIsNotThere) {
  EXPECT_EQ(text_of(kObject, "none"), "");
  EXPECT_EQ(text_of(kObject, "absent"), "");
  EXPECT_EQ(text_of(Json("no object"), "text"), "");
}

TEST(JsonText, GivesAnEmptyListForWhatIsNone) {
  EXPECT_EQ(list_of(kObject, "list"), Json::Array{1});
  for (const char* name : {"text", "none", "absent"}) EXPECT_TRUE(list_of(kObject, name).empty()) << name;
}

}  // namespace
}  // namespace avouch
