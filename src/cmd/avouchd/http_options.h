// How the server listens, as the config and the limits of this process say.
#pragma once

#include "base/log.h"
#include "base/result.h"
#include "cmd/avouchd/config.h"
#include "edge/http/server.h"

namespace avouch::cmd {

//   fails   as load_tls_identity()
Result<edge::HttpServerOptions> http_options(const Config& config, const Log& log);

}  // namespace avouch::cmd
