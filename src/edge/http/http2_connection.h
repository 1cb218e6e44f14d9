// One client that speaks HTTP/2: its socket, its session, and the workers that answer its requests. Touched by its
// loop's thread alone.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "edge/http/connection.h"
#include "edge/http/http2_session.h"

namespace avouch::edge {

class Http2Connection {
 public:
  // All but the session is the connection's, and outlives this.
  struct Link {
    Loop::Parts& loop;
    net::Stream& stream;
    Descriptor& descriptor;
    const Peer& peer;
  };
  explicit Http2Connection(Link link);
  Http2Connection(const Http2Connection&) = delete;
  Http2Connection& operator=(const Http2Connection&) = delete;
  ~Http2Connection();

  // Serves until it is over, and no worker has to do with it any more. True when the client was told so, and may still
  // have to read that.
  awaitable<bool> serve(std::string_view received);
  void tick(Steady::time_point now, bool crowded);
  void drain();  // begins no more requests, answers those that are under way
  void give_up();

 private:
  struct Job;
  awaitable<bool> ready(net::IoState wanted);
  awaitable<void> until_quiet();
  void take(std::string_view bytes);
  void go_on();
  void dispatch();
  void run_on_worker(Http2Request request);
  void come_back(Job& job);
  void answer(const Http2Request& request, net::HttpResponse response);
  void flush();
  void wait_to_write(net::IoState wanted);
  void count_held();
  bool refuse_for_room();
  void stop();

  Link link_;
  Http2Session session_;
  std::string output_;
  std::size_t written_bytes_ = 0;  // of output_
  bool is_over_ = false;
  bool is_broken_ = false;   // nothing can be sent any more
  bool is_writing_ = false;  // the socket takes nothing now
  bool is_ending_ = false;   // the client knows which request is the last
  std::size_t jobs_ = 0;
  std::size_t job_bytes_ = 0;
  std::size_t held_bytes_ = 0;
  Steady::time_point write_deadline_ = Steady::time_point::max();
  Steady::time_point idle_since_ = Steady::now();
  Steady::time_point end_at_ = Steady::time_point::max();
  asio::steady_timer quiet_;
};

}  // namespace avouch::edge
