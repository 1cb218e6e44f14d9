// Responses to bytes.
#pragma once

#include <string>
#include <string_view>

#include "net/http_message.h"

namespace avouch::edge {

// What is known of the connection and the request when an answer is written.
struct ResponseContext {
  std::string_view date;  // RFC 9110 section 5.6.7
  bool answers_head_request = false;
  bool keep_alive = false;
  bool is_http_1_0 = false;
};

// Whether a response can be written: a status from 200 to 599, and headers that cannot smuggle in a line of their own.
bool is_well_formed(const net::HttpResponse& response);

// Appends a well-formed response to `out`, with Content-Length, Date and Connection; those of the handler are dropped.
void append_response(const net::HttpResponse& response, const ResponseContext& context, std::string& out);

}  // namespace avouch::edge
