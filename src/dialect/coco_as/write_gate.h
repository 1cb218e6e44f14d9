// WriteGate: stands before the interfaces of attestation service and provider of reference values, which the peer left
// without credentials, and lets only administrators change anything or read policies.
#pragma once

#include "broker/admin.h"
#include "ledger/decision.h"
#include "net/http_message.h"

namespace avouch::dialect::coco_as {

// Who may write without the token of an administrator.
enum class OpenTo : unsigned char {
  kNobody,
  kEverybody,  // who can reach the listening end: on loopback, or because the config says so by name; no browser's page
};

class WriteGate final : public net::HttpHandler {
 public:
  struct Parts {
    const net::HttpHandler& inner;
    const broker::Admin& admin;
    ledger::DecisionLog& decisions;
    const Clock& clock;
    OpenTo open_to;
  };
  explicit WriteGate(Parts parts) : parts_(parts) {}
  Weight weight(const net::HttpRequest& head) const override { return parts_.inner.weight(head); }
  std::size_t body_limit_bytes(const net::HttpRequest& head) const override {
    return parts_.inner.body_limit_bytes(head);
  }
  net::HttpResponse handle(const net::HttpRequest& request) const override;

 private:
  Parts parts_;
};

}  // namespace avouch::dialect::coco_as
