#include "net/grpc_wire.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "net/http_grammar.h"

namespace avouch::net {
namespace {

constexpr std::size_t kPrefixBytes = 5;
constexpr std::size_t kTimeoutDigits = 8;

struct Unit {
  char letter;
  std::chrono::nanoseconds span;
};
constexpr std::array kUnits{
    Unit{'H', std::chrono::hours(1)},        Unit{'M', std::chrono::minutes(1)},
    Unit{'S', std::chrono::seconds(1)},      Unit{'m', std::chrono::milliseconds(1)},
    Unit{'u', std::chrono::microseconds(1)}, Unit{'n', std::chrono::nanoseconds(1)},
};

tl::unexpected<GrpcStatus> refused(GrpcCode code, const char* message) {
  return tl::unexpected(GrpcStatus{code, message});
}

// "Percent-Encoded": all but printable ASCII without '%'.
std::string encode_message(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    if (octet >= 0x20 && octet < 0x7F && c != '%') {
      out += c;
    } else {
      out.append({'%', kHex[octet >> 4], kHex[octet & 15]});
    }
  }
  return out;
}

const std::string* find_field(const std::vector<HeaderField>& fields, std::string_view name) {
  const auto found = std::find_if(fields.begin(), fields.end(),
                                  [&](const HeaderField& field) { return equal_ignoring_case(field.first, name); });
  return found == fields.end() ? nullptr : &found->second;
}

}  // namespace

bool is_grpc_content_type(std::string_view value) {
  const std::string_view type = trim_blanks(value.substr(0, value.find(';')));
  return equal_ignoring_case(type, "application/grpc") || equal_ignoring_case(type, "application/grpc+proto");
}

std::string frame_grpc(Bytes message) {
  const auto size = static_cast<std::uint32_t>(message.size());
  std::string out;
  out.reserve(kPrefixBytes + message.size());
  out += '\0';
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(static_cast<unsigned char>(size >> shift));
  out += as_text(message);
  return out;
}

tl::expected<Bytes, GrpcStatus> unframe_grpc(std::string_view body, std::size_t limit_bytes) {
  const Bytes octets = as_bytes(body);
  if (octets.size() < kPrefixBytes) return refused(GrpcCode::kInternal, "a message without its prefix");
  if (octets[0] == 1) return refused(GrpcCode::kUnimplemented, "compressed messages are not read here");
  if (octets[0] != 0) return refused(GrpcCode::kInternal, "a message with an unknown flag");
  std::size_t size = 0;
  for (std::size_t i = 1; i < kPrefixBytes; ++i) size = size << 8 | octets[i];
  if (size > limit_bytes) return refused(GrpcCode::kResourceExhausted, "the message is too large");
  const Bytes message = octets.subspan(kPrefixBytes);
  if (size > message.size()) return refused(GrpcCode::kInternal, "a message that was cut short");
  if (size < message.size()) return refused(GrpcCode::kInternal, "more than one message in a unary call");
  return message;
}

std::optional<std::chrono::milliseconds> parse_grpc_timeout(std::string_view text) {
  if (text.size() < 2 || text.size() > kTimeoutDigits + 1) return std::nullopt;
  const auto* const unit =
      std::find_if(kUnits.begin(), kUnits.end(), [&](const Unit& each) { return each.letter == text.back(); });
  if (unit == kUnits.end()) return std::nullopt;
  const char* const end = text.data() + text.size() - 1;
  unsigned count = 0;
  const auto [stopped, problem] = std::from_chars(text.data(), end, count);
  if (problem != std::errc() || stopped != end) return std::nullopt;
  // 99,999,999 hours are more nanoseconds than there is room for: hence milliseconds where a unit has some.
  const auto whole = std::chrono::duration_cast<std::chrono::milliseconds>(unit->span);
  if (whole.count() != 0) return whole * count;
  return std::chrono::duration_cast<std::chrono::milliseconds>(unit->span * std::int64_t{count});
}

std::string format_grpc_timeout(std::chrono::milliseconds span) {
  const std::int64_t count = std::max<std::int64_t>(span.count(), 0);
  if (count < 100'000'000) return std::to_string(count) + "m";
  return std::to_string(std::min<std::int64_t>(count / 1000, 99'999'999)) + "S";
}

std::vector<HeaderField> grpc_trailers(const GrpcStatus& status) {
  std::vector<HeaderField> out{{"grpc-status", std::to_string(static_cast<int>(status.code))}};
  if (!status.message.empty()) out.emplace_back("grpc-message", encode_message(status.message));
  return out;
}

GrpcStatus read_grpc_trailers(const std::vector<HeaderField>& trailers) {
  const std::string* const text = find_field(trailers, "grpc-status");
  if (text == nullptr) return {GrpcCode::kUnknown, "no grpc-status"};
  int code = 0;
  const char* const end = text->data() + text->size();
  const auto [stopped, problem] = std::from_chars(text->data(), end, code);
  const bool is_code = problem == std::errc() && stopped == end && !text->starts_with('-') &&
                       code <= static_cast<int>(GrpcCode::kUnauthenticated);
  GrpcStatus out{is_code ? static_cast<GrpcCode>(code) : GrpcCode::kUnknown, ""};
  const std::string* const message = find_field(trailers, "grpc-message");
  if (message != nullptr) out.message = percent_decode(*message).value_or(*message);
  return out;
}

GrpcCode grpc_code_of_http(int http_status) {
  switch (http_status) {
    case 400:
      return GrpcCode::kInternal;
    case 401:
      return GrpcCode::kUnauthenticated;
    case 403:
      return GrpcCode::kPermissionDenied;
    case 404:
      return GrpcCode::kUnimplemented;
    case 429:
    case 502:
    case 503:
    case 504:
      return GrpcCode::kUnavailable;
    default:
      return GrpcCode::kUnknown;
  }
}

}  // namespace avouch::net
