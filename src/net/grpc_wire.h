// What gRPC puts into HTTP/2's messages, for both ends: frames around messages, deadlines, and statuses in trailers.
// Source: https://grpc.github.io/grpc/core/md_doc__p_r_o_t_o_c_o_l-_h_t_t_p2.html. Pure functions.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/grpc.h"
#include "net/http_message.h"

namespace avouch::net {

// "application/grpc", with or without "+proto"; case and parameters do not matter.
bool is_grpc_content_type(std::string_view value);

// One message with the five octets in front that say that it is not compressed, and how long it is.
std::string frame_grpc(Bytes message);

// The one message in a body; it borrows from the body.
//   fails   kInternal (cut short, or more than one), kUnimplemented (compressed), kResourceExhausted
tl::expected<Bytes, GrpcStatus> unframe_grpc(std::string_view body, std::size_t limit_bytes);

// "100m" to 100 ms, "8H" to eight hours; at most eight digits, cut to milliseconds. What is no timeout is absent.
std::optional<std::chrono::milliseconds> parse_grpc_timeout(std::string_view text);
std::string format_grpc_timeout(std::chrono::milliseconds span);

// grpc-status, and grpc-message where there is one, percent-encoded.
std::vector<HeaderField> grpc_trailers(const GrpcStatus& status);
// Back again; kUnknown if there is no status, or none that is a number. A message that cannot be decoded stays as it
// is.
GrpcStatus read_grpc_trailers(const std::vector<HeaderField>& trailers);

// What a status of HTTP means where that of gRPC is missing (http-grpc-status-mapping.md).
GrpcCode grpc_code_of_http(int http_status);

}  // namespace avouch::net
