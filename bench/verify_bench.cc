// Times what an attestation costs, next to the limit that the machine sets in the same run: a CCA token costs two ECDSA
// P-384 verifications, a result one P-256 signature. Prints CPU time per operation; never a test.
//   verify_bench [SECONDS per line]
#include "base/check.h"
#include "codec/base64.h"
#include "crypto/signature.h"
#include "measure.h"
#include "tee/cca/emulator/platform.h"
#include "tee/cca/room.h"
#include "tee/rooms.h"

namespace avouch::bench {
namespace {

struct CcaCase {
  Buffer token;
  tee::Collateral collateral;
};

CcaCase make_case(const tee::Room& room) {
  using namespace tee::cca::emulator;
  const Platform platform = Platform::make();
  const Realm realm = Realm::with_initial_measurement(Buffer(32, 7));
  CcaCase out{must(platform.token(realm, Buffer(64, 1), Profile::k2023, Collection::kEat399)), {}};
  const tee::EndorsedRecords records = must(room.read_endorsements(platform.endorsements()));
  const tee::Needs needs = must(room.needs(out.token));
  const Json& jwk = records.trust_anchors.front().content;
  const auto coordinate = [&](const char* name) { return must(codec::from_base64url(*jwk.find_string(name))); };
  out.collateral.trust_anchors.push_back(
      {needs.front().key,
       must(crypto::PublicKey::from_ec_point(crypto::Curve::kP384, coordinate("x"), coordinate("y")))});
  out.collateral.platform_references.push_back({"bench", records.platform_references.front().content});
  return out;
}

int run(double seconds) {
  const tee::Rooms rooms(false);
  const tee::Room& room = *must(rooms.find("cca"));
  const CcaCase cca = make_case(room);
  const tee::Binding binding = must(tee::Binding::make(Buffer(64, 1), tee::NotDemanded{"the bench has no init data"}));

  const crypto::PrivateKey p384 = crypto::PrivateKey::generate_ec(crypto::Curve::kP384);
  const crypto::PrivateKey p256 = crypto::PrivateKey::generate_ec(crypto::Curve::kP256);
  const Buffer message(1'000, 3);
  const Buffer signature = must(crypto::sign(p384, crypto::SignatureAlgorithm::kEs384, message));
  const crypto::PublicKey public_key = p384.public_key();

  const double verify = measure(seconds, [&] {
    CHECK(crypto::verify(public_key, crypto::SignatureAlgorithm::kEs384, message, signature).has_value());
  });
  const double sign =
      measure(seconds, [&] { CHECK(crypto::sign(p256, crypto::SignatureAlgorithm::kEs256, message).has_value()); });
  const double parse = measure(seconds, [&] { CHECK(room.needs(cca.token).has_value()); });
  const double known = measure(
      seconds, [&] { CHECK(room.verify(cca.token, binding, cca.collateral, SystemClock().now()).has_value()); });
  const double token = measure(seconds, [&] {
    const std::unique_ptr<tee::Room> fresh = tee::cca::make_room();  // remembers no platform
    CHECK(fresh->verify(cca.token, binding, cca.collateral, SystemClock().now()).has_value());
  });

  std::printf("%-44s %10s %10s\n", "operation", "CPU us", "of limit");
  std::printf("%-44s %10.1f\n", "limit: ECDSA P-384 verification", verify);
  std::printf("%-44s %10.1f\n", "limit: ECDSA P-256 signature", sign);
  std::printf("%-44s %10.1f\n", "parse a CCA token", parse);
  std::printf("%-44s %10.1f %9.0f%%\n", "verify a CCA token (limit: two P-384)", token, 100 * 2 * verify / token);
  std::printf("%-44s %10.1f %9.0f%%\n", "the platform met before (limit: one P-384)", known, 100 * verify / known);
  return 0;
}

}  // namespace
}  // namespace avouch::bench

int main(int argc, char** argv) {
  return avouch::bench::run(argc > 1 ? std::atof(argv[1]) : 1.0);
}
