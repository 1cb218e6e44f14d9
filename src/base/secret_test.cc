#include "base/secret.h"

#include <gtest/gtest.h>

#include <type_traits>
#include <utility>

namespace avouch {
namespace {

static_assert(!std::is_copy_constructible_v<Secret> && !std::is_copy_assignable_v<Secret>);
static_assert(!std::is_convertible_v<Secret, Bytes> && !std::is_convertible_v<Buffer, Secret>);

TEST(Secret, TakesTheBufferItselfAndLeavesNoCopy) {
  Buffer octets(64, 7);
  const std::uint8_t* where = octets.data();
  const Secret secret(std::move(octets));
  EXPECT_EQ(secret.reveal().data(), where);
  EXPECT_EQ(secret.size_bytes(), 64u);
}

TEST(Secret, LeavesNothingWhereItMovedFrom) {
  Secret first(Buffer(8, 1));
  Secret second(std::move(first));
  EXPECT_TRUE(first.empty());  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(second.reveal()[7], 1);
  Secret third(Buffer(4, 2));
  third = std::move(second);
  EXPECT_TRUE(second.empty());  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(third.size_bytes(), 8u);
  Secret& same = third;
  third = std::move(same);
  EXPECT_EQ(third.size_bytes(), 8u) << "moving into itself must not lose it";
}

TEST(Secret, ClonesOnPurposeOnly) {
  const Secret original(Buffer(8, 3));
  const Secret copy = original.clone();
  EXPECT_NE(copy.reveal().data(), original.reveal().data());
  EXPECT_EQ(to_buffer(copy.reveal()), to_buffer(original.reveal()));
}

TEST(WipeMemory, OverwritesEveryOctet) {
  Buffer octets(100, 0xaa);
  wipe_memory(octets.data(), octets.size());
  EXPECT_EQ(octets, Buffer(100, 0));
  wipe_memory(nullptr, 0);
}

}  // namespace
}  // namespace avouch
