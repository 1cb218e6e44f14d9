// How those who use a gRPC service elsewhere call it: a GrpcClient's call(), or in tests a service in the same process.
#pragma once

#include <functional>

#include "net/grpc.h"

namespace avouch::net {

//   service   "attestation.AttestationService"
//   method    "AttestationEvaluate"
// Thread safe.
using GrpcCall = std::function<GrpcReply(std::string_view service, std::string_view method, Bytes message)>;

}  // namespace avouch::net
