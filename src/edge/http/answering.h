// Requests to answers, for HTTP/1.1 and HTTP/2 alike.
#pragma once

#include <string_view>

#include "base/log.h"
#include "edge/http/listener.h"
#include "edge/http/loop.h"
#include "net/http_message.h"

namespace avouch::edge {

// What the handler answers, or 500 if it throws or answers what cannot be written.
net::HttpResponse ask(const Shared& shared, const net::HttpRequest& request) noexcept;
// The answer to what no handler sees.
net::HttpResponse fault(const Shared& shared, int status, const char* code);
// The same over HTTP/2, where a caller of gRPC is told in its own words: of HTTP's, it would make "unknown" more often
// than not.
net::HttpResponse http2_fault(const Shared& shared, const net::HttpRequest& request, int status, const char* code);

void log_request(const Shared& shared, const Peer& peer, const net::HttpRequest& request, int status);
void report(const Log& log, std::string_view event, std::string_view problem) noexcept;

}  // namespace avouch::edge
