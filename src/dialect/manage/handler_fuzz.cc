// Calls of an administrator, one after the other: "METHOD path", then, from the next line on, its body; a line of
// dashes before the next call. Every answer is JSON, an error has a code and no fault is ours; and whatever was
// written, all that can be listed can still be listed: nobody may set what nobody can read.
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "base/limits.h"
#include "crypto/random.h"
#include "dialect/manage/handler.h"
#include "ledger/default_policies.h"
#include "testing/failing_store.h"
#include "testing/manual_clock.h"

namespace {

using namespace avouch;
constexpr std::string_view kNextCall = "\n---\n";
constexpr int kCallsMax = 8;

broker::Admin open_admin() {
  broker::AdminOptions options;
  options.mode = broker::AdminOptions::Mode::kInsecureAllowAll;
  return *broker::Admin::make(options);
}

const appraise::Signer& signer() {
  static const appraise::Signer only =
      *appraise::Signer::make(crypto::PrivateKey::generate_ec(crypto::Curve::kP256), {});
  return only;
}

class Server {
 public:
  net::HttpResponse ask(std::string_view method, std::string_view path, std::string_view body = "") {
    net::HttpRequest request;
    request.method = method;
    request.target = std::string(dialect::manage::kPrefix) + std::string(path);
    request.body = body;
    request.peer = "192.0.2.1:1";
    clock_.advance(std::chrono::milliseconds(1));  // so that decisions sort
    net::HttpResponse response = handler_.handle(request);
    const Result<Json> json = parse_json(response.body);
    CHECK(json.has_value() && response.header("Content-Type") == "application/json");
    if (response.status != 200) CHECK(json->at("/error/code") != nullptr && json->at("/error/detail") != nullptr);
    CHECK(response.status >= 200 && response.status < 500);
    return response;
  }

 private:
  testing::ManualClock clock_;
  const Log log_{clock_, LogLevel::kOff, LogFormat::kText};
  testing::FailingStore store_{clock_};
  const tee::Rooms rooms_{true};
  const broker::Admin admin_ = open_admin();
  ledger::DecisionLog decisions_{store_, clock_, log_};
  ledger::Policies attestation_policies_{
      store_, "attestation_service_policy", {{"default_cpu", ledger::default_policies().at("default_cpu")}}};
  ledger::Policies resource_policies_{store_, "kbs", {}};
  appraise::ReferenceValues reference_values_{store_, clock_};
  appraise::Endorsements endorsements_{store_, {}};
  appraise::Sessions sessions_{Secret(crypto::random_bytes(crypto::kAesKeyBytes)),
                               appraise::make_spent_nonces_in_memory(clock_), clock_, limits::kSessionLifetime};
  appraise::Appraiser appraiser_{
      {rooms_, sessions_, endorsements_, reference_values_, attestation_policies_, signer(), decisions_, clock_}};
  appraise::Why why_{{decisions_, attestation_policies_, resource_policies_, reference_values_, rooms_}};
  broker::Vault vault_{store_, Secret(crypto::random_bytes(crypto::kAesKeyBytes))};
  dialect::manage::ManageHandler handler_{{appraiser_, why_, endorsements_, reference_values_, attestation_policies_,
                                           resource_policies_, decisions_, vault_, rooms_, admin_, clock_}};
};

void make_call(Server& server, std::string_view call) {
  const std::string_view head = call.substr(0, call.find('\n'));
  const std::string_view body = call.substr(std::min(call.size(), head.size() + 1));
  const std::size_t blank = std::min(head.find(' '), head.size());
  const std::string_view path = head.substr(std::min(head.size(), blank + 1));
  server.ask(head.substr(0, blank), path, body);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Server server;
  std::string_view script = as_text({data, size});
  for (int i = 0; i < kCallsMax && !script.empty(); ++i) {
    const std::string_view call = script.substr(0, script.find(kNextCall));
    script.remove_prefix(std::min(script.size(), call.size() + kNextCall.size()));
    make_call(server, call);
  }
  for (const char* list : {"decisions?limit=1000", "endorsements", "reference-values", "policies/attestation",
                           "policies/resource", "resources", "reference-forecast?days=36500"}) {
    CHECK(server.ask("GET", list).status == 200);
  }
  return 0;
}
