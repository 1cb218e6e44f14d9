// What Redis does for us in one piece: Lua scripts, each of which nobody sees half done. A space S has four keys, and
// the set avouch:spaces names the spaces; KEYS are these five, in this order.
//
// - avouch:S:records, a hash: key to expiry (8 octets, big-endian ms since 1970; all ones is never) and value
// - avouch:S:keys, a sorted set of the keys, all of score 0, so in order of octets
// - avouch:S:expiry, a sorted set of the keys that expire, by when
// - avouch:S:generation, a number
#pragma once

#include <string>

namespace avouch::store {

// A generation begins at the time of day: one that was lost with its server does not begin again with the same numbers.
#define AVOUCH_REDIS_PRELUDE                                                                                  \
  "local function is_live(key, now) "                                                                         \
  "  local expires = redis.call('ZSCORE', KEYS[3], key) "                                                     \
  "  return redis.call('HEXISTS', KEYS[1], key) == 1 and (not expires or tonumber(expires) > tonumber(now)) " \
  "end "                                                                                                      \
  "local function set(key, record, expires) "                                                                 \
  "  redis.call('HSET', KEYS[1], key, record) "                                                               \
  "  redis.call('ZADD', KEYS[2], 0, key) "                                                                    \
  "  if expires == '' then redis.call('ZREM', KEYS[3], key) "                                                 \
  "  else redis.call('ZADD', KEYS[3], expires, key) end "                                                     \
  "end "                                                                                                      \
  "local function remove(key) "                                                                               \
  "  redis.call('HDEL', KEYS[1], key) redis.call('ZREM', KEYS[2], key) redis.call('ZREM', KEYS[3], key) "     \
  "end "                                                                                                      \
  "local function bump(now) "                                                                                 \
  "  redis.call('SET', KEYS[4], now, 'NX') redis.call('INCR', KEYS[4]) "                                      \
  "end "                                                                                                      \
  "local function announce() redis.call('SADD', KEYS[5], ARGV[1]) end "

// ARGV[1] is the name of the space, ARGV[2] the time; then
enum RedisScriptId : unsigned char {
  kRedisPut,
  kRedisPutIfAbsent,
  kRedisCompareAndSet,
  kRedisErase,
  kRedisList,
  kRedisCollect
};
inline constexpr const char* kRedisScripts[] = {
    // expires, key, record, key, record...
    AVOUCH_REDIS_PRELUDE
    "for i = 4, #ARGV, 2 do set(ARGV[i], ARGV[i + 1], ARGV[3]) end "
    "announce() bump(ARGV[2]) return 1",
    // expires, key, record: whether there was none
    AVOUCH_REDIS_PRELUDE
    "if is_live(ARGV[4], ARGV[2]) then return 0 end "
    "set(ARGV[4], ARGV[5], ARGV[3]) announce() bump(ARGV[2]) return 1",
    // expires, key, record, expected value: whether it was that
    AVOUCH_REDIS_PRELUDE
    "if not is_live(ARGV[4], ARGV[2]) then return 0 end "
    "if string.sub(redis.call('HGET', KEYS[1], ARGV[4]), 9) ~= ARGV[6] then return 0 end "
    "set(ARGV[4], ARGV[5], ARGV[3]) announce() bump(ARGV[2]) return 1",
    // key, key...: how many were there
    AVOUCH_REDIS_PRELUDE
    "local count = 0 "
    "for i = 3, #ARGV do if is_live(ARGV[i], ARGV[2]) then remove(ARGV[i]) count = count + 1 end end "
    "if count > 0 then bump(ARGV[2]) end return count",
    // from, to, how many to look at: the last one looked at ('' when there are no more), and those that are live
    AVOUCH_REDIS_PRELUDE
    "local keys = redis.call('ZRANGEBYLEX', KEYS[2], ARGV[3], ARGV[4], 'LIMIT', 0, ARGV[5]) "
    "local out = {''} if #keys == tonumber(ARGV[5]) then out[1] = keys[#keys] end "
    "for _, key in ipairs(keys) do if is_live(key, ARGV[2]) then out[#out + 1] = key end end "
    "return out",
    // how many at most: how many have been removed
    AVOUCH_REDIS_PRELUDE
    "local keys = redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', ARGV[2], 'LIMIT', 0, ARGV[3]) "
    "for _, key in ipairs(keys) do remove(key) end "
    "if #keys > 0 then bump(ARGV[2]) end return #keys",
};
#undef AVOUCH_REDIS_PRELUDE

}  // namespace avouch::store
