// What `avouch refval from-corim` and `from-swid` share: their options, and a manifest's way to the server.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "cmd/avouch/command.h"
#include "crypto/x509.h"

namespace avouch::cmd {

struct ManifestOptions {
  std::string file;
  std::vector<std::string> keys, certificates;
  bool registers = false, stages = false, json = false;
};

// FILE, --cert, --register, --stage and --json; `run` is what the command does with them.
using RunManifest = std::function<int(const Invocation&, const ManifestOptions&)>;
ManifestOptions& add_manifest_options(CLI::App& command, Invocation& invocation, RunManifest run);

// Of the files that --cert names.   fails   kRequest: file.*, x509.*
Result<std::vector<crypto::Certificate>> read_roots(const ManifestOptions& options);

bool goes_to_server(const ManifestOptions& options);
// As --register or --stage says; `type` is the extractor's.
int send_manifest(const Invocation& invocation, const ManifestOptions& options, std::string_view type, Bytes manifest);

}  // namespace avouch::cmd
