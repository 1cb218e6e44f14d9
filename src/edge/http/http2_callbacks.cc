// nghttp2's callbacks, each of which runs inside feed() or collect().
#include "base/check.h"
#include "base/limits.h"
#include "edge/http/http2_session_parts.h"

namespace avouch::edge {
namespace {

using Parts = Http2Session::Parts;
constexpr std::size_t kFrameHeaderPieces = 9;

// Nothing may be thrown through a library of C: what is thrown, for want of memory, ends the connection.
template <class Call>
int guarded(void* parts, Call call) noexcept {
  try {
    return call(*static_cast<Parts*>(parts));
  } catch (...) {
    return NGHTTP2_ERR_CALLBACK_FAILURE;
  }
}

std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

int on_begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* parts) {
  return guarded(parts, [&](Parts& p) { return p.begin_headers(*frame); });
}
int on_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_size,
              const std::uint8_t* value, std::size_t value_size, std::uint8_t, void* parts) {
  return guarded(parts,
                 [&](Parts& p) { return p.field(*frame, text_of(name, name_size), text_of(value, value_size)); });
}
// Without this, a field with forbidden characters would be left out in silence.
int on_invalid_header(nghttp2_session*, const nghttp2_frame*, const std::uint8_t*, std::size_t, const std::uint8_t*,
                      std::size_t, std::uint8_t, void*) {
  return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}
int on_data(nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* data, std::size_t size, void* parts) {
  return guarded(parts, [&](Parts& p) { return p.data(id, text_of(data, size)); });
}
int on_frame_received(nghttp2_session*, const nghttp2_frame* frame, void* parts) {
  return guarded(parts, [&](Parts& p) { return p.frame_received(*frame); });
}
int on_frame_sent(nghttp2_session*, const nghttp2_frame* frame, void* parts) {
  return guarded(parts, [&](Parts& p) { return p.frame_sent(*frame); });
}
int on_stream_closed(nghttp2_session*, std::int32_t id, std::uint32_t, void* parts) {
  return guarded(parts, [&](Parts& p) { return p.stream_closed(id); });
}
ssize_t read_response(nghttp2_session*, std::int32_t id, std::uint8_t* into, std::size_t size, std::uint32_t* flags,
                      nghttp2_data_source*, void* parts) {
  return static_cast<Parts*>(parts)->read_body(id, {into, size}, *flags);
}

}  // namespace

nghttp2_session* new_http2_session(Parts& parts) {
  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_option* option = nullptr;
  CHECK(nghttp2_session_callbacks_new(&callbacks) == 0 && nghttp2_option_new(&option) == 0);
  nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin_headers);
  nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
  nghttp2_session_callbacks_set_on_invalid_header_callback(callbacks, on_invalid_header);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame_received);
  nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, on_frame_sent);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_stream_closed);
  nghttp2_option_set_no_auto_window_update(option, 1);
  nghttp2_option_set_no_closed_streams(option, 1);
  // Ours to count (FloodGuard): Debian's 1.52 takes each piece of a frame's header for one more.
  nghttp2_option_set_max_continuations(option, limits::kHttp2HeadFrames * kFrameHeaderPieces);
  nghttp2_option_set_max_outbound_ack(option, limits::kHttp2Pings);
  nghttp2_session* session = nullptr;
  const int made = nghttp2_session_server_new2(&session, callbacks, &parts, option);
  nghttp2_option_del(option);
  nghttp2_session_callbacks_del(callbacks);
  CHECK(made == 0);
  return session;
}

nghttp2_data_provider http2_body() {
  nghttp2_data_provider out{};
  out.read_callback = read_response;
  return out;
}

}  // namespace avouch::edge
