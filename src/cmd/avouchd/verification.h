// What serves Veraison's clients: its interface, sessions of its own, and an appraiser that goes by them.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "appraise/appraiser.h"
#include "cmd/avouchd/config.h"
#include "dialect/veraison/handler.h"

namespace avouch::cmd {

// Not where evidence is judged elsewhere, or not at all.
bool serves_veraison(const Config& config);

// By id: the policies that count where nobody set another.
std::map<std::string, std::string> attestation_defaults(const Config& config);

struct Verification {
  // `ticket_key` is the broker's: from it comes another, so that a ticket of one interface is none of the other.
  // `like` is the broker's appraiser, from which this one differs in nothing but its sessions.
  Verification(const Secret& ticket_key, std::unique_ptr<appraise::SpentNonces> spent, appraise::TicketScope scope,
               const appraise::Appraiser::Parts& like);
  appraise::Sessions sessions;
  appraise::Appraiser appraiser;
  const dialect::veraison::VeraisonHandler handler;
};

}  // namespace avouch::cmd
