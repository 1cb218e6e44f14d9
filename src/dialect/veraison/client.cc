#include "dialect/veraison/client.h"

#include <algorithm>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "codec/base64.h"
#include "dialect/veraison/media_type.h"
#include "dialect/veraison/messages.h"
#include "dialect/veraison/signed_result.h"
#include "net/http_client.h"

namespace avouch::dialect::veraison {
namespace {

using SteadyClock = std::chrono::steady_clock;
using Deadline = SteadyClock::time_point;

Error broken(const char* code, std::string problem) {
  return Error{Blame::kUnavailable, code, std::move(problem)};
}

// A document of the type that the interface names, or plain JSON; a page of whatever else answers there is neither.
Status check_type(const net::HttpResponse& response, std::string_view wanted) {
  const std::string_view type = response.header("Content-Type").value_or("");
  ENSURE(same_bare_type(type, wanted) || same_bare_type(type, "application/json"),
         broken("veraison.protocol", "the answer is not " + std::string(wanted)));
  return ok();
}

// Of a step before any evidence: a server, or what stands in front of it, that is out of order is as good as away.
const char* code_of_status(int status) {
  return status >= 500 ? "veraison.unreachable" : "veraison.protocol";
}

Error unexpected_status(const char* code, const char* step, const net::HttpResponse& response) {
  const std::string problem = problem_in(response.body);
  return broken(code, std::string(step) + " was answered with " + std::to_string(response.status) +
                          (problem.empty() ? "" : ": " + problem));
}

}  // namespace

// One verification over one connection.
class Conversation {
 public:
  Conversation(net::HttpClient& http, Deadline deadline) : http_(http), deadline_(deadline) { http_.end_by(deadline); }

  Result<Discovery> discover() {
    net::HttpResponse response =
        TRY(ask("GET", std::string(kDiscoveryPath), {{"Accept", std::string(kDiscoveryType)}}));
    ENSURE(response.status == 200, unexpected_status(code_of_status(response.status), "discovery", response));
    TRY(check_type(response, kDiscoveryType));
    return parse_discovery(response.body);
  }

  // Opens a session for a nonce, which stays open until close().
  Result<Session> open(const std::string& path, Bytes nonce) {
    const std::string target = path + "?nonce=" + codec::to_base64url(nonce);
    const std::vector<net::HeaderField> headers{{"Accept", std::string(kSessionType)}};
    Result<net::HttpResponse> response = ask("POST", target, headers);
    // A kept connection may have been closed just then. One session too many ends by itself.
    if (!response.has_value() && SteadyClock::now() < deadline_) response = ask("POST", target, headers);
    ENSURE(response.has_value(), response.error());
    ENSURE(response->status == 201, unexpected_status(code_of_status(response->status), "newSession", *response));
    path_ = TRY(session_path(response->header("Location").value_or(""), path));
    TRY(check_type(*response, kSessionType));
    Session session = TRY(parse_session(response->body));
    ENSURE(equal_constant_time(session.nonce, nonce), broken("veraison.nonce", "the session has another nonce"));
    return session;
  }

  // Submits evidence, and waits while the service is at work.
  Result<std::string> submit(Bytes evidence, const std::string& media_type) {
    std::vector<net::HeaderField> headers{{"Accept", std::string(kSessionType)}, {"Content-Type", media_type}};
    Result<net::HttpResponse> response = http_.request("POST", path_, headers, as_text(evidence));
    for (;;) {
      ENSURE(response.has_value(), broken("veraison.failed", response.error().detail));
      ENSURE(response->status == 200 || response->status == 202,
             unexpected_status("veraison.failed", "the evidence", *response));
      TRY(check_type(*response, kSessionType));
      Session session = TRY(parse_session(response->body));
      if (session.state == Session::State::kComplete) return std::move(session.result);
      ENSURE(session.state == Session::State::kProcessing, broken("veraison.failed", "the session failed"));
      std::this_thread::sleep_until(std::min(deadline_, SteadyClock::now() + limits::kVeraisonPoll));
      ENSURE(SteadyClock::now() < deadline_, broken("veraison.failed", "still processing at the deadline"));
      response = http_.request("GET", path_, {{"Accept", std::string(kSessionType)}});
    }
  }

  // Best effort: a session that stays ends by itself.
  void close() {
    if (path_.empty()) return;
    http_.end_by(SteadyClock::now() + limits::kVeraisonFarewell);
    const Result<net::HttpResponse> ignored = http_.request("DELETE", path_);
    static_cast<void>(ignored);
  }

 private:
  // Before any evidence went: what fails here says nothing about evidence.
  Result<net::HttpResponse> ask(std::string_view method, const std::string& target,
                                const std::vector<net::HeaderField>& headers) {
    Result<net::HttpResponse> response = http_.request(method, target, headers);
    ENSURE(response.has_value(),
           broken("veraison.unreachable", std::string(response.error().code) + " " + response.error().detail));
    return response;
  }

  net::HttpClient& http_;
  const Deadline deadline_;
  std::string path_;  // of the session
};

struct Client::State {
  explicit State(ClientOptions chosen) : options(std::move(chosen)) {}

  Result<net::HttpClient> take() {
    {
      const std::lock_guard lock(mutex);
      if (!kept.empty()) {
        net::HttpClient out = std::move(kept.back());
        kept.pop_back();
        return out;
      }
    }
    net::HttpClientOptions http;
    http.trust = options.trust;
    http.connect_deadline = options.step_deadline;
    http.reply_deadline = options.step_deadline;
    http.reply_limit_bytes = limits::kVeraisonReplyBytes;
    return net::HttpClient::make(options.address, std::move(http));
  }
  void keep(net::HttpClient http) {
    const std::lock_guard lock(mutex);
    if (kept.size() < limits::kVeraisonConnections) kept.push_back(std::move(http));
  }
  Result<std::shared_ptr<const Discovery>> discovery(Conversation& conversation, bool is_doubted);
  Result<Json> run(Conversation& conversation, const Submission& submission, Instant now);

  const ClientOptions options;
  std::mutex mutex;
  std::vector<net::HttpClient> kept;
  std::shared_ptr<const Discovery> discovered;
  Deadline discovered_until{};
};

Client::Client(std::unique_ptr<State> state) : state_(std::move(state)) {}
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;
Client::~Client() = default;

Result<Client> Client::make(ClientOptions options) {
  while (options.address.ends_with('/')) options.address.pop_back();
  auto state = std::make_unique<State>(std::move(options));
  net::HttpClient first = TRY(state->take());  // what is wrong with address and roots shows now
  state->keep(std::move(first));
  return Client(std::move(state));
}

Result<Json> Client::verify(const Submission& submission, Instant now) const {
  net::HttpClient http = TRY(state_->take());
  Conversation conversation(http, SteadyClock::now() + state_->options.deadline);
  Result<Json> claims = state_->run(conversation, submission, now);
  conversation.close();
  state_->keep(std::move(http));
  if (claims.has_value()) return claims;
  return Error{claims.error().blame, claims.error().code, state_->options.address + ": " + claims.error().detail};
}

Result<Json> Client::State::run(Conversation& conversation, const Submission& submission, Instant now) {
  std::shared_ptr<const Discovery> service = TRY(discovery(conversation, false));
  const Session session = TRY(conversation.open(service->new_session, submission.nonce));
  const std::vector<std::string>& offered = session.accept.empty() ? service->media_types : session.accept;
  const std::string media_type = choose_media_type(submission.media_types, offered);
  ENSURE(!media_type.empty(),
         broken("veraison.media-type", submission.media_types.front() + " is none of the service's"));
  const std::string token = TRY(conversation.submit(submission.evidence, media_type));
  Result<Json> claims = check_result(token, *service, submission.nonce, now);
  const bool is_other_key = !claims.has_value() && std::string_view(claims.error().code) == "veraison.signature";
  if (!is_other_key) return claims;
  // The key may be a new one.
  service = TRY(discovery(conversation, true));
  return check_result(token, *service, submission.nonce, now);
}

Result<std::shared_ptr<const Discovery>> Client::State::discovery(Conversation& conversation, bool is_doubted) {
  if (!is_doubted) {
    const std::lock_guard lock(mutex);
    if (discovered != nullptr && SteadyClock::now() < discovered_until) return discovered;
  }
  Discovery found = TRY(conversation.discover());
  const std::lock_guard lock(mutex);
  discovered = std::make_shared<const Discovery>(std::move(found));
  discovered_until = SteadyClock::now() + limits::kVeraisonDiscoveryAge;
  return discovered;
}

}  // namespace avouch::dialect::veraison
