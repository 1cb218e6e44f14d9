// What comes from an address that claims to be Veraison's: never blamed on the evidence, never led to another server,
// and no result that its key did not sign.
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "dialect/veraison/media_type.h"
#include "dialect/veraison/messages.h"
#include "dialect/veraison/signed_result.h"

namespace {

// A key nobody signs with: a result by it would be a forgery.
const avouch::dialect::veraison::Discovery& publisher() {
  static const avouch::dialect::veraison::Discovery service{
      avouch::crypto::PrivateKey::generate_ec(avouch::crypto::Curve::kP256).public_key(), "ES256", {}, "/"};
  return service;
}

template <class T>
void check_blame(const avouch::Result<T>& result) {
  CHECK(result.has_value() || result.error().blame == avouch::Blame::kUnavailable);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace avouch::dialect::veraison;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const avouch::Result<Discovery> discovery = parse_discovery(text);
  check_blame(discovery);
  if (discovery.has_value())
    CHECK(discovery->new_session.starts_with('/') && !discovery->new_session.starts_with("//"));
  const avouch::Result<Session> session = parse_session(text);
  check_blame(session);
  if (session.has_value()) CHECK(session->result.empty() || session->state == Session::State::kComplete);
  const avouch::Result<std::string> path = session_path(text, "/challenge-response/v1/newSession");
  check_blame(path);
  if (path.has_value())
    CHECK(path->starts_with('/') && !path->starts_with("//") && path->find("/../") == std::string::npos);
  const avouch::Result<avouch::Json> claims =
      check_result(text, publisher(), avouch::Buffer(64, 1), avouch::from_unix_seconds(1'800'000'000));
  check_blame(claims);
  CHECK(!claims.has_value());
  CHECK(problem_in(text).size() <= 256);
  CHECK(same_media_type(text, text) == same_bare_type(text, text));
  return 0;
}
