// What Veraison's clients read: attestation results with a submodule for the platform and one for its realm, sessions
// and problems as JSON.
#pragma once

#include <string>
#include <string_view>

#include "appraise/appraiser.h"
#include "codec/json.h"
#include "dialect/veraison/sessions.h"

namespace avouch::dialect::veraison {

// Results of Veraison's scheme ARM_CCA: submodules CCA_SSD_PLATFORM and CCA_REALM; or ARM_CCA alone, with the problem,
// where the evidence does not verify.
appraise::PartsForm cca_form();

// {"status","nonce","expiry","accept"}, and once evidence has come {"evidence":{"type","value"}} and {"result"}.
Json to_json(const appraise::Session& session, const Submitted& submitted);

// RFC 9457: {"type":"about:blank","title","status","detail"}.
Json problem(int status, std::string_view title, std::string detail);

}  // namespace avouch::dialect::veraison
