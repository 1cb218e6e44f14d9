// What the configs of several roles have in common. Internal to this folder.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cmd/avouchd/config.h"
#include "cmd/avouchd/config_reader.h"

namespace avouch::cmd {

// Each reads what stands below `prefix` ("", or "attestation_service."), and fails as the reader does.

// attestation_token_broker: who signs results, and what they say of it.
Status read_token_broker(ConfigReader& in, const std::string& prefix, Config& out);
// rvps_config: where reference values are kept.
Status read_references(ConfigReader& in, const std::string& prefix, Config& out);
// extractors: whose signed reference values count.
Status read_extractors(ConfigReader& in, const std::string& prefix, Config& out);
// storage_type and backends, in a table `table` ("storage_backend", "storage").
Status read_storage(ConfigReader& in, const std::string& table, Config& out);
// The kind that a key names; nothing if it is absent.
Result<std::optional<StorageKind>> read_storage_kind(ConfigReader& in, std::string_view path);
// avouch: what only we have, as far as it is about verifying.
Status read_own_verifier(ConfigReader& in, Config& out);

// avouch.<name>: how the service elsewhere at `address` (empty: there is none) is spoken to.
Status read_access(ConfigReader& in, const std::string& name, const std::string& address, Access& out);

// "http://host:port" of an address that may lack the scheme, as the peer takes it.
std::string with_scheme(const std::string& address);

}  // namespace avouch::cmd
