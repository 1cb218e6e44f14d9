#include "edge/http/flood_guard.h"

#include <nghttp2/nghttp2.h>

#include <algorithm>

namespace avouch::edge {

std::size_t FloodGuard::admit(std::string_view bytes, Time now) {
  std::size_t at = 0;
  while (at < bytes.size()) {
    const std::size_t skipped = std::min(skip_, bytes.size() - at);
    skip_ -= skipped;
    at += skipped;
    while (at < bytes.size() && had_ < header_.size()) header_[had_++] = static_cast<std::uint8_t>(bytes[at++]);
    if (had_ < header_.size()) break;
    const std::size_t length = std::size_t{header_[0]} << 16 | std::size_t{header_[1]} << 8 | header_[2];
    had_ = 0;
    skip_ = length;
    if (!admit_frame({length, header_[3], header_[4]}, now)) return at;
  }
  return bytes.size();
}

bool FloodGuard::admit_frame(const FrameHeader& frame, Time now) {
  switch (frame.type) {
    case NGHTTP2_DATA:
      return frame.length != 0 || (frame.flags & NGHTTP2_FLAG_END_STREAM) != 0 || idle_frames_.take(now);
    case NGHTTP2_HEADERS:
      idle_frames_.give(limits::kHttp2ControlFramesPerRequest);
      head_bytes_ = head_frames_ = 0;
      return admit_head(frame);
    case NGHTTP2_CONTINUATION:
      return admit_head(frame);
    case NGHTTP2_RST_STREAM:
      return resets_.take(now);
    default:
      return idle_frames_.take(now);
  }
}

bool FloodGuard::admit_head(const FrameHeader& frame) {
  head_bytes_ += frame.length;
  ++head_frames_;
  return head_bytes_ <= limits::kHttp2HeadBytes && head_frames_ <= limits::kHttp2HeadFrames;
}

}  // namespace avouch::edge
