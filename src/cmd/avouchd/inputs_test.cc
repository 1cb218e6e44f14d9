#include "cmd/avouchd/inputs.h"

#include <gtest/gtest.h>

#include "base/file.h"

namespace avouch::cmd {
namespace {

using Names = std::vector<std::string>;

TEST(EarTrust, AddsOurOwnSignerToTheIssuersAndProfilesThatTheConfigNames) {
  Config config;
  config.signer.issuer = "ours";
  config.signer.profile = "our-profile";
  const appraise::Signer signer =
      *appraise::Signer::make(crypto::PrivateKey::generate_ec(crypto::Curve::kP256), config.signer);
  const broker::EarTrust unnamed = load_ear_trust(config, signer, {}).value();
  EXPECT_TRUE(unnamed.issuers.empty() && unnamed.profiles.empty() && unnamed.audiences.empty());
  config.token_issuers = {"theirs"};
  config.token_profiles = {"their-profile"};
  config.token_audiences = {"us"};
  const broker::EarTrust named = load_ear_trust(config, signer, {}).value();
  EXPECT_EQ(named.issuers, (Names{"theirs", "ours"}));
  EXPECT_EQ(named.profiles, (Names{"their-profile", "our-profile"}));
  EXPECT_EQ(named.audiences, Names{"us"}) << "what we sign names no audience";
}

TEST(Suppliers, AreThoseWhoseFilesTheConfigNamesAndNoOthers) {
  const SystemClock clock;
  const Log quiet(clock, LogLevel::kOff, LogFormat::kText);
  const std::string folder = ::testing::TempDir() + "avouch-suppliers-";
  const std::string key_file = folder + "key.pem", junk_file = folder + "junk.pem";
  const crypto::PublicKey key = crypto::PrivateKey::generate_ec(crypto::Curve::kP256).public_key();
  ASSERT_TRUE(write_file(key_file, as_bytes(key.to_pem()), 0600).has_value());
  ASSERT_TRUE(write_file(junk_file, as_bytes("junk"), 0600).has_value());
  Config config;
  const appraise::ProvenanceTrust nobody = load_suppliers(config, quiet).value();
  EXPECT_TRUE(nobody.corim.keys.empty() && nobody.corim.roots.empty() && !nobody.corim.allow_unsigned);
  config.corim_suppliers.key_files = {key_file};
  const appraise::ProvenanceTrust somebody = load_suppliers(config, quiet).value();
  ASSERT_EQ(somebody.corim.keys.size(), 1U);
  EXPECT_EQ(somebody.corim.keys[0].to_pem(), key.to_pem());
  config.corim_suppliers.certificate_files = {junk_file};
  EXPECT_EQ(load_suppliers(config, quiet).error().detail.rfind(junk_file, 0), 0U) << "names the file";
  config.corim_suppliers = {{junk_file}, {}, false};
  EXPECT_FALSE(load_suppliers(config, quiet).has_value());
}

}  // namespace
}  // namespace avouch::cmd
