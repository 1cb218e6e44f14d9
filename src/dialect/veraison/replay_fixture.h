// Traffic recorded of Veraison's verification service, asked of a VeraisonHandler with the recorded server's clock and
// endorsements. What only that server could know is put in: a session of ours stands for each of its sessions, with the
// nonce that it gave, so that every evidence goes out octet for octet.
#pragma once

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "codec/hex.h"
#include "dialect/veraison/veraison_fixture.h"
#include "testing/vectors.h"

namespace avouch::dialect::veraison {

struct Recording {
  int number;
  std::string name;
  net::HttpRequest request;
  net::HttpResponse response;
};

inline std::string body_of(const Json& message) {
  const Json* text = message.at("/body/text");
  const Json* base64 = message.at("/body/base64");
  if (text != nullptr) return *text->as_string();
  return base64 == nullptr ? "" : std::string(as_text(codec::from_base64(*base64->as_string()).value()));
}

inline Recording recording_of(int number, const std::string& name, const Json& json) {
  const Json& asked = *json.find("request");
  const Json& answered = *json.find("response");
  Recording out{number, name, {}, {}};
  out.request.method = *asked.find_string("method");
  out.request.target = *asked.find_string("path");
  for (const auto& [field, value] : *asked.find("headers")->as_object()) {
    out.request.headers.emplace_back(field, *value.as_string());
  }
  out.request.body = body_of(asked);
  out.request.peer = "192.0.2.1:4711";
  out.response.status = static_cast<int>(answered.find("status")->as_integer().value_or(0));
  for (const Json& field : *answered.find("headers")->as_array()) {
    out.response.headers.emplace_back(*(*field.as_array())[0].as_string(), *(*field.as_array())[1].as_string());
  }
  out.response.body = body_of(answered);
  return out;
}

// Those of the verification service, in order.
inline std::vector<Recording> recordings() {
  std::vector<Recording> out;
  for (const auto& entry : std::filesystem::directory_iterator(testing::vectors_folder() + "/veraison")) {
    const std::string name = entry.path().filename().string();
    if (name.front() < '0' || name.front() > '9') continue;
    const Json json = *parse_json(testing::vector_text("veraison/" + name));
    Recording recording = recording_of(std::stoi(name), name, json);
    if (is_served(recording.request.path())) out.push_back(std::move(recording));
  }
  std::sort(out.begin(), out.end(), [](const auto& left, const auto& right) { return left.number < right.number; });
  return out;
}

// What the key broker of the CCA demonstration asked of that service, in order; numbered from 0.
inline std::vector<Recording> recordings_of_the_key_broker() {
  const Json all = *parse_json(testing::vector_text("keybroker/keybroker-to-veraison.json"));
  std::vector<Recording> out;
  for (const Json& json : *all.as_array()) {
    const int number = static_cast<int>(out.size());
    out.push_back(recording_of(number, "keybroker " + std::to_string(number), json));
  }
  return out;
}

// The payload of a session's result, whoever signed it; null if there is none.
inline Json result_in(const net::HttpResponse& response) {
  const Json session = parse_json(response.body).value_or(Json());
  const std::string* token = session.find_string("result");
  if (token == nullptr) return {};
  return jose::parse_jws(*token).value().payload;
}

// "200 complete CCA_REALM=affirming CCA_SSD_PLATFORM=affirming", "201 waiting", "404".
inline std::string outcome(const net::HttpResponse& response) {
  std::string out = std::to_string(response.status);
  if (response.header("Content-Type") != kSessionType) return out;
  out += " " + state_of(response);
  const Json result = result_in(response);
  if (result.is_null()) return out;
  std::map<std::string, std::string> statuses;
  for (const auto& [name, submod] : *result.find("submods")->as_object()) {
    statuses[name] = *submod.find_string("ear.status");
  }
  for (const auto& [name, status] : statuses) out.append(" ").append(name).append("=").append(status);
  return out;
}

// The server that was recorded.
class Replay {
 public:
  VeraisonFixture& service() { return service_; }

  net::HttpResponse ask(const Recording& recording) {
    const std::string date(recording.response.header("Date").value_or(""));
    std::tm parts{};
    if (strptime(date.c_str(), "%a, %d %b %Y %H:%M:%S", &parts) != nullptr) {
      service_.clock.set(from_unix_seconds(timegm(&parts)));
    }
    net::HttpRequest request = recording.request;
    request.target = with_our_session(request.target);
    net::HttpResponse out = service_.handler.handle(request);
    note_session(recording);
    return out;
  }

  // What was provisioned (06, 07) has another form there: CoRIM. Here it is put together from what the recorded server
  // affirmed, and the key is the one that it was given.
  void endorse(const Recording& affirmed, const std::string& anchors_file, bool with_realm) {
    const tee::Room& cca = **service_.rooms.find("cca");
    const Json result = result_in(affirmed.response);
    const std::string evidence = "/ear.veraison.annotated-evidence";
    const Json& platform = *result.at("/submods/CCA_SSD_PLATFORM" + evidence);
    const Json& realm = *result.at("/submods/CCA_REALM" + evidence);
    Json references = Json::object({{"platform", Json::array({platform_entry(platform)})}});
    if (with_realm) references.set("realm", Json::array({realm_entry(realm)}));
    const tee::EndorsedRecords records = *cca.read_endorsements(references);
    EXPECT_TRUE(service_.endorsements.add(records).has_value());
    const Json anchors = *parse_json(testing::vector_text("tee/cca/" + anchors_file));
    EXPECT_TRUE(service_.endorsements.add(*cca.read_endorsements(anchors)).has_value());
    std::map<std::string, Json> values;
    for (const tee::EndorsedRecords::Record& record : records.reference_values) {
      Json& list = values.try_emplace(record.key, Json::array()).first->second;
      list.push_back(record.content);
    }
    for (const auto& [name, list] : values) EXPECT_TRUE(service_.reference_values.set(name, list).has_value());
  }

 private:
  static std::string hex(const Json& base64) { return codec::to_hex(codec::from_base64(*base64.as_string()).value()); }
  static std::string hex_of(const Json& claims, const char* name) { return hex(*claims.find(name)); }

  static Json platform_entry(const Json& claims) {
    Json components = Json::array();
    for (const Json& component : *claims.find("cca-platform-sw-components")->as_array()) {
      components.push_back(Json::object({{"measurement-value", hex_of(component, "measurement-value")},
                                         {"signer-id", hex_of(component, "signer-id")}}));
    }
    return Json::object({{"implementation-id", hex_of(claims, "cca-platform-implementation-id")},
                         {"platform-configuration", hex_of(claims, "cca-platform-config")},
                         {"sw-components", std::move(components)}});
  }
  static Json realm_entry(const Json& claims) {
    Json measurements = Json::array();
    for (const Json& measurement : *claims.find("cca-realm-extensible-measurements")->as_array()) {
      measurements.push_back(hex(measurement));
    }
    return Json::object({{"initial-measurement", hex_of(claims, "cca-realm-initial-measurement")},
                         {"rak-hash-algorithm", *claims.find("cca-realm-public-key-hash-algo-id")},
                         {"extensible-measurements", std::move(measurements)},
                         {"personalization-value", hex_of(claims, "cca-realm-personalization-value")}});
  }

  static constexpr std::string_view kSession = "session/";

  void note_session(const Recording& recording) {
    const std::string location(recording.response.header("Location").value_or(""));
    if (!location.starts_with(kSession)) return;
    const Json session = *parse_json(recording.response.body);
    appraise::Challenge ours =
        service_.sessions.issue("", codec::from_base64url(*session.find_string("nonce")).value());
    sessions_[location.substr(kSession.size())] = std::move(ours.ticket);
  }

  std::string with_our_session(const std::string& target) const {
    const std::size_t at = target.find(kSession);
    if (at == std::string::npos) return target;
    const auto found = sessions_.find(target.substr(at + kSession.size()));
    return found == sessions_.end() ? target : target.substr(0, at + kSession.size()) + found->second;
  }

  std::map<std::string, std::string> sessions_;  // ours, by the peer's id
  VeraisonFixture service_;
};

}  // namespace avouch::dialect::veraison
