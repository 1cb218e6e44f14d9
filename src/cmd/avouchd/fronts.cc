#include "cmd/avouchd/fronts.h"

#include <vector>

#include "cmd/avouchd/inputs.h"
#include "dialect/coco_as/rest.h"
#include "dialect/coco_as/service.h"
#include "dialect/coco_as/write_gate.h"
#include "dialect/manage/handler.h"
#include "dialect/rvps/service.h"
#include "dialect/veraison/handler.h"
#include "edge/grpc/front.h"

namespace avouch::cmd {
namespace {

using dialect::coco_as::OpenTo;
using dialect::coco_as::WriteGate;

// Ours under its own prefix, Veraison's at its paths, the peer's everywhere else.
class PrefixFront final : public net::HttpHandler {
 public:
  PrefixFront(const FrontParts& parts, const net::HttpHandler& peers)
      : manage_(parts.manage), veraison_(parts.veraison), peers_(peers) {}
  Weight weight(const net::HttpRequest& head) const override { return choose(head).weight(head); }
  std::size_t body_limit_bytes(const net::HttpRequest& head) const override {
    return choose(head).body_limit_bytes(head);
  }
  net::HttpResponse handle(const net::HttpRequest& request) const override { return choose(request).handle(request); }

 private:
  const net::HttpHandler& choose(const net::HttpRequest& request) const {
    if (request.path().starts_with(dialect::manage::kPrefix)) return manage_;
    if (veraison_ != nullptr && dialect::veraison::is_served(request.path())) return *veraison_;
    return peers_;
  }
  const net::HttpHandler& manage_;
  const net::HttpHandler* const veraison_;
  const net::HttpHandler& peers_;
};

// Where there is no REST interface: whether anybody is at home.
class HealthHandler final : public net::HttpHandler {
 public:
  Weight weight(const net::HttpRequest&) const override { return Weight::kLight; }
  net::HttpResponse handle(const net::HttpRequest& request) const override {
    net::HttpResponse out;
    out.status = request.path() == "/healthz" && request.method == "GET" ? 200 : 404;
    return out;
  }
};

OpenTo open_to(const Config& config) {
  return is_open_to_writes(config) ? OpenTo::kEverybody : OpenTo::kNobody;
}

// Reference values, and before them the gate.
struct ReferenceServices {
  explicit ReferenceServices(const FrontParts& parts)
      : peers({parts.references, parts.decisions, parts.clock}),
        own(parts.own_references == nullptr
                ? nullptr
                : std::make_unique<dialect::rvps::OwnReferenceService>(dialect::rvps::OwnReferenceService::Parts{
                      *parts.own_references, parts.decisions, parts.clock})) {}
  std::vector<const net::GrpcService*> with(std::vector<const net::GrpcService*> others) const {
    others.push_back(&peers);
    if (own != nullptr) others.push_back(own.get());
    return others;
  }
  dialect::rvps::ReferenceService peers;
  std::unique_ptr<dialect::rvps::OwnReferenceService> own;
};

class VerifierFront final : public net::HttpHandler {
 public:
  VerifierFront(const Config& config, const FrontParts& parts, dialect::coco_as::Evaluator::Parts evaluator)
      : evaluator_(evaluator, {config.allow_unbound}),
        service_(evaluator_),
        references_(parts),
        rest_(evaluator_, config.allowed_origins),
        plain_(parts, rest_),
        grpc_(references_.with({&service_}), plain_),
        gate_({grpc_, parts.admin, parts.decisions, parts.clock, open_to(config)}) {}
  Weight weight(const net::HttpRequest& head) const override { return gate_.weight(head); }
  std::size_t body_limit_bytes(const net::HttpRequest& head) const override { return gate_.body_limit_bytes(head); }
  net::HttpResponse handle(const net::HttpRequest& request) const override { return gate_.handle(request); }

 private:
  const dialect::coco_as::Evaluator evaluator_;
  const dialect::coco_as::AttestationService service_;
  const ReferenceServices references_;
  const dialect::coco_as::RestHandler rest_;
  const PrefixFront plain_;
  const edge::GrpcFront grpc_;
  const WriteGate gate_;
};

class ReferenceFront final : public net::HttpHandler {
 public:
  ReferenceFront(const Config& config, const FrontParts& parts)
      : references_(parts),
        plain_(parts, health_),
        grpc_(references_.with({}), plain_),
        gate_({grpc_, parts.admin, parts.decisions, parts.clock, open_to(config)}) {}
  Weight weight(const net::HttpRequest& head) const override { return gate_.weight(head); }
  std::size_t body_limit_bytes(const net::HttpRequest& head) const override { return gate_.body_limit_bytes(head); }
  net::HttpResponse handle(const net::HttpRequest& request) const override { return gate_.handle(request); }

 private:
  const ReferenceServices references_;
  const HealthHandler health_;
  const PrefixFront plain_;
  const edge::GrpcFront grpc_;
  const WriteGate gate_;
};

}  // namespace

bool is_open_to_writes(const Config& config) {
  return config.insecure_writes.value_or(is_on_loopback(config));
}

Front make_broker_front(const FrontParts& parts, const net::HttpHandler& kbs) {
  return std::make_unique<PrefixFront>(parts, kbs);
}

Front make_verifier_front(const Config& config, const FrontParts& parts, dialect::coco_as::Evaluator::Parts evaluator) {
  return std::make_unique<VerifierFront>(config, parts, evaluator);
}

Front make_reference_front(const Config& config, const FrontParts& parts) {
  return std::make_unique<ReferenceFront>(config, parts);
}

}  // namespace avouch::cmd
