#include "dialect/veraison/witness.h"

#include <gtest/gtest.h>

#include "testing/code_of.h"
#include "testing/loopback_server.h"
#include "testing/manual_clock.h"

namespace avouch::dialect::veraison {
namespace {

using namespace std::chrono_literals;
using testing::code_of;

Client client_of(const std::string& url) {
  ClientOptions options;
  options.address = url;
  return Client::make(options).value();
}

class Resting : public ::testing::Test {
 protected:
  std::string ask() { return code_of(witness_.ask({{"application/cca"}, Buffer(64, 1)}, Buffer{1})); }
  // How long it rests, to a tenth of a second.
  std::chrono::milliseconds rest() {
    std::chrono::milliseconds waited{0};
    for (; ask() == "cca.remote-resting"; waited += 100ms) clock_.advance(100ms);
    return waited;
  }

  testing::ManualClock clock_;
  const Log quiet_{clock_, LogLevel::kOff, LogFormat::kText};
  testing::LoopbackSocket deaf_;
  VeraisonWitness witness_{client_of(deaf_.url()), deaf_.url(), clock_, quiet_};
};

TEST_F(Resting, LeavesAnAddressWhereNobodyIsInPeaceEachTimeLonger) {
  EXPECT_EQ(ask(), "cca.remote-unavailable");
  EXPECT_EQ(ask(), "cca.remote-resting");
  EXPECT_EQ(rest(), 500ms);
  EXPECT_EQ(rest(), 1000ms);
  EXPECT_EQ(rest(), 2000ms);
  for (int i = 0; i < 5; ++i) rest();
  EXPECT_EQ(rest(), 15'000ms);
}

TEST_F(Resting, GoesByTheTimeThatPassesNotByTheTimeOfDay) {
  EXPECT_EQ(ask(), "cca.remote-unavailable");
  clock_.jump(std::chrono::hours(24));
  EXPECT_EQ(ask(), "cca.remote-resting");
}

TEST_F(Resting, AsksAnotherAddressAtOnce) {
  EXPECT_EQ(ask(), "cca.remote-unavailable");
  const testing::LoopbackSocket other;
  witness_.replace(client_of(other.url()), other.url());
  EXPECT_EQ(ask(), "cca.remote-unavailable");
  EXPECT_EQ(witness_.address(), other.url());
}

TEST(VeraisonClient, RefusesAnAddressThatIsNone) {
  ClientOptions options;
  options.address = "ftp://veraison.example";
  EXPECT_EQ(code_of(Client::make(options)), "url.parse");
  options.address = "https://veraison.example";
  options.trust = {net::TlsTrust::Roots::kSystemAndGiven, "no certificate"};
  EXPECT_EQ(code_of(Client::make(options)), "tls.roots");
}

}  // namespace
}  // namespace avouch::dialect::veraison
