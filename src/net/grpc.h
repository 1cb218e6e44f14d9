// What a gRPC service is to those who carry its calls, and to those who implement it. No transport here: a call arrives
// by edge/grpc/front.h and leaves by net/http2/grpc_client.h.
// Source: https://grpc.github.io/grpc/core/md_doc_statuscodes.html
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "base/bytes.h"

namespace avouch::net {

enum class GrpcCode : int {
  kOk = 0,
  kCancelled = 1,
  kUnknown = 2,
  kInvalidArgument = 3,
  kDeadlineExceeded = 4,
  kNotFound = 5,
  kAlreadyExists = 6,
  kPermissionDenied = 7,
  kResourceExhausted = 8,
  kFailedPrecondition = 9,
  kAborted = 10,
  kOutOfRange = 11,
  kUnimplemented = 12,
  kInternal = 13,
  kUnavailable = 14,
  kDataLoss = 15,
  kUnauthenticated = 16,
};

// "NOT_FOUND"; what is no code is "UNKNOWN".
const char* to_string(GrpcCode code);

// Why a call failed; the message is told to the caller.
struct GrpcStatus {
  GrpcCode code = GrpcCode::kUnknown;
  std::string message;
};

// The reply's message in protobuf, without framing; or why there is none.
using GrpcReply = tl::expected<Buffer, GrpcStatus>;

// One service with its unary methods. Must be thread safe, must not throw.
class GrpcService {
 public:
  virtual ~GrpcService() = default;
  virtual std::string_view name() const = 0;  // with its package: "attestation.AttestationService"
  // Answers one call; kUnimplemented for a method that it does not have.
  //   method    "AttestationEvaluate"
  //   message   in protobuf, without framing
  //   peer      "127.0.0.1:51234"
  virtual GrpcReply call(std::string_view method, Bytes message, std::string_view peer) const = 0;
};

}  // namespace avouch::net
