#include "store/redis_protocol.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace avouch::store {
namespace {

constexpr std::size_t kLineBytes = 4 * 1024;  // Errors are the longest lines.

Error malformed(const char* problem) {
  return Error{Blame::kUnavailable, "store.protocol", std::string("Redis: ") + problem};
}

Result<std::int64_t> parse_integer(std::string_view text) {
  std::int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, problem] = std::from_chars(text.data(), end, number);
  ENSURE(problem == std::errc() && stopped == end, malformed("a number was expected"));
  return number;
}

}  // namespace

std::string encode_command(std::span<const std::string_view> words) {
  std::string out = "*" + std::to_string(words.size()) + "\r\n";
  for (const std::string_view word : words) {
    out += "$" + std::to_string(word.size()) + "\r\n";
    out += word;
    out += "\r\n";
  }
  return out;
}

Result<RedisReply> RedisReplyReader::next() {
  budget_ = kRedisReplyBytes;
  return read_reply(0);
}

Result<RedisReply> RedisReplyReader::read_reply(int depth) {
  const std::string line = TRY(read_line());
  ENSURE(!line.empty(), malformed("an empty line"));
  RedisReply reply;
  const char kind = line.front();
  if (kind == '+' || kind == '-') {
    reply.kind = kind == '+' ? RedisReply::Kind::kStatus : RedisReply::Kind::kError;
    reply.text = line.substr(1);
    return reply;
  }
  reply.integer = TRY(parse_integer(std::string_view(line).substr(1)));
  if (kind == ':') {
    reply.kind = RedisReply::Kind::kInteger;
    return reply;
  }
  ENSURE(kind == '$' || kind == '*', malformed("an unknown kind of reply"));
  const std::int64_t size = std::exchange(reply.integer, 0);
  if (size == -1) return reply;
  ENSURE(0 <= size && static_cast<std::uint64_t>(size) <= kRedisReplyBytes, malformed("a reply too large"));
  if (kind == '$') {
    reply.kind = RedisReply::Kind::kText;
    reply.text = TRY(read_text(static_cast<std::size_t>(size)));
    return reply;
  }
  reply.kind = RedisReply::Kind::kList;
  ENSURE(depth < kRedisReplyDepth && static_cast<std::size_t>(size) <= kRedisReplyItems, malformed("too many items"));
  for (std::int64_t i = 0; i < size; ++i) {
    RedisReply item = TRY(read_reply(depth + 1));
    reply.items.push_back(std::move(item));
  }
  return reply;
}

Result<std::string> RedisReplyReader::read_line() {
  for (std::size_t searched = 0;;) {
    const std::size_t end = buffer_.find("\r\n", at_ + searched);
    if (end != std::string::npos) {
      std::string line = buffer_.substr(at_, end - at_);
      at_ = end + 2;
      return line;
    }
    const std::size_t size = buffer_.size() - at_;
    ENSURE(size <= kLineBytes, malformed("a line without an end"));
    searched = size > 0 ? size - 1 : 0;
    TRY(fill());
  }
}

Result<std::string> RedisReplyReader::read_text(std::size_t size) {
  ENSURE(size <= budget_, malformed("a reply too large"));
  budget_ -= size;
  while (buffer_.size() - at_ < size + 2) TRY(fill());
  ENSURE(std::string_view(buffer_).substr(at_ + size, 2) == "\r\n", malformed("a text without its end"));
  std::string text = buffer_.substr(at_, size);
  at_ += size + 2;
  return text;
}

Status RedisReplyReader::fill() {
  buffer_.erase(0, std::exchange(at_, 0));
  std::array<char, 16 * 1024> chunk{};
  const std::size_t count = TRY(source_(chunk));
  buffer_.append(chunk.data(), count);
  return ok();
}

}  // namespace avouch::store
