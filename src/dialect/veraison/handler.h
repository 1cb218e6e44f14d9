// The HTTP surface of Veraison's verification service (services 6b88102, June 2026): discovery and challenge-response
// sessions, for Arm CCA.
#pragma once

#include <string>
#include <string_view>

#include "appraise/appraiser.h"
#include "dialect/veraison/sessions.h"
#include "net/http_message.h"

namespace avouch::dialect::veraison {

inline constexpr std::string_view kDiscoveryPath = "/.well-known/veraison/verification";
inline constexpr std::string_view kPrefix = "/challenge-response/v1/";
bool is_served(std::string_view path);  // whether a path is of this interface

class VeraisonHandler final : public net::HttpHandler {
 public:
  struct Parts {
    appraise::Appraiser& appraiser;  // whose sessions are those below
    appraise::Sessions& sessions;    // of this dialect alone: a ticket of another is none here
    const appraise::Signer& signer;
    const Clock& clock;
  };
  explicit VeraisonHandler(Parts parts) : parts_(parts), submitted_(limits::kSubmittedBytes, parts.clock) {}

  Weight weight(const net::HttpRequest& head) const override;
  std::size_t body_limit_bytes(const net::HttpRequest& head) const override;
  net::HttpResponse handle(const net::HttpRequest& request) const override;

 private:
  net::HttpResponse discovery(const net::HttpRequest& request) const;
  net::HttpResponse new_session(const net::HttpRequest& request) const;
  net::HttpResponse submit(const net::HttpRequest& request, std::string_view id) const;
  net::HttpResponse show(const net::HttpRequest& request, std::string_view id) const;
  net::HttpResponse erase(const net::HttpRequest& request, std::string_view id) const;
  // The session of an id that is not used up or whose evidence is still here; else the answer that says why not.
  tl::expected<appraise::Session, net::HttpResponse> look_up(const net::HttpRequest& request,
                                                             std::string_view id) const;
  net::HttpResponse judge(const net::HttpRequest& request, std::string_view id, const appraise::Session& session,
                          Submitted submitted) const;
  Parts parts_;
  mutable SubmittedSessions submitted_;  // thread safe
};

}  // namespace avouch::dialect::veraison
