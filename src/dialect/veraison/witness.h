// Veraison as the witness of rooms that rely on a verifier elsewhere. One that fails is left in peace for a while, so
// that each guest is told at once, and no worker waits for a deadline that is known to be missed.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "appraise/witness.h"
#include "base/clock.h"
#include "base/log.h"
#include "dialect/veraison/client.h"

namespace avouch::dialect::veraison {

class VeraisonWitness final : public appraise::Witness {
 public:
  VeraisonWitness(Client client, std::string address, const Clock& clock, const Log& log);

  std::string address() const override;
  //   fails   kUnavailable: cca.remote-unavailable, cca.remote-resting, cca.remote-failed, cca.remote-protocol,
  //           cca.remote-media-type, cca.remote-signature, cca.remote-nonce, cca.remote-result
  Result<tee::Testimony> ask(const tee::Question& question, Bytes evidence) override;

  // After the config has changed; who is asking goes on with the old one.
  void replace(Client client, std::string address);

 private:
  struct Service {
    Client client;
    std::string address;
  };
  std::shared_ptr<const Service> service() const;
  Status check_rested();
  void note(const Error* failure);

  const Clock& clock_;
  const Log& log_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Service> service_;
  std::string last_failure_;  // empty: it answers
  Uptime rest_{}, asked_again_at_{};
  bool is_tried_ = false;  // by one, after a rest
};

}  // namespace avouch::dialect::veraison
