// The inside of Http2Session: what its two files share.
#pragma once

#include <nghttp2/nghttp2.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <span>
#include <string_view>
#include <utility>

#include "base/secret.h"
#include "edge/http/flood_guard.h"
#include "edge/http/http2_head.h"
#include "edge/http/http2_session.h"

namespace avouch::edge {

struct Http2Stream {
  enum class Phase : unsigned char {
    kHead,     // fields are coming
    kBody,     // they have come
    kOwner,    // the request is complete or refused, and waits for its answer
    kSending,  // the answer is on its way
    kSent,     // it has gone, but the client still sends: that is dropped for a while
  };
  Phase phase = Phase::kHead;
  Http2Session::Time deadline;
  Http2Head head;
  Http2Request request;
  std::size_t body_limit_bytes = 0;
  std::size_t owed_bytes = 0;  // of window, that the client gets when there is room
  bool answers_head = false;
  net::HttpResponse response;
  std::size_t sent_bytes = 0;  // of the response's body

  ~Http2Stream() { wipe_memory(request.request.body.data(), request.request.body.size()); }
  std::size_t held_bytes() const { return head.held_bytes() + request.request.body.capacity(); }
};

struct Http2Session::Parts {
  Parts(Http2Options chosen, const net::HttpHandler& answering) : options(std::move(chosen)), handler(answering) {}
  ~Parts() { nghttp2_session_del(session); }

  // nghttp2's callbacks, each of which runs inside feed() or collect().
  int begin_headers(const nghttp2_frame& frame);
  int field(const nghttp2_frame& frame, std::string_view name, std::string_view value);
  int data(std::int32_t id, std::string_view bytes);
  int frame_received(const nghttp2_frame& frame);
  int frame_sent(const nghttp2_frame& frame);
  int stream_closed(std::int32_t id);
  ssize_t read_body(std::int32_t id, std::span<std::uint8_t> into, std::uint32_t& flags);

  Http2Stream* find(std::int32_t id);
  void head_is_read(std::int32_t id, Http2Stream& stream, bool body_is_missing);
  void refuse(std::int32_t id, Http2Stream& stream, const Error& error);
  void hand_over(std::int32_t id, Http2Stream& stream);
  void give_owed();
  bool has_room(std::int32_t id) const;
  void calm_down();

  Http2Options options;
  const net::HttpHandler& handler;
  nghttp2_session* session = nullptr;
  std::map<std::int32_t, Http2Stream> streams;  // the oldest first
  std::deque<std::int32_t> ready;               // what take_request() gives
  FloodGuard guard;
  bool is_calmed_down = false;  // the client floods us: nothing more is done for it
  Time now;
};

// A session of nghttp2 that calls the parts' functions; to be deleted by nghttp2_session_del.
nghttp2_session* new_http2_session(Http2Session::Parts& parts);
nghttp2_data_provider http2_body();  // calls read_body()

}  // namespace avouch::edge
