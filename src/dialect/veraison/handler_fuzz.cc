// Requests of anybody, one after the other: "METHOD target", a line each for Accept and Content-Type, then the body; a
// line of dashes before the next one. "{session}" in a target stands for a session that waits. No answer is our fault;
// each has one JSON document of its type, or the text of an unknown path; and evidence that nobody endorsed is never
// affirmed.
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "dialect/veraison/veraison_fixture.h"
#include "net/http_grammar.h"

namespace {

using namespace avouch;
using namespace avouch::dialect::veraison;  // NOLINT(google-build-using-namespace): what is fuzzed

constexpr std::string_view kNextRequest = "\n---\n", kSession = "{session}";
constexpr int kRequestsMax = 8;

std::string_view take_line(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(text.size(), line.size() + 1));
  return line;
}

void check(const net::HttpResponse& response) {
  for (const auto& [name, value] : response.headers) CHECK(net::is_token(name) && net::is_field_value(value));
  if (response.status == 204) return;
  const std::string_view type = response.header("Content-Type").value_or("");
  if (type == "text/plain") {
    CHECK(response.status == 404);
    return;
  }
  const Result<Json> body = parse_json(response.body);
  CHECK(body.has_value() && body->as_object() != nullptr);
  if (type == kProblemType) {
    CHECK(400 <= response.status && response.status < 500);
    CHECK(*body->find("status") == Json(response.status));
    return;
  }
  CHECK(type == kSessionType || type == kDiscoveryType);
  if (const std::string* token = body->find_string("result")) {
    const Json payload = jose::parse_jws(*token)->payload;
    CHECK(*payload.at("/submods/ARM_CCA/ear.status") == Json("contraindicated"));
  }
}

void make_request(VeraisonFixture& service, const std::string& session, std::string_view request) {
  const std::string_view head = take_line(request), accept = take_line(request), type = take_line(request);
  const std::size_t blank = std::min(head.find(' '), head.size());
  std::string target(head.substr(std::min(head.size(), blank + 1)));
  if (const std::size_t at = target.find(kSession); at != std::string::npos) {
    target.replace(at, kSession.size(), session);
  }
  const bool can_come = net::is_token(head.substr(0, blank)) && net::is_target_text(target) &&
                        net::is_field_value(accept) && net::is_field_value(type);
  if (!can_come) return;
  check(service.ask(std::string(head.substr(0, blank)), target,
                    {{"Accept", std::string(accept)}, {"Content-Type", std::string(type)}}, std::string(request)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static VeraisonFixture service;
  const std::string session = service.open_session("?nonceSize=64").path;
  std::string_view script = as_text({data, size});
  for (int i = 0; i < kRequestsMax && !script.empty(); ++i) {
    const std::string_view request = script.substr(0, script.find(kNextRequest));
    script.remove_prefix(std::min(script.size(), request.size() + kNextRequest.size()));
    make_request(service, session, request);
  }
  return 0;
}
