// A hostile client: however its bytes are cut into pieces, the same requests and the same refusal must come out, and no
// request may hold what a handler, or a proxy in front of us, could read in two ways.
#include <cstdlib>
#include <vector>

#include "edge/http/request_reader.h"

namespace {

using avouch::edge::RequestReader;
constexpr std::size_t kBodyLimitBytes = 4096;

void check(const avouch::net::HttpRequest& request) {
  if (!avouch::net::is_token(request.method)) std::abort();
  if (!request.target.starts_with('/') && request.target != "*") std::abort();
  if (!avouch::net::is_target_text(request.target)) std::abort();
  if (request.body.size() > kBodyLimitBytes) std::abort();
  int framings = 0;
  for (const auto& [name, value] : request.headers) {
    if (!avouch::net::is_token(name) || !avouch::net::is_field_value(value)) std::abort();
    framings += avouch::net::equal_ignoring_case(name, "Content-Length");
    framings += avouch::net::equal_ignoring_case(name, "Transfer-Encoding");
  }
  if (framings > 1) std::abort();
}

// What came out, one text a request, and the refusal at the end.
std::vector<std::string> read(std::string_view input, std::size_t piece) {
  std::vector<std::string> out;
  RequestReader reader(kBodyLimitBytes);
  while (!input.empty()) {
    const std::size_t taken = reader.feed(input.substr(0, piece));
    if (taken == 0 || taken > piece) std::abort();
    input.remove_prefix(taken);
    if (reader.state() == RequestReader::State::kRefused) {
      out.emplace_back(reader.code());
      return out;
    }
    if (reader.state() == RequestReader::State::kHttp2) {
      out.emplace_back("HTTP/2");
      return out;
    }
    if (reader.state() != RequestReader::State::kComplete) continue;
    const avouch::net::HttpRequest& request = reader.request();
    check(request);
    out.push_back(request.method + " " + request.target + "\n" + request.body + (reader.keep_alive() ? "+" : "-"));
    reader.next();
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::vector<std::string> whole = read(text, size);
  if (read(text, 1) != whole || read(text, 7) != whole) std::abort();
  return 0;
}
