// Connecting to a server, and waiting for a socket, within a deadline.
#pragma once

#include <chrono>

#include "base/result.h"
#include "net/stream.h"
#include "net/url.h"

namespace avouch::net {

using Deadline = std::chrono::steady_clock::time_point;

// Waits until the socket can do what an operation wants (kWantRead, kWantWrite); false when the time is up.
bool wait_for(int socket, IoState wanted, Deadline deadline);

// Connects to the first of the host's addresses that answers, each within an equal share of the time that is left; TLS,
// if asked for by `context`, is shaken hands on.
// Looking up a name is not bounded by the deadline but by the system's resolver (resolv.conf: timeout, attempts).
//   fails   kUnavailable: http.connect, http.timeout, http.tls
Result<Stream> dial(const Url& url, const TlsContext* context, Deadline deadline);

}  // namespace avouch::net
