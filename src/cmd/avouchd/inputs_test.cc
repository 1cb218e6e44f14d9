#include "cmd/avouchd/inputs.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace avouch::cmd
