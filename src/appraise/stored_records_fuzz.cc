// Records read back from a store that others write too: of reference values, endorsements and decisions. What cannot be
// read is a damaged store, never a value, and never the end of the process; what can be read is explained, and a value
// that was read and set again is the same value.
#include <cstddef>
#include <cstdint>

#include "appraise/endorsements.h"
#include "appraise/reference_values.h"
#include "appraise/why.h"
#include "base/check.h"
#include "ledger/default_policies.h"
#include "testing/failing_store.h"
#include "testing/manual_clock.h"

namespace {

using namespace avouch;

struct Server {
  testing::ManualClock clock;
  testing::FailingStore store{clock};
  const Log quiet{clock, LogLevel::kOff, LogFormat::kText};
  ledger::DecisionLog decisions{store, clock, quiet};
  ledger::Policies policies{
      store, "policy", {{"default_cpu", ledger::default_policies().at("default_cpu")}, {"p", "package policy\n"}}};
  ledger::Policies resource_policies{
      store, "kbs", {{"resource-policy", ledger::default_policies().at("resource_default")}}};
  appraise::ReferenceValues reference_values{store, clock};
  appraise::Endorsements endorsements{store, {}};
  const tee::Rooms rooms{false};
  appraise::Why why{{decisions, policies, resource_policies, reference_values, rooms}};

  void put(std::string_view space, std::string_view key, Bytes record) {
    CHECK(store.put(space, key, record, store::Expiry::never()).has_value());
  }
};

bool is_damage(const Error& error) {
  const std::string_view code = error.code;
  return error.blame == Blame::kUnavailable && (code == "store.corrupt" || code == "reference.damaged");
}

void check_reference(Server& server, Bytes record) {
  server.put("reference_value", "name", record);
  const auto snapshot = server.reference_values.snapshot();
  CHECK(snapshot.has_value());
  if ((*snapshot)->all().empty()) {  // damaged, which is not the same as not there
    CHECK((*snapshot)->damaged().contains("name") && is_damage((*snapshot)->damaged().at("name")));
    CHECK(!server.reference_values.add("name", "measured").has_value());
    return;
  }
  CHECK((*snapshot)->all().size() == 1 && (*snapshot)->damaged().empty());
  const appraise::ReferenceValue& read = (*snapshot)->all().begin()->second;
  if (!server.reference_values.set("copy", read.value).has_value()) return;  // a peer's may be deeper than ours
  const auto again = server.reference_values.snapshot();
  CHECK(again.has_value() && (*again)->find("copy", server.clock.now()) == read.value);
}

// What is said of a value decides whether it counts; what cannot be read lets nothing count; a revocation lasts.
void check_life(Server& server, Bytes record) {
  const std::string name = "life";
  CHECK(server.reference_values.set(name, Json::array({"measured"})).has_value());
  server.put("reference_value_life", name, record);
  const auto find = [&] { return (*server.reference_values.snapshot())->find(name, server.clock.now()); };
  const auto snapshot = server.reference_values.snapshot();
  CHECK(snapshot.has_value());
  const auto revoked = server.reference_values.change(
      {appraise::LifeState::kRevoked, name, "measured", std::nullopt, {"admin", "id", ""}});
  if ((*snapshot)->damage(name) != nullptr) {
    CHECK(find().is_null() && !revoked.has_value() && is_damage(revoked.error()));
    CHECK(server.reference_values.erase(name).value());
    return;
  }
  const appraise::LifeEntry* entry = appraise::find_entry((*snapshot)->life(name), "measured");
  const bool has_gone =
      entry != nullptr && entry->state != appraise::LifeState::kCandidate && !entry->counts(server.clock.now());
  CHECK((*snapshot)->find(name, server.clock.now()).is_null() == has_gone);
  if (!revoked.has_value()) return;  // of a thousand values something is said already
  CHECK(find().is_null());
  CHECK(!server.reference_values.add(name, "measured").has_value() && find().is_null());
  CHECK(server.reference_values.erase(name).value());
}

void check_endorsements(Server& server, Bytes record) {
  const tee::Needs needs = {{tee::Need::Kind::kTrustAnchor, "a"}, {tee::Need::Kind::kPlatformReferences, "a"}};
  for (const char* space : {"trust_anchor", "platform_reference"}) {
    server.put(space, "a/b", record);
    const auto collateral = server.endorsements.get(needs);
    CHECK(collateral.has_value() || is_damage(collateral.error()));
    CHECK(server.store.erase(space, "a/b").value());
  }
}

void check_decision(Server& server, Bytes record) {
  server.put("decision", "id", record);
  const Result<Json> found = server.decisions.find("id");
  const Result<Json> explained = server.why.explain("id");
  CHECK(found.has_value() == explained.has_value());
  if (!found.has_value()) {
    CHECK(is_damage(found.error()));
    return;
  }
  CHECK(explained->find("references")->as_array() != nullptr);
  static_cast<void>(server.why.approve("id", "admin", "192.0.2.9"));
  static_cast<void>(server.why.explain(""));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Server server;
  check_life(server, {data, size});
  check_reference(server, {data, size});
  check_endorsements(server, {data, size});
  check_decision(server, {data, size});
  return 0;
}
