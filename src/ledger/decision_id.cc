#include "ledger/decision_id.h"

#include <algorithm>

#include "crypto/random.h"

namespace avouch::ledger {
namespace {

// Lower case: sorts as the number does, and no letter is mistaken for a digit.
constexpr std::string_view kDigits = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr std::size_t kTimeDigits = 10;
constexpr std::size_t kSaltDigits = 8;
constexpr std::uint64_t kStepMax = 1 << 24;

void append_base32(std::string& out, std::uint64_t value, std::size_t digit_count) {
  for (std::size_t i = digit_count; i-- > 0;) out += kDigits[(value >> (5 * i)) & 31];
}

// The id that is `step` further on.
std::string advance(std::string id, std::uint64_t step) {
  for (auto digit = id.rbegin(); digit != id.rend() && step != 0; ++digit) {
    const std::uint64_t sum = kDigits.find(*digit) + (step & 31);
    *digit = kDigits[sum & 31];
    step = (step >> 5) + (sum >> 5);
  }
  return id;
}

bool is_id(std::string_view text) {
  return text.size() == kTimeDigits + kSaltDigits && text.find_first_not_of(kDigits) == std::string_view::npos;
}

std::string_view time_of(std::string_view id) {
  return id.substr(0, kTimeDigits);
}

}  // namespace

std::string first_decision_id(Instant at) {
  std::string id;
  append_base32(id, static_cast<std::uint64_t>(std::max(at, Instant{}).time_since_epoch().count()), kTimeDigits);
  append_base32(id, 0, kSaltDigits);
  return id;
}

std::string DecisionIds::next(Instant now) {
  std::uint64_t salt = 0;
  for (const std::uint8_t octet : crypto::random_array<8>()) salt = (salt << 8) | octet;
  std::string fresh(time_of(first_decision_id(now)));
  append_base32(fresh, salt, kSaltDigits);
  const std::scoped_lock lock(mutex_);
  last_ = time_of(last_) < time_of(fresh) ? std::move(fresh) : advance(std::move(last_), 1 + salt % kStepMax);
  return last_;
}

void DecisionIds::continue_after(std::string_view id) {
  const std::scoped_lock lock(mutex_);
  if (is_id(id) && last_ < id) last_ = id;
}

}  // namespace avouch::ledger
