// A whole verification service in memory, for tests, and before it an emulated platform with one realm. Fed with
// request values; no sockets.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "codec/base64.h"
#include "dialect/veraison/handler.h"
#include "dialect/veraison/negotiation.h"
#include "format/jws.h"
#include "testing/cca_verifier.h"

namespace avouch::dialect::veraison {

struct VeraisonFixture : avouch::testing::CcaVerifier {
  VeraisonHandler handler{{appraiser, sessions, signer, clock}};

  net::HttpResponse ask(std::string method, std::string target, std::vector<net::HeaderField> headers = {},
                        std::string body = "") {
    net::HttpRequest request;
    request.method = std::move(method);
    request.target = std::move(target);
    request.headers = std::move(headers);
    request.body = std::move(body);
    request.peer = "192.0.2.1:4711";
    clock.advance(std::chrono::milliseconds(1));  // so that decisions sort
    return handler.handle(request);
  }

  struct Opened {
    std::string path;  // "/challenge-response/v1/session/…"
    Buffer nonce;
  };
  Opened open_session(const std::string& query = "") {
    const net::HttpResponse response = ask("POST", std::string(kPrefix) + "newSession" + query);
    EXPECT_EQ(response.status, 201) << response.body;
    const Json session = parse_json(response.body).value_or(Json());
    const std::string* nonce = session.find_string("nonce");
    return {std::string(kPrefix) + std::string(response.header("Location").value_or("")),
            codec::from_base64url(nonce == nullptr ? "" : *nonce).value_or(Buffer())};
  }

  // The realm's token for a nonce, which the RMM pads with zeros.
  std::string token_for(Buffer nonce) const {
    nonce.resize(64);
    return std::string(as_text(
        platform.token(realm, nonce, tee::cca::emulator::Profile::k2023, tee::cca::emulator::Collection::kEat399)
            .value()));
  }
  net::HttpResponse submit(const std::string& path, const std::string& evidence,
                           std::string_view type = kEvidenceTypes[0]) {
    return ask("POST", path, {{"Content-Type", std::string(type)}}, evidence);
  }

  // The payload of a session's result, which has to be signed by the key that discovery shows.
  Json result_of(const net::HttpResponse& response) const {
    const Json session = parse_json(response.body).value_or(Json());
    const std::string* token = session.find_string("result");
    EXPECT_NE(token, nullptr) << response.body;
    if (token == nullptr) return {};
    const Result<jose::Jws> jws = jose::parse_jws(*token);
    EXPECT_TRUE(jws.has_value() && jose::verify_jws(*jws, signer.public_key()).has_value()) << *token;
    return jws.has_value() ? jws->payload : Json();
  }
  Json attest() {
    const Opened session = open_session();
    return result_of(submit(session.path, token_for(session.nonce)));
  }
};

inline std::string state_of(const net::HttpResponse& response) {
  const Json session = parse_json(response.body).value_or(Json());
  const std::string* state = session.find_string("status");
  return state == nullptr ? "" : *state;
}

inline std::string detail_of(const net::HttpResponse& response) {
  const Json problem = parse_json(response.body).value_or(Json());
  const std::string* detail = problem.find_string("detail");
  return detail == nullptr ? "" : *detail;
}

// "affirming {2,2,0,2,2,2,0,2}": status and vector of a submodule, in the order of Veraison's documents.
inline std::string verdict(const Json& result, const std::string& submod) {
  const Json* found = result.at("/submods/" + submod);
  if (found == nullptr) return "no " + submod;
  std::string out = *found->find_string("ear.status") + " {";
  for (const char* claim : {"configuration", "executables", "file-system", "hardware", "instance-identity",
                            "runtime-opaque", "sourced-data", "storage-opaque"}) {
    const Json* value = found->at(std::string("/ear.trustworthiness-vector/") + claim);
    out += (out.back() == '{' ? "" : ",") + (value == nullptr ? "absent" : to_text(*value));
  }
  return out + "}";
}

}  // namespace avouch::dialect::veraison
