// The listening end of gRPC: unary calls, which HTTP/2 carries as ordinary requests, dispatched to services. The
// standard health service is here by itself. Its Watch is kUnimplemented, which clients take for "assume that it is
// healthy": a listening end that answers at all has no other state to tell.
// Source: https://grpc.github.io/grpc/core/md_doc__p_r_o_t_o_c_o_l-_h_t_t_p2.html; grpc.health.v1.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "net/grpc.h"
#include "net/http_message.h"

namespace avouch::edge {

class GrpcFront final : public net::HttpHandler {
 public:
  // All must outlive the front; no two services have the same name. The server's own body limit has to be as large.
  //   plain   answers whatever is no gRPC call: another method, or another content type
  GrpcFront(std::vector<const net::GrpcService*> services, const net::HttpHandler& plain,
            std::size_t message_limit_bytes = limits::kGrpcMessageBytes);

  Weight weight(const net::HttpRequest& head) const override;
  std::size_t body_limit_bytes(const net::HttpRequest& head) const override;
  net::HttpResponse handle(const net::HttpRequest& request) const override;

 private:
  net::GrpcReply answer(const net::HttpRequest& request) const;
  net::GrpcReply dispatch(const net::HttpRequest& request, Bytes message) const;
  net::GrpcReply answer_health(std::string_view method, Bytes message) const;
  const net::GrpcService* find(std::string_view name) const;

  std::vector<const net::GrpcService*> services_;
  const net::HttpHandler& plain_;
  std::size_t message_limit_bytes_;
};

}  // namespace avouch::edge
