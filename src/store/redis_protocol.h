// RESP2, the protocol of Redis and Valkey: commands written, replies read.
// Source: Redis serialization protocol specification, version 2 (redis.io/docs/reference/protocol-spec).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace avouch::store {

inline constexpr std::size_t kRedisReplyBytes = 32 * 1024 * 1024;  // One record, or a page of keys, with room.
inline constexpr std::size_t kRedisReplyItems = 10'000;
inline constexpr int kRedisReplyDepth = 4;

struct RedisReply {
  enum class Kind : unsigned char { kStatus, kError, kInteger, kText, kNull, kList } kind = Kind::kNull;
  std::string text;  // of kStatus, kError and kText (any octets)
  std::int64_t integer = 0;
  std::vector<RedisReply> items;
};

// A command and its arguments, as octets to send.
std::string encode_command(std::span<const std::string_view> words);

// Reads replies from a source of octets.
class RedisReplyReader {
 public:
  // Puts some octets, at least one, into the span, and says how many.
  using Source = std::function<Result<std::size_t>(std::span<char>)>;
  explicit RedisReplyReader(Source source) : source_(std::move(source)) {}

  //   fails   as the source, and kUnavailable: store.protocol (not RESP2, or larger than any reply to our commands)
  Result<RedisReply> next();
  bool has_buffered() const { return at_ < buffer_.size(); }

 private:
  Result<RedisReply> read_reply(int depth);
  Result<std::string> read_line();
  Result<std::string> read_text(std::size_t size);
  Status fill();

  Source source_;
  std::string buffer_;
  std::size_t at_ = 0;      // in buffer_: all before it has been read
  std::size_t budget_ = 0;  // octets that the current reply may still take
};

}  // namespace avouch::store
