// Traffic recorded of Trustee, asked of a KbsHandler that has the recorded server's keys, roles and clock. What only
// that server could know is put in: a session of ours stands for each of its sessions, with the nonce that it gave, so
// that every body goes out octet for octet as a guest once sent it.
#pragma once

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "dialect/kbs/handler_fixture.h"
#include "testing/vectors.h"

namespace avouch::dialect::kbs {

struct Recording {
  int number;
  std::string name, note;
  net::HttpRequest request;
  net::HttpResponse response;  // status 0: the connection was closed without an answer
};

inline std::vector<net::HeaderField> headers_of(const Json& message) {
  std::vector<net::HeaderField> out;
  for (const Json& field : *message.find("headers")->as_array()) {
    out.emplace_back(*(*field.as_array())[0].as_string(), *(*field.as_array())[1].as_string());
  }
  return out;
}

inline Recording read_recording(const std::string& name) {
  const Json json = *parse_json(testing::vector_text("trustee/" + name));
  const Json& asked = *json.find("request");
  const Json& answered = *json.find("response");
  const std::string* note = json.find_string("note");
  Recording out{std::stoi(name), name, note == nullptr ? "" : *note, {}, {}};
  out.request.method = *asked.find_string("method");
  out.request.target = *asked.find_string("path");
  out.request.headers = headers_of(asked);
  if (const std::string* body = asked.find_string("body")) out.request.body = *body;
  out.request.peer = "192.0.2.1:4711";
  out.response.status = static_cast<int>(answered.find("status")->as_integer().value_or(0));
  out.response.headers = headers_of(answered);
  if (const std::string* body = answered.find_string("body")) out.response.body = *body;
  return out;
}

inline std::vector<Recording> recordings(int from, int to) {
  std::vector<Recording> out;
  for (const auto& entry : std::filesystem::directory_iterator(testing::vectors_folder() + "/trustee")) {
    const std::string name = entry.path().filename().string();
    if (!name.ends_with(".json") || name.front() < '0' || name.front() > '9') continue;
    const int number = std::stoi(name);
    if (from <= number && number <= to) out.push_back(read_recording(name));
  }
  std::sort(out.begin(), out.end(), [](const auto& left, const auto& right) { return left.number < right.number; });
  return out;
}

// Names of the members of a JSON object and which are texts, but for "decision", which is ours; else the body itself.
inline std::string shape_of(const std::string& body) {
  const Result<Json> json = parse_json(body);
  if (!json.has_value() || json->as_object() == nullptr) return body;
  std::string out;
  for (const auto& [name, value] : *json->as_object()) {
    if (name != "decision") out += name + (value.as_string() != nullptr ? " text, " : ", ");
  }
  return out;
}

// The server that was recorded.
class Replay {
 public:
  explicit Replay(std::vector<Recording> all) : all_(std::move(all)), kbs_(options()) {
    kbs_.clock.set(from_unix_seconds(kRecordedAt));
    for (const Recording& recording : all_) note_session(recording);
    const tee::Room& cca = **kbs_.rooms.find("cca");
    for (const char* store : {"tee/cca/trustee/tastore.json", "tee/cca/trustee/rvstore.json"}) {
      const Json document = *parse_json(testing::vector_text(store));
      EXPECT_TRUE(kbs_.endorsements.add(*cca.read_endorsements(document)).has_value());
    }
  }

  const std::vector<Recording>& all() const { return all_; }
  HandlerFixture& kbs() { return kbs_; }

  net::HttpResponse ask(const Recording& recording) {
    const std::string date(recording.response.header("date").value_or(""));
    std::tm parts{};
    if (strptime(date.c_str(), "%a, %d %b %Y %H:%M:%S", &parts) != nullptr) {
      // Their server makes the text of its Date header twice a second, so it may be of the second before.
      kbs_.clock.set(from_unix_seconds(timegm(&parts)) + std::chrono::seconds(1));
    }
    net::HttpRequest request = recording.request;
    for (net::HeaderField& field : request.headers) {
      if (field.first == "Cookie" || field.first == "cookie") field.second = our_cookie(recording);
    }
    return kbs_.handler.handle(request);
  }

  // As the administrator of the recording, with the body of the recording exchanged.
  std::string administer(const std::string& name, const Json& body) {
    Recording recording = read_recording(name);
    recording.request.body = to_text(body);
    return outcome(ask(recording));
  }
  std::string set_resource_policy(std::string_view policy) {
    return administer("460-admin-set-resource-policy-ok.json",
                      Json::object({{"policy", codec::to_base64url(as_bytes(policy))}}));
  }
  std::string set_attestation_policy(std::string_view policy) {
    return administer("472-admin-set-attestation-policy-ok.json",
                      Json::object({{"policy_id", "default_cpu"}, {"policy", codec::to_base64url(as_bytes(policy))}}));
  }

 private:
  static constexpr std::int64_t kRecordedAt = 1'795'318'246;  // 2026-11-22T03:30:46Z

  struct Session {
    std::string nonce, tee, ticket;
  };

  static FixtureOptions options() {
    FixtureOptions out;
    const std::string keys = "trustee/keys-test-only/";
    out.roots = *crypto::Certificate::from_pem_chain(testing::vector_text(keys + "token-ca.pem"));
    const std::string admin = testing::vector_text(keys + "admin.pub.pem");
    out.more_issuers = {{"kbs-admin", {*crypto::PublicKey::from_pem(admin)}, "kbs-admin", "", {}}};
    return out;
  }

  // "" for none. The peer's identifiers are 32 hexadecimal digits; those that a test of it made up are of one digit.
  static std::string session_id(std::string_view cookie) {
    const std::size_t equals = cookie.find('=');
    const std::string_view id = cookie.substr(equals + 1, cookie.find(';') - equals - 1);
    const bool hexadecimal = id.find_first_not_of("0123456789abcdef") == std::string_view::npos;
    const bool made_up = id.empty() || id.find_first_not_of(id.front()) == std::string_view::npos;
    return id.size() == 32 && hexadecimal && !made_up ? std::string(id) : "";
  }

  // Learns the nonces that the recorded server gave: from its challenges, and where one is not on record, from an
  // answer to it. Of several answers in one session the last that it took counts.
  void note_session(const Recording& recording) {
    const std::string given = session_id(recording.response.header("Set-Cookie").value_or(""));
    const std::string brought = session_id(recording.request.header("Cookie").value_or(""));
    const Json asked = parse_json(recording.request.body).value_or(Json());
    if (recording.request.target == "/kbs/v0/auth" && !given.empty()) {
      const Json challenge = *parse_json(recording.response.body);
      sessions_[given] = {*challenge.find_string("nonce"), *asked.find_string("tee"), ""};
      from_challenges_.push_back(given);
      return;
    }
    if (brought.empty() || recording.request.target == "/kbs/v0/auth") return;
    Session& session = sessions_[brought];
    const bool is_known =
        std::find(from_challenges_.begin(), from_challenges_.end(), brought) != from_challenges_.end();
    if (is_known) return;
    const Json* nonce = asked.at("/runtime-data/nonce");
    const bool taken = recording.response.status == 200 || session.nonce.empty();
    if (nonce != nullptr && nonce->as_string() != nullptr && taken) session.nonce = *nonce->as_string();
    const Json* evidence = asked.at("/tee-evidence/primary_evidence");
    if (evidence == nullptr) evidence = &asked;
    session.tee = evidence->find("tpm_quote") != nullptr ? "tpm"
                  : evidence->find("token") != nullptr   ? "cca"
                                                         : "sample";
  }

  std::string our_cookie(const Recording& recording) {
    const std::string theirs(recording.request.header("Cookie").value_or(""));
    const auto found = sessions_.find(session_id(theirs));
    if (found == sessions_.end()) return theirs;
    Session& session = found->second;
    if (session.ticket.empty()) {
      const Buffer nonce = codec::from_base64(session.nonce).value_or(Buffer(32, 0));
      session.ticket = kbs_.sessions.seal({nonce.size() == 32 ? nonce : Buffer(32, 0), session.tee,
                                           kbs_.clock.now() + limits::kSessionLifetime,
                                           kbs_.clock.uptime() + limits::kSessionLifetime});
    }
    return "kbs-session-id=" + session.ticket;
  }

  std::vector<Recording> all_;
  std::map<std::string, Session> sessions_;  // by the peer's identifier
  std::vector<std::string> from_challenges_;
  HandlerFixture kbs_;
};

}  // namespace avouch::dialect::kbs
