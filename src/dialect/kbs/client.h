// The client's side of the KBS dialect: attest, fetch, administer. One attempt each: a server that said no is not asked
// again.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "codec/json.h"
#include "crypto/key.h"
#include "guest/attester.h"
#include "net/http_client.h"

namespace avouch::dialect::kbs {

// What a KBS says when it refuses.
struct ErrorInformation {
  int status = 0;
  std::string type;  // "https://github.com/confidential-containers/kbs/errors/PolicyDeny"
  std::string detail;
  std::string decision_id;  // of an Avouch server; else empty
};

class KbsClient {
 public:
  explicit KbsClient(net::HttpClient http) : http_(std::move(http)) {}

  // The key pair that secrets will be sealed to, as JWK with its key transport algorithm.
  //   fails   kRequest: kbs.tee-key (neither RSA nor EC on P-256, P-384, P-521)
  static Result<Json> tee_public_key(const crypto::PrivateKey& key);

  // Challenge, evidence, result: the EAR as a JWT.
  //   fails   kPolicy: kbs.refused (last_refusal() has the server's words); kUnavailable: http.*, kbs.protocol;
  //           as Attester::evidence
  Result<std::string> attest(const guest::Attester& attester, const crypto::PrivateKey& tee_key,
                             const std::optional<std::string>& init_data);

  // The resource at "<repository>/<type>/<tag>", opened.   fails   as above; kEvidence: seal.open (another key)
  Result<Secret> get_resource(std::string_view path, std::string_view token, const crypto::PrivateKey& tee_key);

  // A call of the administrative half; the body of a 200.   fails   as above
  Result<std::string> administer(std::string_view method, std::string_view path, std::string_view token,
                                 std::string_view body);

  const ErrorInformation& last_refusal() const { return refusal_; }
  const std::string& last_body() const { return body_; }

 private:
  Result<net::HttpResponse> call(std::string_view method, std::string_view path, std::vector<net::HeaderField> headers,
                                 std::string_view body);
  net::HttpClient http_;
  ErrorInformation refusal_;
  std::string body_;
};

}  // namespace avouch::dialect::kbs
