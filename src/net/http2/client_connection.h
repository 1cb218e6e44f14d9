// The client's side of one HTTP/2 connection that several threads share: each waits for its own answer, and one of
// those that wait reads for all of them. Source: RFC 9113.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "net/dial.h"
#include "net/http2/client_session.h"
#include "net/http_message.h"
#include "net/stream.h"

namespace avouch::net {

// What became of a request.
struct Http2Exchange {
  enum class End : unsigned char {
    kAnswered,      // response and trailers are whole
    kNotProcessed,  // the server said that it has not begun it, and never will
    kBroken,        // nobody knows: `cause` says what happened
    kLate,
    kTooLarge,  // more header or body than was allowed
  };
  End end = End::kBroken;
  std::string cause;
  HttpResponse response;
};

// Thread safe.
class Http2ClientConnection {
 public:
  struct Request {
    const std::vector<HeaderField>& fields;  // pseudo-header fields first, names in lower case
    std::string_view body;
    std::size_t reply_limit_bytes;
    Deadline deadline;
  };

  explicit Http2ClientConnection(Stream stream);  // connected; TLS has agreed on HTTP/2
  Http2ClientConnection(const Http2ClientConnection&) = delete;
  Http2ClientConnection& operator=(const Http2ClientConnection&) = delete;

  Http2Exchange exchange(const Request& request);

  // Whether another request may be sent, after reading what the server has said meanwhile: that it is about to stop,
  // for example. One on which an answer was waited for in vain, or was too large, serves no more.
  bool is_usable();
  std::size_t call_count() const;  // under way
  std::chrono::steady_clock::time_point last_used() const;

 private:
  using Lock = std::unique_lock<std::mutex>;
  bool wait_for_answer(Lock& lock, const Http2Call& call, Deadline deadline);
  bool flush(Lock& lock, Deadline deadline);
  bool receive(Lock& lock, Deadline deadline);
  IoResult read_some();
  void break_off(std::string cause);

  mutable std::mutex mutex_;  // of all below; nobody holds it while waiting for the socket
  std::condition_variable turn_;
  bool is_being_read_ = false;  // by one of those that wait
  Stream stream_;
  Http2ClientSession session_;
  std::string unsent_;  // what the session gave out, and the socket did not take yet
  std::string cause_;
  bool is_open_ = true;
  bool is_doubtful_ = false;
  std::chrono::steady_clock::time_point last_used_ = std::chrono::steady_clock::now();
};

}  // namespace avouch::net
