#include <gtest/gtest.h>

#include <set>
#include <string>

#include "tee/rooms.h"

namespace avouch::tee {
namespace {

TEST(Rooms, FindsWhatThisBuildVerifies) {
  const Rooms rooms(true);
  EXPECT_EQ(rooms.find("cca").value()->name(), "cca");
  EXPECT_EQ(rooms.find("sample").value()->name(), "sample");
}

TEST(Rooms, KeepsTheSampleOffUnlessAllowed) {
  const Rooms rooms(false);
  EXPECT_STREQ(rooms.find("sample").error().code, "tee.sample-off");
  EXPECT_EQ(rooms.find("sample").error().blame, Blame::kRequest);
  EXPECT_TRUE(rooms.find("cca").has_value());
}

// The longest beginning of a code decides which row explains it: a row of one room for another's codes would be wrong.
TEST(Rooms, ExplainTheirOwnCodesAndNoOthers) {
  for (const bool allow_sample : {false, true}) {
    const Rooms rooms(allow_sample);
    std::set<std::string> areas;
    for (const Remedy& row : rooms.remedies()) areas.insert(std::string(row.code.substr(0, row.code.find('.'))));
    EXPECT_EQ(areas, (std::set<std::string>{"cca", "sample", "tee"})) << allow_sample;
  }
  const Rooms all(true);
  for (const char* name : {"cca", "sample"}) {
    for (const Remedy& row : all.find(name).value()->remedies()) {
      EXPECT_TRUE(row.code.starts_with(std::string(name) + ".")) << row.code;
    }
  }
}

TEST(Rooms, KnowsWhatItDoesNotVerify) {
  for (const bool allow_sample : {false, true}) {
    const Rooms rooms(allow_sample);
    for (const char* name : {"az-snp-vtpm", "az-tdx-vtpm", "nvidia", "sgx", "snp", "tdx", "csv", "se", "hygondcu",
                             "nvidia-dpu", "nvidiadpu", "tpm", "sampledevice"}) {
      EXPECT_STREQ(rooms.find(name).error().code, "tee.unsupported") << name;
    }
  }
}

TEST(Rooms, RefusesEveryOtherName) {
  const Rooms rooms(true);
  for (const char* name : {"", "CCA", "cca ", "sample2", "toaster"}) {
    EXPECT_STREQ(rooms.find(name).error().code, "tee.unknown") << name;
  }
}

}  // namespace
}  // namespace avouch::tee
