// Counts the frames of an HTTP/2 client before anything is done about them (nghttp2 does not say when it drops one),
// and says when it floods us: with frames that cost it nothing and bring no request nearer, with requests that it
// begins and resets, or with a head that does not end. Source: RFC 9113 sections 4.1, 10.5; CVE-2019-9511 to 9518,
// CVE-2023-44487, CVE-2024-27316, CVE-2025-8671.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/limits.h"
#include "edge/http/allowance.h"

namespace avouch::edge {

class FloodGuard {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // How many of these bytes, the first of which follow those of the last call, may be taken: all, or those up to the
  // header of the frame that is one too many.
  std::size_t admit(std::string_view bytes, Time now);

  // What only shows later. False: it is one too many.
  bool admit_padding(Time now) { return idle_frames_.take(now); }  // a frame of data with nothing else in it
  bool admit_our_reset(Time now) { return resets_.take(now); }     // of a stream on which the client did wrong
  void sent_data() { idle_frames_.give(limits::kHttp2ControlFramesPerData); }

 private:
  struct FrameHeader {
    std::size_t length;
    std::uint8_t type;
    std::uint8_t flags;
  };
  bool admit_frame(const FrameHeader& frame, Time now);
  bool admit_head(const FrameHeader& frame);

  static constexpr std::size_t kPrefaceBytes = 24;  // RFC 9113 section 3.4
  std::size_t skip_ = kPrefaceBytes;
  std::size_t had_ = 0;  // of a header
  std::array<std::uint8_t, 9> header_{};
  std::size_t head_bytes_ = 0;
  std::size_t head_frames_ = 0;
  Allowance resets_{limits::kHttp2Resets, limits::kHttp2ResetsPerSecond};
  Allowance idle_frames_{limits::kHttp2ControlFrames, limits::kHttp2ControlFramesPerSecond};
};

}  // namespace avouch::edge
