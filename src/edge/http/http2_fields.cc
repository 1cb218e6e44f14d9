#include "edge/http/http2_fields.h"

#include <algorithm>
#include <array>
#include <utility>

namespace avouch::edge {
namespace {

bool is_dropped(std::string_view name) {
  static constexpr std::array<std::string_view, 7> kNames{
      "connection", "content-length", "date", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

std::string to_lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

void append(const std::vector<net::HeaderField>& headers, Http2Fields& out) {
  for (const net::HeaderField& field : headers) {
    std::string name = to_lower(field.first);
    if (is_dropped(name)) continue;
    out.texts.push_back(std::move(name));
    out.list.push_back(to_field(out.texts.back(), field.second));
  }
}

}  // namespace

nghttp2_nv to_field(std::string_view name, std::string_view value) {
  // The library's type serves callers that let it write; it only reads what is not flagged as its own.
  const auto octets = [](std::string_view text) {
    return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(text.data()));  // NOLINT
  };
  return {octets(name), octets(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
}

Http2Fields response_fields(const net::HttpResponse& response, bool answers_head, std::string_view date) {
  Http2Fields out;
  out.texts.push_back(std::to_string(response.status));
  out.list.push_back(to_field(":status", out.texts.back()));
  append(response.headers, out);
  const bool never_has_body = response.status == 204 || response.status == 304;
  out.has_body = !never_has_body && !answers_head && !response.body.empty();
  if ((out.has_body && response.trailers.empty()) || (answers_head && !never_has_body)) {
    out.texts.push_back(std::to_string(response.body.size()));
    out.list.push_back(to_field("content-length", out.texts.back()));
  }
  out.list.push_back(to_field("date", date));
  return out;
}

Http2Fields trailer_fields(const net::HttpResponse& response) {
  Http2Fields out;
  append(response.trailers, out);
  return out;
}

}  // namespace avouch::edge
