#include "store/redis_connection.h"

#include <algorithm>
#include <cstring>

#include "net/dial.h"
#include "store/keys.h"

namespace avouch::store {
namespace {

Error bad_url(const char* problem) {
  return Error{Blame::kRequest, "store.url", std::string("the URL of the Redis store ") + problem};
}

std::optional<int> hex_digit(char c) {
  if ('0' <= c && c <= '9') return c - '0';
  if ('a' <= c && c <= 'f') return c - 'a' + 10;
  if ('A' <= c && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

Result<std::string> decode_percent(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    ENSURE(i + 2 < text.size(), bad_url("ends within a percent-encoded octet"));
    const std::optional<int> high = hex_digit(text[i + 1]), low = hex_digit(text[i + 2]);
    ENSURE(high.has_value() && low.has_value(), bad_url("has a percent sign that encodes nothing"));
    out += static_cast<char>(*high * 16 + *low);
    i += 2;
  }
  return out;
}

const char* code_of_error(std::string_view message) {
  struct Known {
    std::string_view prefix;
    const char* code;
  };
  static constexpr Known kKnown[] = {
      {"NOSCRIPT", "store.script"},      {"OOM", "store.full"},
      {"MISCONF", "store.full"},         {"NOAUTH", "store.login"},
      {"WRONGPASS", "store.login"},      {"NOPERM", "store.login"},
      {"ERR AUTH", "store.login"},       {"LOADING", "store.unreachable"},
      {"READONLY", "store.unreachable"}, {"MASTERDOWN", "store.unreachable"},
      {"BUSY", "store.timeout"},         {"ERR max number of clients", "store.unreachable"},
  };
  for (const Known& known : kKnown) {
    if (message.starts_with(known.prefix)) return known.code;
  }
  return "store.io";
}

}  // namespace

Result<RedisUrl> parse_redis_url(std::string_view text) {
  RedisUrl out;
  const bool is_tls = text.starts_with("rediss://");
  ENSURE(is_tls || text.starts_with("redis://"), bad_url("has to begin with redis:// or rediss://"));
  std::string_view rest = text.substr(text.find("//") + 2);
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  std::string_view authority = rest.substr(0, slash);
  const std::string_view path = rest.substr(slash);
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
    const std::string_view credentials = authority.substr(0, at);
    authority.remove_prefix(at + 1);
    const std::size_t colon = std::min(credentials.find(':'), credentials.size());
    out.user = TRY(decode_percent(credentials.substr(0, colon)));
    out.password = TRY(decode_percent(credentials.substr(std::min(colon + 1, credentials.size()))));
  }
  if (path.size() > 1) out.database = path.substr(1);
  const bool is_number =
      std::all_of(out.database.begin(), out.database.end(), [](char c) { return '0' <= c && c <= '9'; });
  ENSURE(is_number && out.database.size() <= 5, bad_url("names a database that is no number"));
  const Result<net::Url> server = net::parse_url("http://" + std::string(authority));
  ENSURE(server.has_value(), bad_url("names no server"));
  out.server = *server;
  out.server.is_https = is_tls;
  const std::size_t bracket = authority.rfind(']');
  const std::size_t port = authority.rfind(':');
  const bool has_port = port != std::string_view::npos && (bracket == std::string_view::npos || port > bracket);
  if (!has_port) out.server.port = "6379";
  return out;
}

RedisConnection::RedisConnection(net::Stream stream)
    : stream_(std::move(stream)), replies_([this](std::span<char> into) { return receive(into); }) {}

Result<std::unique_ptr<RedisConnection>> RedisConnection::open(const RedisUrl& url, Deadline deadline) {
  std::optional<net::TlsContext> tls;
  if (url.server.is_https) tls = TRY(net::TlsContext::client({}));
  Result<net::Stream> stream = net::dial(url.server, tls.has_value() ? &*tls : nullptr, deadline);
  if (!stream.has_value()) {
    const bool is_late = std::strcmp(stream.error().code, "http.timeout") == 0;
    return Error{Blame::kUnavailable, is_late ? "store.timeout" : "store.unreachable",
                 "Redis: " + stream.error().detail};
  }
  std::unique_ptr<RedisConnection> out(new RedisConnection(*std::move(stream)));
  if (!url.password.empty() && url.user.empty()) TRY(out->ask({"AUTH", url.password}, deadline));
  if (!url.password.empty() && !url.user.empty()) TRY(out->ask({"AUTH", url.user, url.password}, deadline));
  if (!url.database.empty()) TRY(out->ask({"SELECT", url.database}, deadline));
  return out;
}

Error RedisConnection::lost(const char* code, std::string_view why) {
  is_broken_ = true;
  return Error{Blame::kUnavailable, code, "Redis: " + std::string(why)};
}

Status RedisConnection::send(std::string_view octets) {
  while (!octets.empty()) {
    const net::IoResult sent = stream_.write(octets);
    if (sent.state == net::IoState::kDone) {
      octets.remove_prefix(sent.count);
      continue;
    }
    const bool waits = sent.state == net::IoState::kWantRead || sent.state == net::IoState::kWantWrite;
    ENSURE(waits, lost("store.unreachable", "the connection was lost: " + stream_.failure()));
    ENSURE(net::wait_for(stream_.socket(), sent.state, deadline_), lost("store.timeout", "it did not listen in time"));
  }
  return ok();
}

Result<std::size_t> RedisConnection::receive(std::span<char> into) {
  for (;;) {
    const net::IoResult got = stream_.read(into);
    if (got.state == net::IoState::kDone) return got.count;
    ENSURE(got.state != net::IoState::kClosed, lost("store.unreachable", "it closed the connection"));
    const bool waits = got.state == net::IoState::kWantRead || got.state == net::IoState::kWantWrite;
    ENSURE(waits, lost("store.unreachable", "the connection was lost: " + stream_.failure()));
    ENSURE(net::wait_for(stream_.socket(), got.state, deadline_), lost("store.timeout", "it did not answer in time"));
  }
}

Result<RedisReply> RedisConnection::ask(std::span<const std::string_view> words, Deadline deadline) {
  deadline_ = deadline;
  TRY(send(encode_command(words)));
  Result<RedisReply> reply = replies_.next();
  if (!reply.has_value()) is_broken_ = true;  // whatever still comes would be taken for the next reply
  ENSURE(reply.has_value(), reply.error());
  if (reply->kind != RedisReply::Kind::kError) return reply;
  const char* code = code_of_error(reply->text);
  if (std::strcmp(code, "store.unreachable") == 0) is_broken_ = true;
  return Error{Blame::kUnavailable, code, "Redis: " + reply->text};
}

}  // namespace avouch::store
