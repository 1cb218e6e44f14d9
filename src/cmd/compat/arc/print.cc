// arc print: shows a token without believing it.
#include "cmd/compat/arc/commands.h"
#include "cmd/compat/arc/go_text.h"
#include "cmd/compat/arc/token.h"

namespace avouch::arc {
namespace {

// Times as people read them; what lies beyond the calendar stays a number.
void show_times(Json& claims) {
  constexpr double kYear10000 = 253'402'300'800;
  for (const char* name : {"exp", "iat", "nbf"}) {
    const Json* claim = claims.find(name);
    const std::optional<double> seconds = claim == nullptr ? std::nullopt : claim->as_number();
    if (!seconds.has_value() || *seconds < 0 || *seconds >= kYear10000) continue;
    claims.set(name, to_rfc3339(from_unix_seconds(static_cast<std::int64_t>(*seconds))));
  }
}

// RFC 7519 section 4.1.3: one audience may stand for a list of one.
void show_audience(Json& claims) {
  if (const std::string* audience = claims.find_string("aud")) claims.set("aud", Json::array({*audience}));
}

}  // namespace

Status print(const CommandLine& line, const Terminal& terminal) {
  ENSURE(line.arguments.size() == 1, refused("validating arguments: no input file supplied"));
  const Result<std::string> text = load(line.arguments[0]);
  ENSURE(text.has_value(), refused("reading JWT from " + quoted(line.arguments[0]) + ": " + text.error().detail));
  const Result<UnverifiedToken> token = decode_token(*text);
  ENSURE(token.has_value(), refused("failed to parse serialized JWT: " + token.error().detail));
  terminal.out << "[header]\n" << to_go_indented(sorted(token->header)) << "\n";
  const Result<Json> payload = parse_json(token->payload);
  ENSURE(payload.has_value() && payload->as_object() != nullptr,
         refused("failed to parse JWT message: jwt.Parse: failed to parse token: the payload is no JSON object"));
  Json claims = sorted(*payload);
  show_times(claims);
  show_audience(claims);
  terminal.out << "[payload]\n" << to_go_indented(claims) << "\n";
  return ok();
}

}  // namespace avouch::arc
