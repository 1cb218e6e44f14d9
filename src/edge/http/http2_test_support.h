// For tests: HTTP/2 frames made by hand, wrong ones too, and those that come back.
// Source: RFC 9113 section 4.1; RFC 7541 section 6.2.2, literal fields that no table remembers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace avouch::edge::test {

enum FrameType : std::uint8_t {
  kData = 0,
  kHeaders = 1,
  kPriority = 2,
  kReset = 3,
  kSettings = 4,
  kPing = 6,
  kGoaway = 7,
  kWindowUpdate = 8,
  kContinuation = 9,
};
inline constexpr std::uint8_t kEndStream = 1, kEndHeaders = 4;
enum ErrorCode : std::uint32_t {
  kNoError = 0,
  kProtocolError = 1,
  kFlowControlError = 3,
  kRefusedStream = 7,
  kCancel = 8,
  kCalm = 11,
};

inline constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

inline std::string big_endian(std::uint32_t number, int size = 4) {
  std::string out;
  for (int shift = 8 * (size - 1); shift >= 0; shift -= 8) out += static_cast<char>((number >> shift) & 0xFF);
  return out;
}

inline std::string frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream, std::string_view payload = "") {
  return big_endian(static_cast<std::uint32_t>(payload.size()), 3) + static_cast<char>(type) +
         static_cast<char>(flags) + big_endian(stream) + std::string(payload);
}

// A length with a prefix of seven bits (RFC 7541 section 5.1).
inline std::string hpack_length(std::size_t size) {
  if (size < 127) return std::string(1, static_cast<char>(size));
  std::string out(1, '\x7F');
  for (size -= 127; size >= 128; size >>= 7) out += static_cast<char>(0x80 | (size & 0x7F));
  return out + static_cast<char>(size);
}

using Fields = std::vector<std::pair<std::string, std::string>>;

inline std::string hpack(const Fields& fields) {
  std::string out;
  for (const auto& [name, value] : fields) {
    out += '\0';
    out += hpack_length(name.size()) + name + hpack_length(value.size()) + value;
  }
  return out;
}

inline Fields get_fields(const std::string& path) {
  return {{":method", "GET"}, {":scheme", "http"}, {":path", path}, {":authority", "a"}};
}
inline Fields post_fields(const std::string& path) {
  return {{":method", "POST"}, {":scheme", "http"}, {":path", path}, {":authority", "a"}};
}

inline std::string get(std::uint32_t stream, const std::string& path) {
  return frame(kHeaders, kEndStream | kEndHeaders, stream, hpack(get_fields(path)));
}
inline std::string begin_post(std::uint32_t stream, const std::string& path) {
  return frame(kHeaders, kEndHeaders, stream, hpack(post_fields(path)));
}
inline std::string reset(std::uint32_t stream, std::uint32_t code = kCancel) {
  return frame(kReset, 0, stream, big_endian(code));
}

struct Frame {
  std::uint8_t type = 0;
  std::uint8_t flags = 0;
  std::uint32_t stream = 0;
  std::string payload;

  std::uint32_t number(std::size_t at = 0) const {
    std::uint32_t out = 0;
    for (std::size_t i = at; i < at + 4; ++i) out = out << 8 | static_cast<unsigned char>(payload.at(i));
    return out;
  }
};

// Takes the whole frames off the front.
inline std::vector<Frame> take_frames(std::string& bytes) {
  std::vector<Frame> out;
  const auto octet = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i])); };
  for (;;) {
    if (bytes.size() < 9) return out;
    const std::size_t size = octet(0) << 16 | octet(1) << 8 | octet(2);
    if (bytes.size() < 9 + size) return out;
    Frame next{static_cast<std::uint8_t>(octet(3)), static_cast<std::uint8_t>(octet(4)), 0, bytes.substr(9, size)};
    next.stream = octet(5) << 24 | octet(6) << 16 | octet(7) << 8 | octet(8);
    out.push_back(std::move(next));
    bytes.erase(0, 9 + size);
  }
}

}  // namespace avouch::edge::test
