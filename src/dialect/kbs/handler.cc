#include "dialect/kbs/handler.h"

#include <algorithm>

#include "appraise/init_data.h"
#include "codec/base64.h"
#include "codec/utf8.h"
#include "dialect/kbs/route.h"
#include "format/coco.h"

namespace avouch::dialect::kbs {
namespace {

constexpr std::size_t kNonceShown = 64;
constexpr std::size_t kRefusalsShownPerSecond = 50;
constexpr std::string_view kAttestFailed = "Attestation error: RCAR handshake Attest failed";

std::string auth_failure_text(const Error& error) {
  const std::string prefix = "Attestation error: RCAR handshake Auth failed: ";
  const std::string_view code = error.code;
  if (code == "kbs.auth.shape") return prefix + "deserialize Request";
  if (code == "kbs.auth.version-syntax") return prefix + "failed to parse KBS version";
  if (code == "kbs.auth.version") {
    return prefix + "KBS Client Protocol Version Mismatch: expect =" + std::string(kVersionSpoken) +
           " while the request is " + error.detail;
  }
  if (code == "tee.unknown") return prefix + "deserialize Request";  // as the peer, whose message type lists the names
  return prefix + error.detail;
}

// None if there are more parameters than a policy is shown.
std::optional<Json> query_object(std::string_view query) {
  Json out = Json::object();
  if (static_cast<std::size_t>(std::count(query.begin(), query.end(), '&')) >= limits::kQueryParameters) {
    return std::nullopt;
  }
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    const std::size_t equals = pair.find('=');
    const std::optional<std::string> name = net::percent_decode(pair.substr(0, equals));
    const std::optional<std::string> value =
        net::percent_decode(equals == std::string_view::npos ? "" : pair.substr(equals + 1));
    if (name.has_value() && value.has_value() && !name->empty()) out.set(*name, *value);
  }
  return out;
}

}  // namespace

net::HttpResponse json_response(int status, std::string body) {
  return {status, {{"Content-Type", "application/json"}}, std::move(body), false};
}

net::HttpResponse empty_response(int status) {
  return {status, {}, "", false};
}

net::HttpResponse error_response(int status, std::string_view variant, std::string_view detail,
                                 std::string_view decision_id) {
  return json_response(status, error_body(variant, detail, decision_id));
}

net::HttpResponse failure_response(const Error& error, std::string_view variant, std::string_view detail,
                                   std::string_view decision_id) {
  if (error.blame != Blame::kUnavailable) return error_response(401, variant, detail, decision_id);
  const int status = std::string_view(error.code) == "session.too-many" ? 429 : 503;
  net::HttpResponse response = error_response(status, variant, detail, decision_id);
  response.headers.emplace_back("Retry-After", "1");
  return response;
}

KbsHandler::KbsHandler(Parts parts, KbsOptions options)
    : parts_(parts),
      options_(std::move(options)),
      attested_(limits::kAttestedBytes, parts.clock),
      refusals_shown_(kRefusalsShownPerSecond) {}

net::HttpHandler::Weight KbsHandler::weight(const net::HttpRequest& head) const {
  const std::string_view path = head.path();
  const bool light =
      path == "/healthz" || path == "/kbs/v0/auth" || path == "/.well-known/jwks.json" || path == "/metrics";
  return light ? Weight::kLight : Weight::kHeavy;
}

// Anybody may ask for a challenge, and megabytes of JSON would keep the event loop from everybody else.
std::size_t KbsHandler::body_limit_bytes(const net::HttpRequest& head) const {
  return weight(head) == Weight::kLight ? limits::kLightBodyBytes : net::HttpHandler::body_limit_bytes(head);
}

net::HttpResponse KbsHandler::handle(const net::HttpRequest& request) const {
  Metrics::Request counted(metrics_, request.body.size());
  net::HttpResponse response = route(request);
  counted.end(response.body.size());
  return response;
}

net::HttpResponse KbsHandler::route(const net::HttpRequest& request) const {
  const std::string_view path = request.path();
  if (path == "/healthz" && request.method == "GET") return empty_response(200);
  if (path == "/.well-known/jwks.json" && request.method == "GET" && parts_.signer != nullptr) {
    return json_response(200, to_text(parts_.signer->jwks()));
  }
  if (path == "/metrics") return metrics(request);
  if (!path.starts_with(kPrefix)) return empty_response(404);
  const bool known_method =
      request.method == "GET" || request.method == "POST" || request.method == "PUT" || request.method == "DELETE";
  if (!known_method) return {405, {{"Allow", "GET, POST, PUT, DELETE"}}, "", true};
  const std::optional<std::string> decoded = net::percent_decode(path.substr(kPrefix.size()));
  if (!decoded.has_value()) return error_response(404, "InvalidRequestPath", "The request path is not well-formed");
  const std::size_t slash = decoded->find('/');
  const bool has_rest = slash != std::string::npos;
  return kbs(request, Route{decoded->substr(0, slash), has_rest ? decoded->substr(slash + 1) : "", !has_rest});
}

net::HttpResponse KbsHandler::kbs(const net::HttpRequest& request, const Route& route) const {
  const bool get = request.method == "GET", post = request.method == "POST";
  if (route.head == "auth" && post) return auth(request);
  if (route.head == "attest" && post) return attest(request);
  // Nothing may follow where a rule for administrators counts: who may read "reference-value/.+" sets none by POST.
  if (route.head == "attestation-policy" && post && route.is_bare) return set_attestation_policy(request);
  if (route.head == "resource-policy" && post && route.is_bare) return set_resource_policy(request);
  if (route.head == "resource-policy" && get && route.is_bare) return get_resource_policy(request);
  if (route.head == "reference-value" && post && route.is_bare) return set_reference_values(request);
  if (route.head == "reference-value" && get) return get_reference_value(request, route);
  const bool is_plugin =
      std::find(options_.plugins.begin(), options_.plugins.end(), route.head) != options_.plugins.end();
  if (route.head == "resource" && is_plugin) {
    return post || request.method == "DELETE" ? change_resource(request, route) : get_resource(request, route);
  }
  return error_response(404, "PluginNotFound", "Plugin " + route.head + " not found");
}

net::HttpResponse KbsHandler::auth(const net::HttpRequest& request) const {
  metrics_.add(Count::kAuthRequests);
  const Result<AuthRequest> asked = parse_auth_request(request.body);
  if (!asked.has_value()) return refuse_challenge(request, asked.error());
  const Status expected = parts_.verifier.expects(asked->tee);
  if (!expected.has_value()) return refuse_challenge(request, expected.error());

  metrics_.add(Count::kAuthSuccesses);
  const appraise::Challenge challenge = parts_.sessions.issue(asked->tee);
  // Written by hand: this is the one route that anybody may flood.
  std::string body = "{\"nonce\":\"" + codec::to_base64(challenge.session.nonce) + "\",\"extra-params\":\"\"}";
  net::HttpResponse response = json_response(200, std::move(body));
  response.headers.emplace_back("Set-Cookie", std::string(kCookieName) + "=" + challenge.ticket +
                                                  "; Expires=" + to_http_date(challenge.session.expires_at) +
                                                  "; Path=/kbs/v0; HttpOnly; SameSite=Strict" +
                                                  (options_.secure_cookies ? "; Secure" : ""));
  return response;
}

// No decision: nothing was judged, and this is the one route that anybody may flood. The log names it, and the caller
// is told what is wrong, since it is about the caller's own words and this server's public abilities.
net::HttpResponse KbsHandler::refuse_challenge(const net::HttpRequest& request, const Error& error) const {
  metrics_.add(Count::kAuthErrors);
  if (refusals_shown_.admits(parts_.clock.now())) {
    parts_.log.info("auth.refused", {{"peer", request.peer}, {"code", error.code}, {"detail", error.detail}});
  }
  return failure_response(error, "AttestationError", auth_failure_text(error));
}

Result<appraise::Submission> KbsHandler::read_submission(const net::HttpRequest& request,
                                                         std::string_view ticket) const {
  const appraise::Session session = TRY(parts_.sessions.open(ticket));
  AttestRequest sent = TRY(parse_attest_request(request.body, options_.allow_rsa1_5));
  const std::string nonce = codec::to_base64(session.nonce);
  ENSURE(sent.nonce.value_or(nonce) == nonce,
         Error{Blame::kEvidence, "session.nonce",
               "runtime-data.nonce is \"" + std::string(codec::utf8_prefix(*sent.nonce, kNonceShown)) +
                   "\", and this session's is \"" + nonce + "\""});

  appraise::Submission out;
  out.ticket = std::string(ticket);
  out.peer = request.peer;
  out.evidence = TRY(coco::evidence_octets(session.tee, sent.primary_evidence));
  sent.primary_evidence = nullptr;  // large, and not looked at again
  out.runtime_claims = runtime_claims(sent, nonce);
  if (sent.init_data.has_value()) {
    appraise::InitData init_data = TRY(appraise::parse_init_data(sent.init_data->first, sent.init_data->second));
    out.init_data = std::move(init_data.digest);
    out.init_data_claims = std::move(init_data.claims);
    out.init_data_text = std::move(sent.init_data->second);
  }
  out.report_data = [sent = std::move(sent)](const appraise::Session& own) -> Result<Buffer> {
    return report_data(sent, codec::to_base64(own.nonce));
  };
  return out;
}

void KbsHandler::log_refusal(const char* event, const std::string& decision_id, const Error& error) const {
  if (!refusals_shown_.admits(parts_.clock.now())) return;  // each is on record all the same
  parts_.log.info(event, {{"decision", decision_id}, {"code", error.code}});
}

net::HttpResponse KbsHandler::attest(const net::HttpRequest& request) const {
  metrics_.add(Count::kAttestationRequests);
  const std::string_view ticket = request.cookie(kCookieName).value_or("");
  Result<appraise::Submission> submission = read_submission(request, ticket);
  if (!submission.has_value()) {
    // A challenge that was answered at all is used up, so that nobody can try bodies against it.
    const Result<appraise::Session> spent = parts_.sessions.redeem(ticket);
    count_refusal(spent);
    ledger::Decision decision = parts_.decisions.begin("attest", request.peer, spent.has_value() ? spent->tee : "");
    decision.error = spent.has_value() ? submission.error() : spent.error();
    parts_.decisions.record(decision);
    log_refusal("attest.refused", decision.id, *decision.error);
    return failure_response(*decision.error, "AttestationError", kAttestFailed, decision.id);
  }
  tl::expected<appraise::SignedEar, ledger::Refusal> result = parts_.verifier.attest(*submission);
  if (!result.has_value()) {
    const ledger::Refusal& refusal = result.error();
    count_refusal(parts_.sessions.open(ticket));
    log_refusal("attest.refused", refusal.decision_id, refusal.error);
    return failure_response(refusal.error, "AttestationError", kAttestFailed, refusal.decision_id);
  }
  metrics_.add_attestation(result->session.tee, true);
  net::HttpResponse response = json_response(200, to_text(Json::object({{"token", result->token}})));
  response.headers.emplace_back("Set-Cookie", std::string(kCookieName) + "=" + std::string(ticket) +
                                                  "; Expires=" + to_http_date(result->session.expires_at) +
                                                  "; Path=/kbs/v0; HttpOnly; SameSite=Strict" +
                                                  (options_.secure_cookies ? "; Secure" : ""));
  remember(result->session, std::move(result->token));
  return response;
}

// Who fetches by cookie from a replica that does not find the token attests again: no reason to refuse it here.
void KbsHandler::remember(const appraise::Session& session, std::string token) const {
  if (parts_.shared_tokens != nullptr) {
    const Status shared = parts_.shared_tokens->remember(session.nonce, token, session.expires_at);
    if (!shared.has_value()) parts_.log.warn("token.not-shared", {{"detail", shared.error().detail}});
  }
  attested_.remember(session.nonce, std::move(token), session.expires_at);
}

std::optional<std::string> KbsHandler::find_token(const appraise::Session& session) const {
  std::optional<std::string> own = attested_.find(session.nonce);
  if (own.has_value() || parts_.shared_tokens == nullptr) return own;
  Result<std::optional<std::string>> shared = parts_.shared_tokens->find(session.nonce);
  if (shared.has_value()) return *std::move(shared);
  parts_.log.warn("token.not-shared", {{"detail", shared.error().detail}});
  return std::nullopt;
}

// The session's result first; where there is none, or it no longer holds, a bearer token: as the peer looks for them.
Result<broker::VerifiedEar> KbsHandler::presented_ear(const net::HttpRequest& request) const {
  const Instant now = parts_.clock.now();
  const std::optional<std::string_view> bearer = request.bearer_token();
  if (const std::optional<std::string_view> ticket = request.cookie(kCookieName)) {
    const Result<appraise::Session> session = parts_.sessions.open(*ticket);
    const std::optional<std::string> token = session.has_value() ? find_token(*session) : std::nullopt;
    if (token.has_value()) {
      Result<broker::VerifiedEar> ear = parts_.ears.verify(*token, now);
      if (ear.has_value() || !bearer.has_value()) return ear;
    }
  }
  ENSURE(bearer.has_value(), Error{Blame::kRequest, "kbs.no-token", "neither an attested session nor a bearer token"});
  return parts_.ears.verify(*bearer, now);
}

net::HttpResponse KbsHandler::get_resource(const net::HttpRequest& request, const Route& route) const {
  const Result<broker::VerifiedEar> ear = presented_ear(request);
  if (!ear.has_value()) {
    if (std::string_view(ear.error().code) == "kbs.no-token") {
      return error_response(401, "TokenNotFound", "Attestation Token not found");
    }
    ledger::Decision decision = parts_.decisions.begin("release", request.peer, route.rest);
    decision.error = ear.error();
    parts_.decisions.record(decision);
    log_refusal("release.refused", decision.id, *decision.error);
    return error_response(401, "TokenVerifierError", "Token Verifier error", decision.id);
  }
  if (request.method != "GET") return error_response(401, "PluginInternalError", "Plugin internal error");
  std::optional<Json> query = query_object(request.query());
  if (!query.has_value()) return error_response(400, "InvalidRequestPath", "Too many query parameters");
  const tl::expected<broker::Release, ledger::Refusal> release =
      parts_.broker.release(*ear, {route.rest, *std::move(query), request.peer});
  count_release(release.has_value() ? nullptr : &release.error().error);
  if (release.has_value()) return json_response(200, to_text(release->jwe));

  const ledger::Refusal& refusal = release.error();
  log_refusal("release.refused", refusal.decision_id, refusal.error);
  if (refusal.error.blame == Blame::kPolicy) {
    // The peer shows a policy's run-time faults, with its text, to the guest: here a denial is a denial.
    return error_response(401, "PolicyDeny", "Access denied by policy", refusal.decision_id);
  }
  return failure_response(refusal.error, "PluginInternalError", "Plugin internal error", refusal.decision_id);
}

}  // namespace avouch::dialect::kbs
