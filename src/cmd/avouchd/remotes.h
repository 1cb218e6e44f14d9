// The services elsewhere that a config names, and how they are called.
#pragma once

#include <memory>
#include <optional>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "cmd/avouchd/config.h"
#include "dialect/veraison/witness.h"
#include "net/grpc_call.h"
#include "net/http2/grpc_client.h"

namespace avouch::cmd {

struct Remotes {
  std::unique_ptr<const net::GrpcClient> verifier, references;  // null: this process
};

// Does not connect yet: a service that is not there is waited for by those who ask for it, not by the start.
//   fails   kRequest: url.parse, grpc.url, grpc.token, tls.*, file.*
Result<Remotes> make_remotes(const Config& config);

// Who vouches for platforms of Arm CCA, as the file of config.cca_config_file says.
//   fails   kRequest: url.parse, tls.roots; the detail names that file
Result<dialect::veraison::Client> make_veraison_client(const Config& config,
                                                       const dialect::veraison::ClientOptions& options);
// Null where platforms are endorsed here.   fails   as make_veraison_client()
Result<std::unique_ptr<dialect::veraison::VeraisonWitness>> make_witness(
    const Config& config, const std::optional<dialect::veraison::ClientOptions>& options, const Clock& clock,
    const Log& log);

// The client has to outlive the call.
net::GrpcCall call_of(const net::GrpcClient& client);

}  // namespace avouch::cmd
