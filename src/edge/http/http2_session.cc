#include "edge/http/http2_session.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "base/limits.h"
#include "edge/http/http2_fields.h"
#include "edge/http/http2_session_parts.h"
#include "edge/http/request_reader.h"

namespace avouch::edge {
namespace {

constexpr std::size_t kCollectBytes = 64 * 1024;

}  // namespace

Http2Session::Http2Session(Http2Options options, const net::HttpHandler& handler)
    : parts_(std::make_unique<Parts>(std::move(options), handler)) {
  nghttp2_session* const session = parts_->session = new_http2_session(*parts_);
  static constexpr std::array<nghttp2_settings_entry, 4> kSettings{{
      {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, limits::kHttp2Streams},
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, limits::kHttp2WindowBytes},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, limits::kHttpHeaderBytes},
      {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1},
  }};
  CHECK(nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, kSettings.data(), kSettings.size()) == 0);
  // What a connection holds is bounded by the windows of its streams. Its own is never in the way: a body that waits
  // for room must not stop the others.
  static constexpr std::int32_t kWholeWindow = limits::kHttp2Streams * limits::kHttp2WindowBytes;
  CHECK(nghttp2_session_set_local_window_size(session, NGHTTP2_FLAG_NONE, 0, kWholeWindow) == 0);
}

Http2Session::~Http2Session() = default;

bool Http2Session::feed(std::string_view bytes, Time now) {
  parts_->now = now;
  const std::size_t good = parts_->guard.admit(bytes, now);
  const Bytes octets = as_bytes(bytes.substr(0, good));
  const ssize_t taken = nghttp2_session_mem_recv(parts_->session, octets.data(), octets.size());
  if (good != bytes.size()) parts_->calm_down();
  return taken == static_cast<ssize_t>(octets.size());
}

std::optional<Http2Request> Http2Session::take_request() {
  if (parts_->ready.empty() || parts_->is_calmed_down) return std::nullopt;
  const std::int32_t id = parts_->ready.front();
  parts_->ready.pop_front();
  return std::exchange(parts_->streams.at(id).request, {});
}

void Http2Session::respond(std::int32_t id, net::HttpResponse response, std::string_view date, Time now) {
  Http2Stream* const stream = parts_->find(id);
  if (stream == nullptr || stream->phase != Http2Stream::Phase::kOwner) return;
  stream->phase = Http2Stream::Phase::kSending;
  parts_->now = now;
  stream->deadline = now + parts_->options.write_deadline;
  if (stream->answers_head || response.status == 204 || response.status == 304) response.trailers.clear();
  const Http2Fields fields = response_fields(response, stream->answers_head, date);
  const bool has_body = fields.has_body || !response.trailers.empty();
  if (!fields.has_body) response.body.clear();
  const bool closes = response.close;
  stream->response = std::move(response);
  const nghttp2_data_provider provider = http2_body();
  nghttp2_submit_response(parts_->session, id, fields.list.data(), fields.list.size(), has_body ? &provider : nullptr);
  if (closes) end();
}

bool Http2Session::collect(std::string& out) {
  while (out.size() < kCollectBytes) {
    const std::uint8_t* data = nullptr;
    const ssize_t size = nghttp2_session_mem_send(parts_->session, &data);
    if (size < 0) return false;
    if (size == 0) return true;
    out.append(as_text({data, static_cast<std::size_t>(size)}));
  }
  return true;
}

void Http2Session::expire(Time now) {
  parts_->now = now;
  for (auto& [id, stream] : parts_->streams) {
    if (now < stream.deadline) continue;
    if (stream.phase == Http2Stream::Phase::kHead || stream.phase == Http2Stream::Phase::kBody) {
      parts_->refuse(id, stream, Error{Blame::kRequest, "http.timeout", "request"});
    } else if (stream.phase == Http2Stream::Phase::kSending) {
      nghttp2_submit_rst_stream(parts_->session, NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL);
    } else if (stream.phase == Http2Stream::Phase::kSent) {
      nghttp2_submit_rst_stream(parts_->session, NGHTTP2_FLAG_NONE, id, NGHTTP2_NO_ERROR);
    }
  }
}

bool Http2Session::refuse_newest() {
  for (auto at = parts_->streams.rbegin(); at != parts_->streams.rend(); ++at) {
    if (at->second.phase != Http2Stream::Phase::kBody) continue;
    parts_->refuse(at->first, at->second, Error{Blame::kUnavailable, "http.overloaded", "all requests hold too much"});
    return true;
  }
  return false;
}

void Http2Session::announce_end() {
  nghttp2_submit_shutdown_notice(parts_->session);
}

void Http2Session::end() {
  nghttp2_session* const session = parts_->session;
  nghttp2_submit_goaway(session, NGHTTP2_FLAG_NONE, nghttp2_session_get_last_proc_stream_id(session), NGHTTP2_NO_ERROR,
                        nullptr, 0);
}

bool Http2Session::is_over() const {
  return nghttp2_session_want_read(parts_->session) == 0 && nghttp2_session_want_write(parts_->session) == 0;
}

bool Http2Session::is_idle() const {
  return parts_->streams.empty();
}

std::size_t Http2Session::held_bytes() const {
  std::size_t sum = unsent_bytes();
  for (const auto& [id, stream] : parts_->streams) sum += stream.held_bytes();
  return sum;
}

std::size_t Http2Session::unsent_bytes() const {
  std::size_t sum = 0;
  for (const auto& [id, stream] : parts_->streams) sum += stream.response.body.size();
  return sum;
}

void Http2Session::Parts::calm_down() {
  is_calmed_down = true;
  nghttp2_session_terminate_session(session, NGHTTP2_ENHANCE_YOUR_CALM);
}

int Http2Session::Parts::begin_headers(const nghttp2_frame& frame) {
  if (frame.headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
  Http2Stream& stream = streams[frame.hd.stream_id];
  stream.deadline = now + options.read_deadline;
  return 0;
}

int Http2Session::Parts::field(const nghttp2_frame& frame, std::string_view name, std::string_view value) {
  Http2Stream* const stream = find(frame.hd.stream_id);
  // What comes behind a body is dropped, as in HTTP/1.1.
  if (stream != nullptr && stream->phase == Http2Stream::Phase::kHead) stream->head.add(name, value);
  return 0;
}

int Http2Session::Parts::data(std::int32_t id, std::string_view bytes) {
  nghttp2_session_consume_connection(session, bytes.size());
  Http2Stream* const stream = find(id);
  if (stream == nullptr || stream->phase != Http2Stream::Phase::kBody) return 0;
  std::string& body = stream->request.request.body;
  if (bytes.size() > stream->body_limit_bytes - body.size()) {
    refuse(id, *stream, Error{Blame::kRequest, "http.too-large", "body"});
    return 0;
  }
  body.append(bytes);
  stream->owed_bytes += bytes.size();
  if (has_room(id)) nghttp2_session_consume_stream(session, id, std::exchange(stream->owed_bytes, 0));
  return 0;
}

int Http2Session::Parts::frame_received(const nghttp2_frame& frame) {
  if (frame.hd.type != NGHTTP2_HEADERS && frame.hd.type != NGHTTP2_DATA) return 0;
  Http2Stream* const stream = find(frame.hd.stream_id);
  if (stream == nullptr) return 0;
  // Nothing but padding is as empty as nothing.
  const bool is_padding =
      frame.hd.type == NGHTTP2_DATA && frame.data.padlen != 0 && frame.hd.length == frame.data.padlen;
  if (is_padding && !guard.admit_padding(now)) calm_down();
  const bool ends = (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
  if (stream->phase == Http2Stream::Phase::kHead) head_is_read(frame.hd.stream_id, *stream, !ends);
  if (ends && stream->phase == Http2Stream::Phase::kBody) hand_over(frame.hd.stream_id, *stream);
  return 0;
}

int Http2Session::Parts::frame_sent(const nghttp2_frame& frame) {
  const std::int32_t id = frame.hd.stream_id;
  if (frame.hd.type == NGHTTP2_DATA) guard.sent_data();
  const bool is_reset = frame.hd.type == NGHTTP2_RST_STREAM;
  // A client may also make us do the resetting, by one wrong frame a request (CVE-2025-8671).
  if (is_reset && frame.rst_stream.error_code != NGHTTP2_NO_ERROR && !guard.admit_our_reset(now)) calm_down();
  const bool may_end = frame.hd.type == NGHTTP2_DATA || frame.hd.type == NGHTTP2_HEADERS;
  if (!may_end || (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) == 0) return 0;
  Http2Stream* const stream = find(id);
  if (stream == nullptr || nghttp2_session_get_stream_remote_close(session, id) != 0) return 0;
  // Answered before all of it was read, and the rest is not wanted (RFC 9113 section 8.1). A client has time to see
  // that by itself: some forget the answer when a reset comes with it.
  stream->phase = Http2Stream::Phase::kSent;
  stream->deadline = now + limits::kHttpLingerDeadline;
  stream->response = net::HttpResponse();
  return 0;
}

int Http2Session::Parts::stream_closed(std::int32_t id) {
  streams.erase(id);
  std::erase(ready, id);
  give_owed();
  return 0;
}

ssize_t Http2Session::Parts::read_body(std::int32_t id, std::span<std::uint8_t> into, std::uint32_t& flags) {
  Http2Stream* const stream = find(id);
  if (stream == nullptr) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  const std::string_view rest = std::string_view(stream->response.body).substr(stream->sent_bytes);
  const std::size_t count = std::min(rest.size(), into.size());
  std::memcpy(into.data(), rest.data(), count);
  stream->sent_bytes += count;
  if (count != rest.size()) return static_cast<ssize_t>(count);
  flags |= NGHTTP2_DATA_FLAG_EOF;
  if (stream->response.trailers.empty()) return static_cast<ssize_t>(count);
  flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
  const Http2Fields fields = trailer_fields(stream->response);
  nghttp2_submit_trailer(session, id, fields.list.data(), fields.list.size());
  return static_cast<ssize_t>(count);
}

Http2Stream* Http2Session::Parts::find(std::int32_t id) {
  const auto found = streams.find(id);
  return found == streams.end() ? nullptr : &found->second;
}

void Http2Session::Parts::head_is_read(std::int32_t id, Http2Stream& stream, bool body_is_missing) {
  stream.phase = Http2Stream::Phase::kBody;
  Result<net::HttpRequest> request = stream.head.finish();
  if (!request.has_value()) {
    refuse(id, stream, request.error());
    return;
  }
  stream.request.request = *std::move(request);
  stream.request.request.peer = options.peer;
  stream.request.request.peer_is_loopback = options.peer_is_loopback;
  stream.request.request.arrived = stream.deadline - options.read_deadline;
  stream.answers_head = stream.request.request.method == "HEAD";
  stream.request.weight = handler.weight(stream.request.request);
  stream.body_limit_bytes = std::min(options.body_limit_bytes, handler.body_limit_bytes(stream.request.request));
  if (stream.head.announced_bytes() > stream.body_limit_bytes) {
    refuse(id, stream, Error{Blame::kRequest, "http.too-large", "announced"});
  } else if (stream.head.expects_continue() && body_is_missing) {
    const nghttp2_nv status = to_field(":status", "100");
    nghttp2_submit_headers(session, NGHTTP2_FLAG_NONE, id, nullptr, &status, 1, nullptr);
  }
}

void Http2Session::Parts::refuse(std::int32_t id, Http2Stream& stream, const Error& error) {
  stream.request.refusal_status = refusal_status(error.code);
  stream.request.refusal_code = error.code;
  stream.request.request.body = std::string();
  hand_over(id, stream);
}

void Http2Session::Parts::hand_over(std::int32_t id, Http2Stream& stream) {
  stream.phase = Http2Stream::Phase::kOwner;
  stream.deadline = Time::max();  // a handler has deadlines of its own
  stream.request.stream = id;
  stream.head = Http2Head();
  ready.push_back(id);
  give_owed();
}

// More of a body may come while there is room for it, and of the oldest always: so that one at least can end.
bool Http2Session::Parts::has_room(std::int32_t id) const {
  std::size_t held = 0;
  bool is_oldest = true;
  for (const auto& [other, stream] : streams) {
    held += stream.held_bytes();
    if (stream.phase == Http2Stream::Phase::kBody && other < id) is_oldest = false;
  }
  return is_oldest || held < limits::kHttp2HeldBytes;
}

void Http2Session::Parts::give_owed() {
  for (auto& [id, stream] : streams) {
    if (stream.phase != Http2Stream::Phase::kBody || stream.owed_bytes == 0) continue;
    if (!has_room(id)) return;
    nghttp2_session_consume_stream(session, id, std::exchange(stream.owed_bytes, 0));
  }
}

}  // namespace avouch::edge
