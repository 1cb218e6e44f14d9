#include "codec/json_depth.h"

#include <gtest/gtest.h>

namespace avouch {
namespace {

TEST(JsonDepth, IsTheNumberOfContainersAroundTheInnermostValue) {
  EXPECT_EQ(depth_of("text"), 0u);
  EXPECT_EQ(depth_of(Json()), 0u);
  EXPECT_EQ(depth_of(Json::array()), 1u);
  EXPECT_EQ(depth_of(Json::object({{"a", 1}, {"b", Json::array({1, Json::object()})}, {"c", Json::array()}})), 3u);
}

}  // namespace
}  // namespace avouch
