#include "net/http2/client_connection.h"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "base/limits.h"

namespace avouch::net {

// The request under way.
struct Http2ClientConnection::Call {
  std::int32_t stream = 0;
  std::string_view unsent_body;
  std::size_t reply_limit_bytes = 0;
  std::size_t header_bytes = 0;
  bool is_closed = false;
  bool is_whole = false;  // the server ended its side by itself
  bool is_too_large = false;
  std::uint32_t error = NGHTTP2_NO_ERROR;
  HttpResponse response;
};

namespace {

constexpr std::size_t kReadBytes = 16 * 1024;
using Call = Http2ClientConnection::Call;

// The call that a callback is about, or null: it may be over, while frames of its stream still come.
Call* call_of(void* user, std::int32_t stream) {
  Call* const call = *static_cast<Call**>(user);
  return call != nullptr && call->stream == stream ? call : nullptr;
}

std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// Nothing may be thrown through a library of C: what is thrown, for want of memory, ends the connection.
template <class Work>
int guarded(Work work) noexcept {
  try {
    return work();
  } catch (...) {
    return NGHTTP2_ERR_CALLBACK_FAILURE;
  }
}

int give_up(nghttp2_session* session, Call& call) {
  call.is_too_large = true;
  return nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, call.stream, NGHTTP2_CANCEL);
}

int take_field(nghttp2_session* session, const nghttp2_frame& frame, Call& call, HeaderField field) {
  call.header_bytes += field.first.size() + field.second.size();
  if (call.header_bytes > limits::kHttpHeaderBytes) return give_up(session, call);
  if (field.first == ":status") {
    call.response.status = 0;
    std::from_chars(field.second.data(), field.second.data() + field.second.size(), call.response.status);
    return 0;
  }
  const bool is_trailer = frame.headers.cat == NGHTTP2_HCAT_HEADERS && call.response.status >= 200;
  (is_trailer ? call.response.trailers : call.response.headers).push_back(std::move(field));
  return 0;
}

int on_header(nghttp2_session* session, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_size,
              const std::uint8_t* value, std::size_t value_size, std::uint8_t, void* user) {
  Call* const call = call_of(user, frame->hd.stream_id);
  if (call == nullptr || frame->hd.type != NGHTTP2_HEADERS) return 0;
  return guarded([&] {
    return take_field(session, *frame, *call,
                      {std::string(text_of(name, name_size)), std::string(text_of(value, value_size))});
  });
}

int on_data(nghttp2_session* session, std::uint8_t, std::int32_t stream, const std::uint8_t* data, std::size_t size,
            void* user) {
  Call* const call = call_of(user, stream);
  if (call == nullptr) return 0;
  if (size > call->reply_limit_bytes - call->response.body.size()) return give_up(session, *call);
  return guarded([&] {
    call->response.body.append(text_of(data, size));
    return 0;
  });
}

int on_frame(nghttp2_session*, const nghttp2_frame* frame, void* user) {
  Call* const call = call_of(user, frame->hd.stream_id);
  const bool may_end = frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA;
  if (call != nullptr && may_end && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) call->is_whole = true;
  return 0;
}

int on_close(nghttp2_session*, std::int32_t stream, std::uint32_t error, void* user) {
  Call* const call = call_of(user, stream);
  if (call == nullptr) return 0;
  call->is_closed = true;
  call->error = error;
  return 0;
}

ssize_t read_body(nghttp2_session*, std::int32_t stream, std::uint8_t* into, std::size_t size, std::uint32_t* flags,
                  nghttp2_data_source*, void* user) {
  Call* const call = call_of(user, stream);
  if (call == nullptr) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  const std::size_t count = std::min(size, call->unsent_body.size());
  std::memcpy(into, call->unsent_body.data(), count);
  call->unsent_body.remove_prefix(count);
  if (call->unsent_body.empty()) *flags |= NGHTTP2_DATA_FLAG_EOF;
  return static_cast<ssize_t>(count);
}

nghttp2_session* new_session(Call*& call) {
  nghttp2_session_callbacks* callbacks = nullptr;
  CHECK(nghttp2_session_callbacks_new(&callbacks) == 0);
  nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
  nghttp2_session* session = nullptr;
  CHECK(nghttp2_session_client_new(&session, callbacks, &call) == 0);
  nghttp2_session_callbacks_del(callbacks);
  static constexpr std::array<nghttp2_settings_entry, 3> kSettings{{
      {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
      {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 0},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, limits::kHttpHeaderBytes},
  }};
  CHECK(nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, kSettings.data(), kSettings.size()) == 0);
  return session;
}

nghttp2_nv to_field(const HeaderField& field) {
  // The library's type serves callers that let it write; it only reads what is not flagged as its own.
  const auto octets = [](const std::string& text) {
    return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(text.data()));  // NOLINT
  };
  return {octets(field.first), octets(field.second), field.first.size(), field.second.size(), NGHTTP2_NV_FLAG_NONE};
}

}  // namespace

Http2ClientConnection::Http2ClientConnection(Stream stream)
    : stream_(std::move(stream)), session_(new_session(call_)) {}

Http2ClientConnection::~Http2ClientConnection() {
  nghttp2_session_del(session_);
}

Http2Exchange Http2ClientConnection::exchange(const Request& request) {
  Call call;
  call.unsent_body = request.body;
  call.reply_limit_bytes = request.reply_limit_bytes;
  std::vector<nghttp2_nv> fields;
  for (const HeaderField& field : request.fields) fields.push_back(to_field(field));
  nghttp2_data_provider body{};
  body.read_callback = read_body;
  call.stream = nghttp2_submit_request(session_, nullptr, fields.data(), fields.size(), &body, nullptr);
  Http2Exchange out;
  if (call.stream < 0) {
    out.end = Http2Exchange::End::kNotProcessed;
    return out;
  }
  call_ = &call;
  const auto is_done = [&call] { return call.is_closed || call.is_whole || call.is_too_large; };
  while (is_open_ && !is_done()) {
    is_open_ = flush(request.deadline);
    if (is_open_ && !is_done()) is_open_ = receive(request.deadline);
  }
  // Answered before all of the request was sent: the rest is not wanted.
  if (call.is_whole && !call.is_closed) {
    nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, call.stream, NGHTTP2_CANCEL);
    is_open_ = is_open_ && flush(request.deadline);
  }
  call_ = nullptr;
  last_used_ = std::chrono::steady_clock::now();
  if (call.is_too_large) {
    is_open_ = false;  // what is still on its way is not worth waiting for
    out.end = Http2Exchange::End::kTooLarge;
  } else if (call.is_closed && call.error == NGHTTP2_REFUSED_STREAM) {
    out.end = Http2Exchange::End::kNotProcessed;
  } else if (call.is_whole) {
    out.end = Http2Exchange::End::kAnswered;
    out.response = std::move(call.response);
  } else {
    out.end = is_late_ ? Http2Exchange::End::kLate : Http2Exchange::End::kBroken;
    out.cause = call.is_closed ? nghttp2_http2_strerror(call.error) : cause_;
  }
  return out;
}

bool Http2ClientConnection::is_usable() {
  while (is_open_) {
    const IoResult got = read_some();
    if (got.state == IoState::kWantRead || got.state == IoState::kWantWrite) break;
  }
  return is_open_ && nghttp2_session_check_request_allowed(session_) != 0;
}

// Sends all that may be sent now.
bool Http2ClientConnection::flush(Deadline deadline) {
  for (;;) {
    const std::uint8_t* data = nullptr;
    const ssize_t size = nghttp2_session_mem_send(session_, &data);
    if (size <= 0) return size == 0;
    std::string_view left = text_of(data, static_cast<std::size_t>(size));
    while (!left.empty()) {
      const IoResult put = stream_.write(left);
      left.remove_prefix(put.count);
      if (put.state == IoState::kDone) continue;
      if (put.state != IoState::kWantRead && put.state != IoState::kWantWrite) {
        // There may still be an answer, or a word of why there will be none.
        cause_ = stream_.failure();
        return true;
      }
      is_late_ = !wait_for(stream_.socket(), put.state, deadline);
      if (is_late_) return false;
    }
  }
}

// Waits for something to read, and reads it.
bool Http2ClientConnection::receive(Deadline deadline) {
  const IoResult got = read_some();
  if (got.state != IoState::kWantRead && got.state != IoState::kWantWrite) return is_open_;
  is_late_ = !wait_for(stream_.socket(), got.state, deadline);
  return !is_late_;
}

IoResult Http2ClientConnection::read_some() {
  std::array<char, kReadBytes> block;
  const IoResult got = stream_.read(block);
  if (got.state == IoState::kDone) {
    const ssize_t taken =
        nghttp2_session_mem_recv(session_, reinterpret_cast<const std::uint8_t*>(block.data()), got.count);
    is_open_ = taken >= 0;
    if (!is_open_) cause_ = nghttp2_strerror(static_cast<int>(taken));
  } else if (got.state == IoState::kClosed || got.state == IoState::kFailed) {
    is_open_ = false;
    cause_ = got.state == IoState::kClosed ? "connection closed" : stream_.failure();
  }
  return got;
}

}  // namespace avouch::net
