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

Result<dialect::veraison::Client> make_veraison_client(const Config& config,
                                                       const dialect::veraison::ClientOptions& options) {
  Result<dialect::veraison::Client> client = dialect::veraison::Client::make(options);
  ENSURE(client.has_value(),
         Error{client.error().blame, client.error().code, config.cca_config_file + ": " + client.error().detail});
  return client;
}

Result<std::unique_ptr<dialect::veraison::VeraisonWitness>> make_witness(
    const Config& config, const std::optional<dialect::veraison::ClientOptions>& options, const Clock& clock,
    const Log& log) {
  if (!options.has_value()) return std::unique_ptr<dialect::veraison::VeraisonWitness>();
  dialect::veraison::Client client = TRY(make_veraison_client(config, *options));
  return std::make_unique<dialect::veraison::VeraisonWitness>(std::move(client), options->address, clock, log);
}

net::GrpcCall call_of(const net::GrpcClient& client) {
  return [&client](std::string_view service, std::string_view method, Bytes message) {
    return client.call(service, method, message);
  };
}

}  // namespace avouch::cmd
