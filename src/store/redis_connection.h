// One connection to a Redis or Valkey server, used by one thread at a time. Nothing here waits longer than its
// deadline, but for the lookup of the server's name, which is the system's resolver's.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "net/stream.h"
#include "net/url.h"
#include "store/connection_pool.h"
#include "store/redis_protocol.h"

namespace avouch::store {

struct RedisUrl {
  net::Url server;  // is_https: TLS
  std::string user, password, database;
};

// redis://[[user]:password@]host[:port][/database], rediss:// for TLS with the system's certificate authorities. User
// and password may be percent-encoded.
//   fails   kRequest: store.url (the detail never repeats it: it may hold a password)
Result<RedisUrl> parse_redis_url(std::string_view text);

class RedisConnection {
 public:
  using Words = std::vector<std::string_view>;

  // Connected, logged in, its database chosen.
  //   fails   kUnavailable: store.unreachable, store.login, store.timeout
  static Result<std::unique_ptr<RedisConnection>> open(const RedisUrl& url, Deadline deadline);

  // Neither broken nor, though nothing was asked, addressed by the server: it says so when it goes.
  bool is_usable() const { return !is_broken_ && !replies_.has_buffered() && stream_.looks_open(); }

  // Sends a command and waits for its reply. Of a connection that was lost in the middle nobody knows whether it was
  // carried out.
  //   fails   kUnavailable: store.unreachable, store.timeout, store.protocol, store.full (it has no memory, or cannot
  //           write its disk), store.script (it does not know our script, and did nothing), store.login, store.io
  Result<RedisReply> ask(std::span<const std::string_view> words, Deadline deadline);
  Result<RedisReply> ask(const Words& words, Deadline deadline) {
    return ask(std::span<const std::string_view>(words), deadline);
  }

 private:
  explicit RedisConnection(net::Stream stream);
  Status send(std::string_view octets);
  Result<std::size_t> receive(std::span<char> into);
  Error lost(const char* code, std::string_view why);

  net::Stream stream_;
  RedisReplyReader replies_;
  Deadline deadline_{};
  bool is_broken_ = false;
};

}  // namespace avouch::store
