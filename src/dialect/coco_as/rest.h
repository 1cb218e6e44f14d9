// The REST interface of Trustee's attestation service (restful-as), as of August 2026.
#pragma once

#include <string>
#include <vector>

#include "dialect/coco_as/evaluator.h"
#include "net/http_message.h"

namespace avouch::dialect::coco_as {

class RestHandler final : public net::HttpHandler {
 public:
  // `allowed_origins`: of web pages that may call it, "https://console.example"; none: no page of another origin.
  RestHandler(const Evaluator& evaluator, std::vector<std::string> allowed_origins)
      : evaluator_(evaluator), allowed_origins_(std::move(allowed_origins)) {}

  Weight weight(const net::HttpRequest& head) const override;
  std::size_t body_limit_bytes(const net::HttpRequest& head) const override;
  net::HttpResponse handle(const net::HttpRequest& request) const override;

 private:
  net::HttpResponse answer(const net::HttpRequest& request) const;
  net::HttpResponse evaluate(const net::HttpRequest& request) const;
  net::HttpResponse set_policy(const net::HttpRequest& request) const;
  net::HttpResponse policies() const;
  net::HttpResponse policy(std::string_view id) const;
  net::HttpResponse challenge(const net::HttpRequest& request) const;
  const Evaluator& evaluator_;
  std::vector<std::string> allowed_origins_;
};

}  // namespace avouch::dialect::coco_as
