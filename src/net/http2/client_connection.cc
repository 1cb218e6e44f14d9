#include "net/http2/client_connection.h"

#include <array>
#include <utility>

namespace avouch::net {
namespace {

constexpr std::size_t kReadBytes = 16 * 1024;

}  // namespace

Http2ClientConnection::Http2ClientConnection(Stream stream) : stream_(std::move(stream)) {}

Http2Exchange Http2ClientConnection::exchange(const Request& request) {
  Http2Call call;
  call.unsent_body = request.body;
  call.reply_limit_bytes = request.reply_limit_bytes;
  Lock lock(mutex_);
  Http2Exchange out;
  if (!is_open_ || !session_.begin(call, request.fields)) {
    out.end = Http2Exchange::End::kNotProcessed;
    return out;
  }
  const bool is_late = !wait_for_answer(lock, call, request.deadline);
  session_.end(call);  // where it is answered before all of it was sent, the rest is not wanted
  if (is_open_) flush(lock, std::chrono::steady_clock::now());
  last_used_ = std::chrono::steady_clock::now();
  // What is still on its way of a large answer is not worth waiting for, and what never answered may never do so.
  if (call.is_too_large || is_late) is_doubtful_ = true;
  if (call.is_too_large) {
    out.end = Http2Exchange::End::kTooLarge;
  } else if (call.is_refused()) {
    out.end = Http2Exchange::End::kNotProcessed;
  } else if (call.is_whole) {
    out.end = Http2Exchange::End::kAnswered;
    out.response = std::move(call.response);
  } else {
    out.end = is_late ? Http2Exchange::End::kLate : Http2Exchange::End::kBroken;
    out.cause = call.is_closed ? call.error_name() : cause_;
  }
  return out;
}

// Until the call is done or the connection ends; false when the time is up. One of those that wait reads for all, and
// hands that on when its own call is done.
bool Http2ClientConnection::wait_for_answer(Lock& lock, const Http2Call& call, Deadline deadline) {
  if (!flush(lock, deadline)) return false;
  while (is_open_ && !call.is_done()) {
    if (is_being_read_) {
      const std::cv_status woken = turn_.wait_until(lock, deadline);
      if (woken == std::cv_status::timeout && !call.is_done()) return false;
      continue;
    }
    is_being_read_ = true;
    const bool in_time = receive(lock, deadline) && (!is_open_ || flush(lock, deadline));
    is_being_read_ = false;
    turn_.notify_all();
    if (!in_time && !call.is_done()) return false;
  }
  return true;
}

bool Http2ClientConnection::is_usable() {
  const Lock lock(mutex_);
  while (is_open_ && !is_being_read_) {
    const IoResult got = read_some();
    if (got.state == IoState::kWantRead || got.state == IoState::kWantWrite) break;
  }
  return is_open_ && !is_doubtful_ && session_.may_begin();
}

std::size_t Http2ClientConnection::call_count() const {
  const Lock lock(mutex_);
  return session_.call_count();
}

std::chrono::steady_clock::time_point Http2ClientConnection::last_used() const {
  const Lock lock(mutex_);
  return session_.call_count() > 0 ? std::chrono::steady_clock::now() : last_used_;
}

// Sends all that may be sent now, of whichever call; false when the time is up. Several may be at it in turns.
bool Http2ClientConnection::flush(Lock& lock, Deadline deadline) {
  while (is_open_) {
    if (unsent_.empty()) {
      const Http2ClientSession::Outgoing outgoing = session_.next();
      if (outgoing.is_broken) break_off("no more can be sent");
      if (outgoing.octets.empty()) return true;
      unsent_ = outgoing.octets;
    }
    const IoResult put = stream_.write(unsent_);
    unsent_.erase(0, put.count);
    if (put.state == IoState::kDone) continue;
    if (put.state != IoState::kWantRead && put.state != IoState::kWantWrite) {
      // There may still be an answer, or a word of why there will be none.
      cause_ = stream_.failure();
      unsent_.clear();
      return true;
    }
    lock.unlock();
    const bool in_time = wait_for(stream_.socket(), put.state, deadline);
    lock.lock();
    if (!in_time) return false;
  }
  return true;
}

// Waits for something to read, and reads it; false when the time is up.
bool Http2ClientConnection::receive(Lock& lock, Deadline deadline) {
  const IoResult got = read_some();
  if (got.state != IoState::kWantRead && got.state != IoState::kWantWrite) return true;
  lock.unlock();
  const bool in_time = wait_for(stream_.socket(), got.state, deadline);
  lock.lock();
  return in_time;
}

IoResult Http2ClientConnection::read_some() {
  std::array<char, kReadBytes> block;
  const IoResult got = stream_.read(block);
  if (got.state == IoState::kDone) {
    const char* const problem = session_.receive({block.data(), got.count});
    if (problem != nullptr) break_off(problem);
  } else if (got.state == IoState::kClosed || got.state == IoState::kFailed) {
    break_off(got.state == IoState::kClosed ? "connection closed" : stream_.failure());
  }
  return got;
}

void Http2ClientConnection::break_off(std::string cause) {
  is_open_ = false;
  cause_ = std::move(cause);
  turn_.notify_all();
}

}  // namespace avouch::net
