#include "cmd/avouchd/remotes.h"

#include <algorithm>

#include "base/file.h"
#include "base/limits.h"

namespace avouch::cmd {
namespace {

Result<std::string> read_token(const std::string& file) {
  std::string token = TRY(read_text_file(file, limits::kTokenBytes));
  token.erase(token.find_last_not_of(" \t\r\n") + 1);
  ENSURE(!token.empty(), Error{Blame::kRequest, "file.unreadable", file + ": holds no token"});
  return token;
}

Result<std::unique_ptr<const net::GrpcClient>> make_client(const std::string& address, const Access& access,
                                                           net::GrpcClientOptions options) {
  if (address.empty()) return std::unique_ptr<const net::GrpcClient>();
  if (!access.ca_file.empty()) {
    options.trust.roots = net::TlsTrust::Roots::kGiven;
    options.trust.given_pem = TRY(read_text_file(access.ca_file, limits::kConfigBytes));
  }
  if (!access.certificate_file.empty()) {
    std::string chain = TRY(read_text_file(access.certificate_file, limits::kConfigBytes));
    Buffer key = TRY(read_file(access.private_key_file, limits::kConfigBytes));
    options.identity = std::make_shared<const net::TlsClientIdentity>(
        net::TlsClientIdentity{std::move(chain), Secret(std::move(key))});
  }
  if (!access.token_file.empty()) {
    TRY(read_token(access.token_file));  // what is wrong with it shows now
    options.token = [file = access.token_file] { return read_token(file); };
  }
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
  out.verifier = TRY(make_client(config.verifier_address, config.verifier_access, std::move(verifier)));
  out.references = TRY(make_client(config.references_address, config.references_access, std::move(references)));
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
