#include "cmd/avouchd/remotes.h"

#include <algorithm>

#include "base/limits.h"

namespace avouch::cmd {
namespace {

Result<std::unique_ptr<const net::GrpcClient>> make_client(const std::string& address, net::GrpcClientOptions options) {
  if (address.empty()) return std::unique_ptr<const net::GrpcClient>();
  net::GrpcClient client = TRY(net::GrpcClient::make(address, std::move(options)));
  return std::unique_ptr<const net::GrpcClient>(std::make_unique<const net::GrpcClient>(std::move(client)));
}

}  // namespace

Result<Remotes> make_remotes(const Config& config) {
  net::GrpcClientOptions verifier, references;
  verifier.deadline = limits::kEvaluationDeadline;
  if (config.verifier_pool != 0) verifier.pool_size = config.verifier_pool;
  references.deadline = limits::kReferenceDeadline;
  references.connect_deadline = limits::kReferenceDeadline;
  Remotes out;
  out.verifier = TRY(make_client(config.verifier_address, std::move(verifier)));
  out.references = TRY(make_client(config.references_address, std::move(references)));
  return out;
}

net::GrpcCall call_of(const net::GrpcClient& client) {
  return [&client](std::string_view service, std::string_view method, Bytes message) {
    return client.call(service, method, message);
  };
}

}  // namespace avouch::cmd
