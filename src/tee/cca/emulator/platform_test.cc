#include "tee/cca/emulator/platform.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "base/file.h"
#include "crypto/digest.h"
#include "tee/cca/collateral_for_test.h"
#include "tee/cca/room.h"

namespace avouch::tee::cca::emulator {
namespace {

const Buffer kChallenge(64, 0x3c);

Realm some_realm() {
  return Realm::with_initial_measurement(Buffer(32, 0x99));
}

Collateral endorsed(const Platform& platform) {
  return for_test::endorsed(platform.endorsements());
}

Result<Claims> verify(Bytes token, const Collateral& collateral) {
  const Binding binding = Binding::make(kChallenge, NotDemanded{"no init data"}).value();
  return make_room()->verify(token, binding, collateral, Instant{});
}

// A folder that goes with the test.
class Folder {
 public:
  Folder() : path_("/tmp/avouch_platform_test_XXXXXX") {
    if (::mkdtemp(path_.data()) == nullptr) std::abort();
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string operator/(const char* name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

TEST(CcaEmulator, TokensOfEveryFormAreAsEndorsed) {
  const Platform platform = Platform::make();
  for (const Profile profile : {Profile::kLegacy, Profile::k2023}) {
    for (const Collection collection : {Collection::kEat399, Collection::kCmw907}) {
      const Buffer token = platform.token(some_realm(), kChallenge, profile, collection).value();
      const Claims claims = verify(token, endorsed(platform)).value();
      EXPECT_TRUE(claims.findings.empty());
      EXPECT_EQ(claims.evidence.at("/realm/cca-realm-profile") == nullptr, profile == Profile::kLegacy);
    }
  }
}

TEST(CcaEmulator, TokensOfOnePlatformAreNotThoseOfAnother) {
  const Platform one = Platform::make(), other = Platform::make();
  const Buffer token = one.token(some_realm(), kChallenge, Profile::k2023, Collection::kEat399).value();
  EXPECT_STREQ(verify(token, endorsed(other)).error().code, "cca.platform.unknown");
}

TEST(CcaEmulator, ShowsItsLifecycle) {
  Platform platform = Platform::make();
  platform.set_lifecycle(0x4000);
  const Buffer token = platform.token(some_realm(), kChallenge, Profile::k2023, Collection::kEat399).value();
  const Claims claims = verify(token, endorsed(platform)).value();
  ASSERT_EQ(claims.findings.size(), 2U);
  EXPECT_STREQ(claims.findings[0].code, "cca.platform.not-secured");
}

TEST(CcaEmulator, RefusesAChallengeOfAnotherSize) {
  const Platform platform = Platform::make();
  for (const std::size_t size_bytes : {0U, 32U, 63U, 65U}) {
    const Result<Buffer> token = platform.token(some_realm(), Buffer(size_bytes), Profile::k2023, Collection::kEat399);
    EXPECT_STREQ(token.error().code, "realm.challenge") << size_bytes;
  }
}

// The claims that a changed token leads to, as text; the code of the refusal otherwise.
std::string outcome(Bytes token, const Collateral& collateral) {
  const Result<Claims> claims = verify(token, collateral);
  if (!claims.has_value()) return claims.error().code;
  return "accepted " + to_text(claims->evidence) + to_text(claims->report_data) + to_text(claims->init_data) +
         std::to_string(claims->findings.size());
}

// No bit of a token may change what it says: either it is refused, or the bit lies where nothing is said.
TEST(CcaEmulator, EveryFlippedBitIsRefusedOrSaysTheSame) {
  const Platform platform = Platform::make();
  const Collateral collateral = endorsed(platform);
  Buffer token = platform.token(some_realm(), kChallenge, Profile::k2023, Collection::kCmw907).value();
  const std::string genuine = outcome(token, collateral);
  ASSERT_TRUE(genuine.starts_with("accepted "));
  std::size_t accepted_count = 0;
  for (std::size_t bit = 0; bit < token.size() * 8; ++bit) {
    token[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    const std::string result = outcome(token, collateral);
    token[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    if (!result.starts_with("accepted ")) continue;
    ++accepted_count;
    ASSERT_EQ(result, genuine) << "bit " << bit;
  }
  // Every octet is signed, part of a signature, or of a structure that has one form only.
  EXPECT_EQ(accepted_count, 0U);
}

TEST(CcaEmulator, EveryTruncationIsRefused) {
  const Platform platform = Platform::make();
  const Collateral collateral = endorsed(platform);
  const Buffer token = platform.token(some_realm(), kChallenge, Profile::kLegacy, Collection::kCmw907).value();
  for (std::size_t length = 0; length < token.size(); ++length) {
    EXPECT_FALSE(verify(Bytes(token).first(length), collateral).has_value()) << length;
  }
}

TEST(CcaEmulator, ExtendsOneMeasurement) {
  Realm realm = some_realm();
  ASSERT_TRUE(realm.extend(2, as_bytes("layer")).has_value());
  const crypto::Digest content = crypto::digest(crypto::Hash::kSha256, as_bytes("layer"));
  const crypto::Digest expected = crypto::digest(crypto::Hash::kSha256, {Buffer(32, 0), content.bytes()});
  EXPECT_EQ(realm.extensible_measurements[2], to_buffer(expected.bytes()));
  EXPECT_EQ(realm.extensible_measurements[1], Buffer(32, 0));
  EXPECT_STREQ(realm.extend(4, as_bytes("layer")).error().code, "realm.rem");
}

TEST(CcaEmulator, TakesTheHashFromTheSizeOfTheInitialMeasurement) {
  Realm realm = Realm::with_initial_measurement(Buffer(64, 1));
  EXPECT_EQ(realm.hash_algorithm, "sha-512");
  EXPECT_EQ(realm.personalization_value, Buffer(64, 0));
  ASSERT_TRUE(realm.extend(0, as_bytes("layer")).has_value());
  EXPECT_EQ(realm.extensible_measurements[0].size(), 64U);
}

TEST(CcaEmulator, StaysThePlatformThatWasEndorsed) {
  const Folder folder;
  const Json endorsements = Platform::open(folder / "realm").value().endorsements();
  const Platform again = Platform::open(folder / "realm").value();
  EXPECT_EQ(again.endorsements(), endorsements);
  const Buffer token = again.token(some_realm(), kChallenge, Profile::k2023, Collection::kEat399).value();
  EXPECT_TRUE(verify(token, endorsed(again)).has_value());
}

TEST(CcaEmulator, KeepsItsFilesToItself) {
  const Folder folder;
  ASSERT_TRUE(Platform::open(folder / "realm").has_value());
  struct stat status {};
  ASSERT_EQ(::stat((folder / "realm").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0700U);
  for (const char* name : {"realm/cpak.pem", "realm/rak.pem", "realm/platform.json"}) {
    ASSERT_EQ(::stat((folder / name).c_str(), &status), 0) << name;
    EXPECT_EQ(status.st_mode & 07777U, 0600U) << name;
  }
}

TEST(CcaEmulator, FinishesAFolderThatACrashLeftHalfMade) {
  const Folder folder;
  const Json endorsements = Platform::open(folder / "realm").value().endorsements();
  ASSERT_EQ(::unlink((folder / "realm/platform.json").c_str()), 0);
  ASSERT_EQ(::unlink((folder / "realm/rak.pem").c_str()), 0);
  EXPECT_EQ(Platform::open(folder / "realm").value().endorsements(), endorsements);
}

TEST(CcaEmulator, NamesTheDamagedFile) {
  const Folder folder;
  ASSERT_TRUE(Platform::open(folder / "realm").has_value());
  for (const char* name : {"realm/rak.pem", "realm/platform.json", "realm/cpak.pem"}) {
    ASSERT_TRUE(write_file(folder / name, as_bytes("{}"), 0600).has_value());
    const Result<Platform> opened = Platform::open(folder / "realm");
    EXPECT_STREQ(opened.error().code, "realm.state");
    EXPECT_NE(opened.error().detail.find(name), std::string::npos) << opened.error().detail;
    if (std::string(name) == "realm/rak.pem") {
      ASSERT_EQ(::unlink((folder / name).c_str()), 0);  // It is made anew; the other two are looked at after it.
    }
  }
}

TEST(CcaEmulator, DoesNotMakeANewKeyWhereOneWasLost) {
  const Folder folder;
  ASSERT_TRUE(Platform::open(folder / "realm").has_value());
  ASSERT_EQ(::unlink((folder / "realm/cpak.pem").c_str()), 0);
  EXPECT_STREQ(Platform::open(folder / "realm").error().code, "realm.state");
}

TEST(CcaEmulator, RefusesADescriptionOfAnotherPlatform) {
  const Folder folder;
  ASSERT_TRUE(Platform::open(folder / "one").has_value());
  ASSERT_TRUE(Platform::open(folder / "other").has_value());
  std::filesystem::copy_file(folder / "other/platform.json", folder / "one/platform.json",
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_STREQ(Platform::open(folder / "one").error().code, "realm.state");
}

}  // namespace
}  // namespace avouch::tee::cca::emulator
