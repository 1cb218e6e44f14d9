#include "dialect/veraison/witness.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"

namespace avouch::dialect::veraison {
namespace {

// What the client's codes are called where they are about the platforms of Arm CCA, with remedies in tee/cca.
struct Name {
  std::string_view code;
  const char* name;
};
constexpr Name kNames[] = {
    {"veraison.unreachable", "cca.remote-unavailable"}, {"veraison.failed", "cca.remote-failed"},
    {"veraison.state", "cca.remote-unavailable"},       {"veraison.media-type", "cca.remote-media-type"},
    {"veraison.signature", "cca.remote-signature"},     {"veraison.nonce", "cca.remote-nonce"},
    {"veraison.result", "cca.remote-result"},
};

Error named(Error error) {
  const auto* found = std::find_if(std::begin(kNames), std::end(kNames),
                                   [&error](const Name& name) { return name.code == error.code; });
  error.code = found != std::end(kNames) ? found->name : "cca.remote-protocol";
  return error;
}

}  // namespace

VeraisonWitness::VeraisonWitness(Client client, std::string address, const Clock& clock, const Log& log)
    : clock_(clock),
      log_(log),
      service_(std::make_shared<const Service>(Service{std::move(client), std::move(address)})) {}

std::string VeraisonWitness::address() const {
  return service()->address;
}

std::shared_ptr<const VeraisonWitness::Service> VeraisonWitness::service() const {
  const std::lock_guard lock(mutex_);
  return service_;
}

void VeraisonWitness::replace(Client client, std::string address) {
  const std::lock_guard lock(mutex_);
  service_ = std::make_shared<const Service>(Service{std::move(client), std::move(address)});
  last_failure_.clear();
}

Result<tee::Testimony> VeraisonWitness::ask(const tee::Question& question, Bytes evidence) {
  const std::shared_ptr<const Service> service = this->service();
  TRY(check_rested());
  Result<Json> claims = service->client.verify({evidence, question.media_types, question.nonce}, clock_.now());
  note(claims.has_value() ? nullptr : &claims.error());
  ENSURE(claims.has_value(), named(claims.error()));
  return tee::Testimony{service->address, *claims->find("submods")};
}

// While it rests nobody asks, and then one first.
Status VeraisonWitness::check_rested() {
  const std::lock_guard lock(mutex_);
  if (last_failure_.empty()) return ok();
  ENSURE(clock_.uptime() >= asked_again_at_, Error{Blame::kUnavailable, "cca.remote-resting", last_failure_});
  is_tried_ = true;
  asked_again_at_ = clock_.uptime() + limits::kVeraisonDeadline + limits::kVeraisonFarewell;
  return ok();
}

// Only what no evidence can bring about counts: a guest must not be able to keep the others out.
void VeraisonWitness::note(const Error* failure) {
  const std::lock_guard lock(mutex_);
  if (failure == nullptr || std::string_view(failure->code) != "veraison.unreachable") {
    if (!last_failure_.empty()) log_.info("cca.remote-back", {{"address", service_->address}});
    last_failure_.clear();
    is_tried_ = false;
    return;
  }
  const bool is_first = last_failure_.empty();
  if (!is_first && !is_tried_) return;  // one of many that were under way
  if (is_first) log_.warn("cca.remote-down", {{"address", service_->address}, {"detail", failure->detail}});
  rest_ = is_first ? limits::kRemoteRestMin : std::min(rest_ * 2, Uptime(limits::kRemoteRestMax));
  is_tried_ = false;
  last_failure_ = failure->detail;
  asked_again_at_ = clock_.uptime() + rest_;
}

}  // namespace avouch::dialect::veraison
