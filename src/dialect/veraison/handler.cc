#include "dialect/veraison/handler.h"

#include <algorithm>

#include "base/limits.h"
#include "codec/utf8.h"
#include "dialect/veraison/cmw.h"
#include "dialect/veraison/negotiation.h"
#include "dialect/veraison/nonce_request.h"
#include "dialect/veraison/result.h"
#include "format/jwk.h"

namespace avouch::dialect::veraison {
namespace {

constexpr std::string_view kNewSessionPath = "/challenge-response/v1/newSession";
constexpr std::string_view kSessionPrefix = "/challenge-response/v1/session/";
constexpr std::chrono::seconds kDiscoveryAgeMax{60};
// A UUID, as the peer's ids are, or a sealed session; what is shorter, longer or of other characters is no id at all.
constexpr std::size_t kIdMin = 32, kIdMax = 512;

net::HttpResponse typed(int status, std::string_view type, std::string body) {
  net::HttpResponse out;
  out.status = status;
  out.headers.emplace_back("Content-Type", type);
  out.body = std::move(body);
  return out;
}

const char* title_of(int status) {
  switch (status) {
    case 400:
      return "Bad Request";
    case 404:
      return "Not Found";
    case 406:
      return "Not Acceptable";
    case 409:
      return "Conflict";
    case 415:
      return "Unsupported Media Type";
    default:
      return "Internal Server Error";
  }
}

net::HttpResponse refused(int status, std::string detail) {
  return typed(status, kProblemType, to_text(problem(status, title_of(status), std::move(detail))));
}

net::HttpResponse not_acceptable(std::string_view type) {
  return refused(406, "the only supported output format is " + std::string(type));
}

net::HttpResponse unknown_path() {
  return typed(404, "text/plain", "404 page not found");
}

net::HttpResponse unknown_session(std::string_view id) {
  return refused(404, "session not found for (id, tenant)=(" + std::string(id) + ", 0)");
}

net::HttpResponse failed() {
  return refused(500, "error encountered while processing evidence");
}

net::HttpResponse shown(int status, const appraise::Session& session, const Submitted& submitted) {
  return typed(status, kSessionType, to_text(to_json(session, submitted)));
}

bool is_id(std::string_view text) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  return kIdMin <= text.size() && text.size() <= kIdMax && text.find_first_not_of(kAlphabet) == std::string_view::npos;
}

net::HttpResponse unsupported(const std::string& media_type) {
  std::string offered;
  for (const std::string_view type : kEvidenceTypes) offered.append(offered.empty() ? "" : ", ").append(type);
  net::HttpResponse out = refused(
      415, "no active plugin found for " + std::string(codec::utf8_prefix(media_type, limits::kMediaTypeBytes)));
  out.headers.emplace_back("Accept", std::move(offered));
  return out;
}

// The evidence of a request, out of its wrapper if it is in one; or the answer to what is none.
tl::expected<Submitted, net::HttpResponse> evidence_of(const net::HttpRequest& request) {
  if (request.body.empty()) return tl::unexpected(refused(400, "unable to read evidence from the request body"));
  std::string media_type(request.header("Content-Type").value_or(""));
  Buffer evidence;
  if (is_wrapper(media_type)) {
    Result<Wrapped> wrapped = unwrap(request.body);
    if (!wrapped.has_value()) {
      return tl::unexpected(refused(400, "could not unwrap the CMW: " + wrapped.error().detail));
    }
    media_type = std::move(wrapped->media_type);
    evidence = std::move(wrapped->evidence);
  } else {
    evidence = to_buffer(as_bytes(request.body));
  }
  const std::optional<std::string_view> known = evidence_type(media_type);
  if (!known.has_value()) return tl::unexpected(unsupported(media_type));
  return Submitted{State::kProcessing, std::string(*known), std::move(evidence), ""};
}

}  // namespace

bool is_served(std::string_view path) {
  return path == kDiscoveryPath || path.starts_with(kPrefix);
}

net::HttpHandler::Weight VeraisonHandler::weight(const net::HttpRequest& head) const {
  return head.path().starts_with(kSessionPrefix) ? Weight::kHeavy : Weight::kLight;
}

std::size_t VeraisonHandler::body_limit_bytes(const net::HttpRequest& head) const {
  return weight(head) == Weight::kLight ? limits::kLightBodyBytes : limits::kEvidenceMessageBytes;
}

net::HttpResponse VeraisonHandler::handle(const net::HttpRequest& request) const {
  const std::string_view path = request.path();
  const bool is_get = request.method == "GET", is_post = request.method == "POST";
  if (path == kDiscoveryPath && is_get) return discovery(request);
  if (path == kNewSessionPath && is_post) return new_session(request);
  if (!path.starts_with(kSessionPrefix)) return unknown_path();
  const std::string_view id = path.substr(kSessionPrefix.size());
  if (id.empty() || id.find('/') != std::string_view::npos) return unknown_path();
  if (is_post) return submit(request, id);
  if (is_get) return show(request, id);
  if (request.method == "DELETE") return erase(request, id);
  return unknown_path();
}

net::HttpResponse VeraisonHandler::discovery(const net::HttpRequest& request) const {
  if (!accepts(request, kDiscoveryType) && !accepts(request, "application/json")) return not_acceptable(kDiscoveryType);
  Json key = Json::object({{"alg", crypto::to_string(parts_.signer.algorithm())}});
  const Json members = jose::jwk_from_public_key(parts_.signer.public_key());
  for (const auto& [name, value] : *members.as_object()) key.set(name, value);
  Json types = Json::array();
  for (const std::string_view type : kEvidenceTypes) types.push_back(type);
  const Json info = Json::object({{"ear-verification-key", std::move(key)},
                                  {"media-types", std::move(types)},
                                  {"version", AVOUCH_VERSION},
                                  {"service-state", "READY"},
                                  {"api-endpoints", Json::object({{"newChallengeResponseSession", kNewSessionPath}})}});
  net::HttpResponse out = typed(200, kDiscoveryType, to_text(info));
  out.headers.emplace_back("Cache-Control", "max-age=" + std::to_string(kDiscoveryAgeMax.count()));
  out.headers.emplace_back("Expires", to_http_date(parts_.clock.now() + kDiscoveryAgeMax));
  return out;
}

net::HttpResponse VeraisonHandler::new_session(const net::HttpRequest& request) const {
  if (!accepts(request, kSessionType)) return not_acceptable(kSessionType);
  Result<Buffer> nonce = nonce_of(request.query());
  if (!nonce.has_value()) return refused(400, "failed handling nonce request: " + nonce.error().detail);
  const appraise::Challenge challenge = parts_.sessions.issue(/*tee=*/"", *std::move(nonce));
  Submitted nothing;
  nothing.state = State::kWaiting;
  net::HttpResponse out = shown(201, challenge.session, nothing);
  out.headers.emplace_back("Location", "session/" + challenge.ticket);
  return out;
}

tl::expected<appraise::Session, net::HttpResponse> VeraisonHandler::look_up(const net::HttpRequest& request,
                                                                            std::string_view id) const {
  if (!is_id(id)) {
    const std::string path(request.path().substr(0, kSessionPrefix.size() + kIdMax));
    return tl::unexpected(refused(400, "invalid session id (" + path + ") in path segment"));
  }
  Result<appraise::Session> session = parts_.sessions.open(id);
  if (!session.has_value()) return tl::unexpected(unknown_session(id));
  if (submitted_.find(session->nonce).has_value()) return *std::move(session);
  const Result<bool> is_gone = parts_.sessions.is_used_up(*session);
  if (!is_gone.has_value()) return tl::unexpected(failed());
  if (*is_gone) return tl::unexpected(unknown_session(id));
  return *std::move(session);
}

net::HttpResponse VeraisonHandler::submit(const net::HttpRequest& request, std::string_view id) const {
  if (!accepts(request, kSessionType)) return not_acceptable(kSessionType);
  tl::expected<Submitted, net::HttpResponse> submitted = evidence_of(request);
  if (!submitted.has_value()) return std::move(submitted).error();
  const tl::expected<appraise::Session, net::HttpResponse> session = look_up(request, id);
  if (!session.has_value()) return session.error();
  if (submitted_.begin(session->nonce, session->expires_at, *submitted)) {
    return judge(request, id, *session, *std::move(submitted));
  }
  // Who asks again because the answer got lost is given it; to try one evidence after the other is not for anybody.
  const std::optional<Submitted> first = submitted_.find(session->nonce);
  if (!first.has_value()) return unknown_session(id);
  if (first->evidence != submitted->evidence || first->state == State::kFailed) {
    return refused(409, "evidence was submitted in this session already: a nonce serves once");
  }
  return shown(first->state == State::kComplete ? 200 : 202, *session, *first);
}

net::HttpResponse VeraisonHandler::judge(const net::HttpRequest& request, std::string_view id,
                                         const appraise::Session& session, Submitted submitted) const {
  static const appraise::PartsForm kForm = cca_form();
  appraise::Submission submission;
  submission.ticket = id;
  submission.peer = request.peer;
  submission.evidence = submitted.evidence;
  submission.report_data = [](const appraise::Session& opened) -> Result<Buffer> { return opened.challenge; };
  submission.init_data = tee::NotDemanded{"clients of this protocol send no init data"};
  tl::expected<appraise::SignedEar, ledger::Refusal> ear = parts_.appraiser.attest_parts(submission, kForm);
  if (!ear.has_value() && ear.error().error.blame == Blame::kRequest) {  // used up or expired at this very moment
    submitted_.erase(session.nonce);
    return unknown_session(id);
  }
  if (!ear.has_value()) {
    submitted_.finish(session.nonce, State::kFailed, "");
    return failed();
  }
  submitted.state = State::kComplete;
  submitted.result = std::move(ear->token);
  submitted_.finish(session.nonce, submitted.state, submitted.result);
  return shown(200, session, submitted);
}

net::HttpResponse VeraisonHandler::show(const net::HttpRequest& request, std::string_view id) const {
  if (!accepts(request, kSessionType)) return not_acceptable(kSessionType);
  const tl::expected<appraise::Session, net::HttpResponse> session = look_up(request, id);
  if (!session.has_value()) return session.error();
  Submitted nothing;
  nothing.state = State::kWaiting;
  return shown(200, *session, submitted_.find(session->nonce).value_or(nothing));
}

net::HttpResponse VeraisonHandler::erase(const net::HttpRequest& request, std::string_view id) const {
  const tl::expected<appraise::Session, net::HttpResponse> session = look_up(request, id);
  if (!session.has_value()) return session.error();
  const Result<appraise::Session> used_up = parts_.sessions.redeem(id);
  const bool was_here = submitted_.erase(session->nonce);
  if (!used_up.has_value() && used_up.error().blame == Blame::kUnavailable) return failed();
  if (!used_up.has_value() && !was_here) return unknown_session(id);
  net::HttpResponse out;
  out.status = 204;
  return out;
}

}  // namespace avouch::dialect::veraison
