// Requests of anybody, guests and administrators alike, one after the other: "METHOD path", then, from the next line
// on, the body; a line of dashes before the next one. Each carries the cookie of a challenge, and the right to
// administer. An error has the peer's form and no fault is ours; a secret never leaves in clear; every decision can be
// read again.
#include "dialect/kbs/handler_fixture.h"

#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "net/http_grammar.h"

namespace {

using namespace avouch;
using dialect::kbs::FixtureOptions;
using dialect::kbs::HandlerFixture;

constexpr std::string_view kNextRequest = "\n---\n";
constexpr int kRequestsMax = 8;

FixtureOptions options() {
  FixtureOptions out;
  out.admin_mode = broker::AdminOptions::Mode::kInsecureAllowAll;
  return out;
}

void check(const net::HttpResponse& response) {
  CHECK(200 <= response.status && response.status < 500);
  CHECK(response.body.find(dialect::kbs::kSecretText) == std::string::npos);
  for (const auto& [name, value] : response.headers) CHECK(net::is_token(name) && net::is_field_value(value));
  if (response.status == 200 || response.body.empty()) return;
  const Result<Json> error = parse_json(response.body);
  CHECK(error.has_value() && error->find_string("detail") != nullptr);
  CHECK(error->find_string("type")->starts_with("https://github.com/confidential-containers/kbs/errors/"));
}

void make_request(const HandlerFixture& server, const std::string& cookie, std::string_view request) {
  const std::string_view head = request.substr(0, request.find('\n'));
  const std::string_view body = request.substr(std::min(request.size(), head.size() + 1));
  const std::size_t blank = std::min(head.find(' '), head.size());
  const std::string_view target = head.substr(std::min(head.size(), blank + 1));
  if (!net::is_token(head.substr(0, blank)) || !net::is_target_text(target)) return;  // no such request can come
  check(server.ask(std::string(head.substr(0, blank)), std::string(target), {{"Cookie", cookie}}, std::string(body)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  HandlerFixture server(options());
  std::string_view script = as_text({data, size});
  for (int i = 0; i < kRequestsMax && !script.empty(); ++i) {
    const std::string_view request = script.substr(0, script.find(kNextRequest));
    script.remove_prefix(std::min(script.size(), request.size() + kNextRequest.size()));
    make_request(server, server.challenge().cookie, request);
  }
  CHECK(server.reference_values.snapshot().has_value());
  CHECK(server.attestation_policies.ids().has_value());
  CHECK(server.resource_policies.get(broker::kResourcePolicyId).has_value());
  server.decisions.flush();
  const std::size_t recorded = server.store.list("decision", "", "", 1'000)->size() +
                               server.store.list("decision-of-strangers", "", "", 1'000)->size();
  CHECK(server.decisions.newest(1'000, "")->size() == recorded);
  return 0;
}
