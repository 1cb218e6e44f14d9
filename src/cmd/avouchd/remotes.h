// The services elsewhere that a config names, and how they are called.
#pragma once

#include <memory>

#include "base/result.h"
#include "cmd/avouchd/config.h"
#include "net/grpc_call.h"
#include "net/http2/grpc_client.h"

namespace avouch::cmd {

struct Remotes {
  std::unique_ptr<const net::GrpcClient> verifier, references;  // null: this process
};

// Does not connect yet: a service that is not there is waited for by those who ask for it, not by the start.
//   fails   kRequest: url.parse, grpc.url, tls.*
Result<Remotes> make_remotes(const Config& config);

// The client has to outlive the call.
net::GrpcCall call_of(const net::GrpcClient& client);

}  // namespace avouch::cmd
