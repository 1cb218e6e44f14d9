// A hostile client of HTTP/2: however its bytes are cut into pieces, the same requests must come out, no request may
// hold what a handler could read in two ways, and what is held is bounded.
#include <algorithm>
#include <cstdlib>
#include <optional>
#include <vector>

#include "base/limits.h"
#include "edge/http/http2_session.h"
#include "net/http_grammar.h"

namespace {

using avouch::edge::Http2Request;
using avouch::edge::Http2Session;
using namespace std::chrono_literals;
constexpr std::size_t kBodyLimitBytes = 4096;

class Handler final : public avouch::net::HttpHandler {
 public:
  Weight weight(const avouch::net::HttpRequest&) const override { return Weight::kHeavy; }
  avouch::net::HttpResponse handle(const avouch::net::HttpRequest&) const override { return {}; }
};

void check(const avouch::net::HttpRequest& request) {
  if (!avouch::net::is_token(request.method)) std::abort();
  if (!request.target.starts_with('/') && request.target != "*") std::abort();
  if (!avouch::net::is_target_text(request.target)) std::abort();
  if (request.body.size() > kBodyLimitBytes) std::abort();
  int lengths = 0, hosts = 0;
  for (const auto& [name, value] : request.headers) {
    if (!avouch::net::is_token(name) || !avouch::net::is_field_value(value)) std::abort();
    if (avouch::net::equal_ignoring_case(name, "Transfer-Encoding")) std::abort();
    if (avouch::net::equal_ignoring_case(name, "Connection")) std::abort();
    lengths += avouch::net::equal_ignoring_case(name, "Content-Length");
    hosts += avouch::net::equal_ignoring_case(name, "Host");
  }
  if (lengths > 1 || hosts > 1) std::abort();
}

// What came out, one text a request; nothing if the client was found out to do wrong. Answers are sent, but nobody
// reads them: a client that opens windows for them would make them depend on how its bytes were cut.
std::optional<std::vector<std::string>> read(std::string_view input, std::size_t piece) {
  static const Handler handler;
  const Http2Session::Time now = Http2Session::Time() + 1h;
  std::vector<std::string> out;
  Http2Session session({"", false, kBodyLimitBytes, 15s, 15s}, handler);
  bool open = session.feed("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", now);
  while (open && !input.empty()) {
    open = session.feed(input.substr(0, piece), now);
    input.remove_prefix(std::min(piece, input.size()));
    const std::size_t most =
        avouch::limits::kHttp2Streams * (2 * kBodyLimitBytes + 2 * avouch::limits::kHttpHeaderBytes);
    if (session.held_bytes() > most) std::abort();
  }
  std::string sent;
  while (session.collect(sent) && !sent.empty()) sent.clear();
  // How much was done for a client before it was found out may depend on how its bytes came.
  const bool was_found_out = !open || session.is_over();
  while (const std::optional<Http2Request> next = session.take_request()) {
    if (next->refusal_status == 0) check(next->request);
    out.push_back(next->request.method + " " + next->request.target + "\n" + next->request.body + next->refusal_code);
    avouch::net::HttpResponse response;
    response.status = next->refusal_status == 0 ? 200 : next->refusal_status;
    response.body = "answer";
    response.trailers.emplace_back("grpc-status", "0");
    session.respond(next->stream, std::move(response), "today", now);
  }
  while (session.collect(sent) && !sent.empty()) sent.clear();
  session.expire(now + 1h);
  session.end();
  session.collect(sent);
  if (was_found_out) return std::nullopt;
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto whole = read(text, size);
  for (const std::size_t piece : {1U, 7U}) {
    const auto cut = read(text, piece);
    if (whole.has_value() && cut.has_value() && *cut != *whole) std::abort();
  }
  return 0;
}
