// What the server reads from files that its config names: keys, certificates, JWK sets, endorsements.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "appraise/provenance.h"
#include "appraise/signer.h"
#include "base/log.h"
#include "base/result.h"
#include "broker/admin.h"
#include "broker/verified_ear.h"
#include "cmd/avouchd/config.h"
#include "cmd/common/data_directory.h"
#include "collateral/remote_keys.h"
#include "dialect/veraison/client.h"
#include "net/tls.h"
#include "tee/rooms.h"

namespace avouch::cmd {

Result<appraise::Signer> load_signer(const Config& config, const DataDirectory& data);
// Makes a source of the keys at a URL.
using OpenKeys =
    std::function<std::shared_ptr<const collateral::KeySource>(const std::string& url, collateral::KeysForm form)>;
Result<broker::EarTrust> load_ear_trust(const Config& config, const appraise::Signer& signer, const OpenKeys& open);
Result<broker::Admin> load_admin(const Config& config, const DataDirectory& data, const OpenKeys& open);
// Whom to believe for keys at https URLs.
Result<net::TlsTrust> load_keys_trust(const Config& config);
Result<net::TlsIdentity> load_tls_identity(const Config& config);

// The peer's CCA config: {"cca-verifier":{"type":"local","ta-store":PATH,"rv-store":PATH}}, or
// {"cca-verifier":{"type":"remote","address":URL,"ca-cert"?:PATH}}.
struct CcaInputs {
  tee::EndorsedRecords endorsements;                       // of "local"
  std::optional<dialect::veraison::ClientOptions> remote;  // who vouches for platforms, of "remote"
};
// Nothing if the config names no such file.
//   fails   kRequest: config.cca, file.*, json.*, cca.endorsement.*
Result<CcaInputs> load_cca(const Config& config, const tee::Rooms& rooms);

// Those whose signed reference values count; the log says so where the unsigned count, too.
//   fails   kRequest: file.*, key.spki, x509.parse
Result<appraise::ProvenanceTrust> load_suppliers(const Config& config, const Log& log);

bool is_on_loopback(const Config& config);  // all addresses that it listens on

// Plain HTTP only on loopback, unless the config says insecure_http.   fails   kRequest: config.plain-http
Status check_plain_http(const Config& config);

}  // namespace avouch::cmd
