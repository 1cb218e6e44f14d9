// Replies of a Redis server, read to the end of the input: none is larger than its octets, and the pieces in which they
// come make no difference.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/check.h"
#include "store/redis_protocol.h"

namespace {

using namespace avouch;
using store::RedisReply;

std::size_t octets_of(const RedisReply& reply) {
  std::size_t sum = reply.text.size() + 1;
  for (const RedisReply& item : reply.items) sum += octets_of(item);
  return sum;
}

std::vector<std::size_t> read_all(std::string_view octets, std::size_t piece) {
  std::size_t at = 0;
  store::RedisReplyReader in([&](std::span<char> into) -> Result<std::size_t> {
    const std::size_t count = std::min({piece, into.size(), octets.size() - at});
    if (count == 0) return Error{Blame::kUnavailable, "store.unreachable", "the end"};
    std::copy_n(octets.begin() + static_cast<std::ptrdiff_t>(at), count, into.begin());
    at += count;
    return count;
  });
  std::vector<std::size_t> sizes;
  for (auto reply = in.next(); reply.has_value(); reply = in.next()) sizes.push_back(octets_of(*reply));
  return sizes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view octets = as_text({data, size});
  const std::vector<std::size_t> whole = read_all(octets, 16'384);
  std::size_t sum = 0;
  for (const std::size_t count : whole) sum += count;
  CHECK(sum <= size);
  CHECK(whole == read_all(octets, 1));
  return 0;
}
