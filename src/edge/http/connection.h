// One client's connection, and the loop that owns it: what loop.cc, connection.cc and http2_connection.cc share.
// These three see Boost.Asio, which waits and switches between connections; reading and writing are ours
// (net/stream.h), so that plain and TLS connections share every line.
// co_await stands only in statements of its own, never in a condition: GCC 12 miscompiles it there.
#pragma once

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "edge/http/loop.h"
#include "edge/http/request_reader.h"
#include "net/stream.h"

namespace avouch::edge {

namespace asio = boost::asio;
using asio::awaitable;
using Steady = std::chrono::steady_clock;
using Descriptor = asio::posix::stream_descriptor;
inline constexpr auto kNoThrow = asio::as_tuple(asio::use_awaitable);
inline constexpr std::size_t kReadBytes = 64 * 1024;  // at a time, into a buffer that a loop's connections share

class Connection;
class Http2Connection;

inline bool is_over(net::IoState state) {
  return state == net::IoState::kClosed || state == net::IoState::kFailed;
}

struct Loop::Parts {
  explicit Parts(Shared& with) : shared(with), tick(context) {}
  void run() noexcept;
  void begin(net::Stream stream, Peer peer);
  void drain();
  awaitable<void> accept_on(Descriptor& listener, OnAccept on_accept);
  awaitable<void> enforce_deadlines();
  std::string_view date();

  Shared& shared;
  asio::io_context context{1};
  asio::steady_timer tick;
  std::list<Descriptor> listeners;
  std::list<Connection> connections;
  bool draining = false;
  std::array<char, kReadBytes> read_buffer;
  std::string date_text;
  std::int64_t date_seconds = -1;
  std::thread thread;
};

// One client. Lives in its loop's list and is touched by its loop's thread alone, but for the request that a worker
// reads while the connection waits for the answer.
class Connection {
 public:
  Connection(Loop::Parts& loop, net::Stream stream, Peer peer);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  awaitable<void> serve();
  void tick(Steady::time_point now, bool crowded);  // enforces deadlines
  void drain();                                     // closes an idle connection now, another after its answer
  void give_up();                                   // ends what the connection waits for

 private:
  bool is_late(Steady::time_point now) const { return deadline_ <= now; }
  bool is_idle() const { return reader_.state() == RequestReader::State::kHead && !reader_.started(); }
  bool has_been_idle(Steady::time_point now, std::chrono::milliseconds span) const {
    return is_idle() && idle_since_ + span <= now;
  }
  awaitable<bool> ready(net::IoState wanted);
  awaitable<bool> handshake();
  awaitable<void> serve_http2();
  awaitable<bool> read_request();
  awaitable<bool> answer();
  awaitable<bool> write_output();
  awaitable<void> linger();
  template <class Work>
  awaitable<bool> run_on_worker(Work work);
  void log_handshake(std::string_view problem) const;
  bool take(std::string_view input);
  bool count_held();
  void head_is_read(bool body_is_missing);
  bool refuse_late();
  void allow(std::chrono::milliseconds span) { deadline_ = Steady::now() + span; }

  Loop::Parts& loop_;
  net::Stream stream_;
  Descriptor descriptor_;
  Peer peer_;
  RequestReader reader_;
  net::HttpHandler::Weight weight_ = net::HttpHandler::Weight::kLight;
  Steady::time_point deadline_ = Steady::time_point::max();
  Steady::time_point idle_since_ = Steady::now();
  bool given_up_ = false;
  bool has_answered_ = false;
  std::string unread_;          // came behind the request: the next one, pipelined
  std::size_t held_bytes_ = 0;  // the connection's part of what all hold
  std::string output_;
  std::unique_ptr<Http2Connection> http2_;  // once the client speaks it
};

}  // namespace avouch::edge
