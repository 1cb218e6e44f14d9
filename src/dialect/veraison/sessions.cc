#include "dialect/veraison/sessions.h"

#include <utility>

namespace avouch::dialect::veraison {
namespace {

constexpr std::size_t kEntryBytes = 512;  // what an entry takes besides its content, roughly

}  // namespace

const char* to_string(State state) {
  switch (state) {
    case State::kWaiting:
      return "waiting";
    case State::kProcessing:
      return "processing";
    case State::kComplete:
      return "complete";
    case State::kFailed:
      return "failed";
  }
  return "failed";
}

bool SubmittedSessions::begin(const Buffer& nonce, Instant expires_at, Submitted submitted) {
  const std::scoped_lock lock(mutex_);
  const std::size_t size_bytes = size_of(nonce, submitted);
  const auto [entry, is_first] =
      entries_.try_emplace(nonce, Entry{std::move(submitted), expires_at, size_bytes, order_.end()});
  if (!is_first) return false;
  entry->second.place = order_.insert(order_.end(), nonce);
  held_bytes_ += size_bytes;
  make_room();
  return true;
}

void SubmittedSessions::finish(const Buffer& nonce, State state, std::string result) {
  const std::scoped_lock lock(mutex_);
  const auto found = entries_.find(nonce);
  if (found == entries_.end()) return;
  Entry& entry = found->second;
  entry.submitted.state = state;
  entry.submitted.result = std::move(result);
  held_bytes_ -= std::exchange(entry.size_bytes, size_of(nonce, entry.submitted));
  held_bytes_ += entry.size_bytes;
  make_room();
}

std::optional<Submitted> SubmittedSessions::find(const Buffer& nonce) const {
  const std::scoped_lock lock(mutex_);
  const auto found = entries_.find(nonce);
  return found == entries_.end() ? std::nullopt : std::optional(found->second.submitted);
}

bool SubmittedSessions::erase(const Buffer& nonce) {
  const std::scoped_lock lock(mutex_);
  const auto found = entries_.find(nonce);
  if (found == entries_.end()) return false;
  drop(found);
  return true;
}

std::size_t SubmittedSessions::size_of(const Buffer& nonce, const Submitted& submitted) {
  return kEntryBytes + 2 * nonce.size() + submitted.media_type.size() + submitted.evidence.size() +
         submitted.result.size();
}

void SubmittedSessions::drop(Entries::iterator entry) {
  held_bytes_ -= entry->second.size_bytes;
  order_.erase(entry->second.place);
  entries_.erase(entry);
}

// From the oldest on: what has expired, and what there is no room for.
void SubmittedSessions::make_room() {
  while (!order_.empty()) {
    const auto oldest = entries_.find(order_.front());
    if (held_bytes_ <= bytes_max_ && clock_.now() < oldest->second.expires_at) return;
    drop(oldest);
  }
}

}  // namespace avouch::dialect::veraison
