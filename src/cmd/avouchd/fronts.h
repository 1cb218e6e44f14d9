// The listening end of each role: which interfaces are to be found there.
#pragma once

#include <memory>

#include "appraise/reference_values.h"
#include "base/log.h"
#include "broker/admin.h"
#include "cmd/avouchd/config.h"
#include "dialect/coco_as/evaluator.h"
#include "net/http_message.h"

namespace avouch::cmd {

// What all of them need. Everything outlives the front.
struct FrontParts {
  const net::HttpHandler& manage;  // ours, under its own prefix
  appraise::ReferenceProvider& references;
  appraise::ReferenceValues* own_references;  // null: they are kept elsewhere
  const broker::Admin& admin;
  ledger::DecisionLog& decisions;
  const Clock& clock;
  const net::HttpHandler* veraison;  // null: not served
};

using Front = std::unique_ptr<const net::HttpHandler>;

// A broker's: the management interface, Veraison's, and the peer's everywhere else.
Front make_broker_front(const FrontParts& parts, const net::HttpHandler& kbs);
// A verifier's: gRPC for attestation and reference values, REST, Veraison's and the management interface.
Front make_verifier_front(const Config& config, const FrontParts& parts, dialect::coco_as::Evaluator::Parts evaluator);
// A keeper of reference values: gRPC, and the management interface.
Front make_reference_front(const Config& config, const FrontParts& parts);

// Whether everybody who reaches the listening end may write: on loopback, or because the config says so.
bool is_open_to_writes(const Config& config);

}  // namespace avouch::cmd
