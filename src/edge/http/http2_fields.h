// The fields of an answer as HTTP/2 sends them.
#pragma once

#include <nghttp2/nghttp2.h>

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "net/http_message.h"

namespace avouch::edge {

nghttp2_nv to_field(std::string_view name, std::string_view value);  // borrows both

struct Http2Fields {
  std::vector<nghttp2_nv> list;   // borrows from texts and from the response
  std::deque<std::string> texts;  // names in lower case (RFC 9113 section 8.2.1), and what is not in the response
  bool has_body = false;
};

// With :status, content-length and date. Fields that belong to a connection are dropped (RFC 9113 section 8.2.2), and
// so is a length that the end of the stream says as well: that of nothing, and that of an answer with trailers.
Http2Fields response_fields(const net::HttpResponse& response, bool answers_head, std::string_view date);
Http2Fields trailer_fields(const net::HttpResponse& response);

}  // namespace avouch::edge
