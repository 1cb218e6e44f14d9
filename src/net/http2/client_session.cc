#include "net/http2/client_session.h"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "base/limits.h"

namespace avouch::net {
namespace {

// The call that a callback is about, or null: it may be over, while frames of its stream still come.
Http2Call* call_of(void* user, std::int32_t stream) {
  const auto& calls = *static_cast<const Http2ClientSession::Calls*>(user);
  const auto found = calls.find(stream);
  return found != calls.end() ? found->second : nullptr;
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

int give_up(nghttp2_session* session, Http2Call& call) {
  call.is_too_large = true;
  return nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, call.stream, NGHTTP2_CANCEL);
}

int take_field(nghttp2_session* session, const nghttp2_frame& frame, Http2Call& call, HeaderField field) {
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
  Http2Call* const call = call_of(user, frame->hd.stream_id);
  if (call == nullptr || frame->hd.type != NGHTTP2_HEADERS) return 0;
  return guarded([&] {
    return take_field(session, *frame, *call,
                      {std::string(text_of(name, name_size)), std::string(text_of(value, value_size))});
  });
}

int on_data(nghttp2_session* session, std::uint8_t, std::int32_t stream, const std::uint8_t* data, std::size_t size,
            void* user) {
  Http2Call* const call = call_of(user, stream);
  if (call == nullptr) return 0;
  if (size > call->reply_limit_bytes - call->response.body.size()) return give_up(session, *call);
  return guarded([&] {
    call->response.body.append(text_of(data, size));
    return 0;
  });
}

int on_frame(nghttp2_session*, const nghttp2_frame* frame, void* user) {
  Http2Call* const call = call_of(user, frame->hd.stream_id);
  const bool may_end = frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA;
  if (call != nullptr && may_end && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) call->is_whole = true;
  return 0;
}

int on_close(nghttp2_session*, std::int32_t stream, std::uint32_t error, void* user) {
  Http2Call* const call = call_of(user, stream);
  if (call == nullptr) return 0;
  call->is_closed = true;
  call->error = error;
  return 0;
}

ssize_t read_body(nghttp2_session*, std::int32_t stream, std::uint8_t* into, std::size_t size, std::uint32_t* flags,
                  nghttp2_data_source*, void* user) {
  Http2Call* const call = call_of(user, stream);
  if (call == nullptr) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  const std::size_t count = std::min(size, call->unsent_body.size());
  std::memcpy(into, call->unsent_body.data(), count);
  call->unsent_body.remove_prefix(count);
  if (call->unsent_body.empty()) *flags |= NGHTTP2_DATA_FLAG_EOF;
  return static_cast<ssize_t>(count);
}

nghttp2_session* new_session(Http2ClientSession::Calls& calls) {
  nghttp2_session_callbacks* callbacks = nullptr;
  CHECK(nghttp2_session_callbacks_new(&callbacks) == 0);
  nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
  nghttp2_session* session = nullptr;
  CHECK(nghttp2_session_client_new(&session, callbacks, &calls) == 0);
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

bool Http2Call::is_refused() const {
  return is_closed && error == NGHTTP2_REFUSED_STREAM;
}

const char* Http2Call::error_name() const {
  return nghttp2_http2_strerror(error);
}

Http2ClientSession::Http2ClientSession() : session_(new_session(calls_)) {}

Http2ClientSession::~Http2ClientSession() {
  nghttp2_session_del(session_);
}

bool Http2ClientSession::begin(Http2Call& call, const std::vector<HeaderField>& fields) {
  std::vector<nghttp2_nv> names_and_values;
  for (const HeaderField& field : fields) names_and_values.push_back(to_field(field));
  nghttp2_data_provider body{};
  body.read_callback = read_body;
  call.stream =
      nghttp2_submit_request(session_, nullptr, names_and_values.data(), names_and_values.size(), &body, nullptr);
  if (call.stream < 0) return false;
  calls_.emplace(call.stream, &call);
  return true;
}

void Http2ClientSession::end(Http2Call& call) {
  calls_.erase(call.stream);
  if (!call.is_closed) nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, call.stream, NGHTTP2_CANCEL);
}

const char* Http2ClientSession::receive(std::string_view octets) {
  const ssize_t taken =
      nghttp2_session_mem_recv(session_, reinterpret_cast<const std::uint8_t*>(octets.data()), octets.size());
  return taken < 0 ? nghttp2_strerror(static_cast<int>(taken)) : nullptr;
}

Http2ClientSession::Outgoing Http2ClientSession::next() {
  const std::uint8_t* data = nullptr;
  const ssize_t size = nghttp2_session_mem_send(session_, &data);
  if (size <= 0) return {{}, size < 0};
  return {text_of(data, static_cast<std::size_t>(size)), false};
}

bool Http2ClientSession::may_begin() const {
  return nghttp2_session_check_request_allowed(session_) != 0;
}

}  // namespace avouch::net
