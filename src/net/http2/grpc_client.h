// Calls unary methods of gRPC services over HTTP/2: one server, a few connections on which the calls of all threads go
// side by side, a deadline for each call.
// Source: https://grpc.github.io/grpc/core/md_doc__p_r_o_t_o_c_o_l-_h_t_t_p2.html, RFC 9113.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/limits.h"
#include "base/result.h"
#include "net/grpc.h"
#include "net/tls.h"

namespace avouch::net {

struct GrpcClientOptions {
  TlsTrust trust;                                       // whom to believe, for https
  std::shared_ptr<const TlsClientIdentity> identity{};  // who to be, where the server asks; null: nobody
  // The bearer token of each call, asked for each time because such tokens are short-lived; null: none. Only over https
  // or on loopback: make() refuses to carry it in the clear.
  std::function<Result<std::string>()> token{};
  std::chrono::milliseconds deadline = limits::kHttpReplyDeadline;            // of a call; also told to the server
  std::chrono::milliseconds connect_deadline = limits::kHttpConnectDeadline;  // TCP and TLS handshakes, within it
  std::size_t pool_size = limits::kGrpcPool;                                  // connections at most
  std::size_t reply_limit_bytes = limits::kGrpcMessageBytes;
};

class GrpcClient {
 public:
  // `url` is "http://host:port" (HTTP/2 with prior knowledge) or https, without a path. Does not connect yet.
  //   fails   kRequest: url.parse, grpc.url (a path), grpc.token (by plain http), and those of TlsContext::client
  static Result<GrpcClient> make(std::string_view url, GrpcClientOptions options = {});
  GrpcClient(GrpcClient&&) noexcept;
  GrpcClient& operator=(GrpcClient&&) noexcept;
  ~GrpcClient();

  // One call; thread safe. Sent again only if it is certain that the server has not begun it: no connection came about,
  // or the server said so (REFUSED_STREAM, GOAWAY; RFC 9113 section 8.7).
  //   service   "attestation.AttestationService"
  //   fails     with the server's status; kUnavailable if it cannot be reached or breaks off, kDeadlineExceeded,
  //             kInternal (not gRPC), kResourceExhausted (a reply above reply_limit_bytes), kUnimplemented,
  //             kUnauthenticated (its own token is not to be had)
  GrpcReply call(std::string_view service, std::string_view method, Bytes message) const;

 private:
  struct State;
  explicit GrpcClient(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace avouch::net
