// How the server listens, as the config and the limits of this process say.
#pragma once

#include "base/log.h"
#include "base/result.h"
#include "cmd/avouchd/config.h"
#include "edge/http/server.h"

namespace avouch::cmd {

// Whether workers wait for services elsewhere: then there are more of them, so that a slow one does not hold up all.
enum class Waiting : unsigned char { kForNobody, kForOthers };

//   fails   as load_tls_identity()
Result<edge::HttpServerOptions> http_options(const Config& config, Waiting waiting, const Log& log);

}  // namespace avouch::cmd
