// Connections to a server that other replicas use, too: each lent to one thread at a time, bounded in number, opened
// when needed. A server that cannot be reached is asked again after a pause, which grows; meanwhile callers are refused
// at once, so that a queue of requests does not wait out a deadline for each of them.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "base/result.h"

namespace avouch::store {

using Deadline = std::chrono::steady_clock::time_point;

inline constexpr std::chrono::seconds kOperationDeadline{5};  // One operation: connecting, if need be, included.
inline constexpr std::size_t kPooledConnections = 8;  // Of one replica. PostgreSQL allows 100 in all by default.
inline constexpr std::chrono::milliseconds kFirstReconnectPause{50}, kLongestReconnectPause{2'000};

inline Deadline operation_deadline() {
  return std::chrono::steady_clock::now() + kOperationDeadline;
}

// A Connection has is_usable(): whether it is whole, and its server has not closed it meanwhile. It does not wait.
template <class Connection>
class ConnectionPool {
 public:
  using Open = std::function<Result<std::unique_ptr<Connection>>(Deadline)>;

  // A connection, lent until the end of a scope.
  class Loan {
   public:
    Loan(ConnectionPool& pool, std::unique_ptr<Connection> connection)
        : pool_(&pool), connection_(std::move(connection)) {}
    Loan(Loan&&) noexcept = default;
    Loan& operator=(Loan&&) = delete;
    ~Loan() {
      if (connection_ != nullptr) pool_->give_back(std::move(connection_));
    }
    Connection* operator->() const { return connection_.get(); }

   private:
    ConnectionPool* pool_;
    std::unique_ptr<Connection> connection_;
  };

  explicit ConnectionPool(Open open) : open_(std::move(open)) {}

  //   fails   kUnavailable: store.busy (all are lent out), and as Open
  Result<Loan> take(Deadline deadline) {
    std::unique_lock hold(mutex_);
    for (;;) {
      while (!idle_.empty()) {
        std::unique_ptr<Connection> connection = std::move(idle_.back());
        idle_.pop_back();
        if (connection->is_usable()) return Loan(*this, std::move(connection));
        --count_;
      }
      ENSURE(!last_failure_.has_value() || std::chrono::steady_clock::now() >= retry_at_, *last_failure_);
      if (count_ < kPooledConnections) break;
      ENSURE(returned_.wait_until(hold, deadline) == std::cv_status::no_timeout,
             Error{Blame::kUnavailable, "store.busy", "all connections to the store are in use"});
    }
    ++count_;
    hold.unlock();
    Result<std::unique_ptr<Connection>> opened = open_(deadline);
    hold.lock();
    if (opened.has_value()) {
      last_failure_.reset();
      pause_ = kFirstReconnectPause;
      return Loan(*this, *std::move(opened));
    }
    --count_;
    last_failure_ = opened.error();
    retry_at_ = std::chrono::steady_clock::now() + pause_;
    pause_ = std::min(pause_ * 2, kLongestReconnectPause);
    returned_.notify_one();
    return opened.error();
  }

 private:
  void give_back(std::unique_ptr<Connection> connection) {
    {
      const std::scoped_lock hold(mutex_);
      if (connection->is_usable()) {
        idle_.push_back(std::move(connection));
      } else {
        --count_;
      }
    }
    returned_.notify_one();
  }

  const Open open_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<Connection>> idle_;
  std::size_t count_ = 0;  // idle and lent
  std::optional<Error> last_failure_;
  Deadline retry_at_{};
  std::chrono::milliseconds pause_ = kFirstReconnectPause;
};

}  // namespace avouch::store
