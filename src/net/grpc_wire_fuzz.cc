// gRPC's frames, timeouts and statuses of a hostile peer: what is read is written as the same, a message lies inside
// its body, and nothing that is not a status is one.
#include <cstdlib>
#include <cstring>

#include "net/grpc_wire.h"
#include "net/http_grammar.h"

using namespace avouch;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto message = net::unframe_grpc(text, 4096);
  if (message.has_value() && (message->size() > 4096 || net::frame_grpc(*message) != text)) std::abort();
  if (const auto timeout = net::parse_grpc_timeout(text)) {
    if (timeout->count() < 0) std::abort();
    const auto again = net::parse_grpc_timeout(net::format_grpc_timeout(*timeout));
    if (!again.has_value() || *again > *timeout) std::abort();
  }
  const auto trailers = net::grpc_trailers({net::GrpcCode::kInternal, std::string(text)});
  for (const net::HeaderField& field : trailers) {
    if (!net::is_field_value(field.second)) std::abort();
  }
  const net::GrpcStatus status =
      net::read_grpc_trailers({{"grpc-status", std::string(text)}, {"grpc-message", std::string(text)}});
  if (status.code == net::GrpcCode::kOk && text.find_first_not_of('0') != std::string_view::npos) std::abort();
  return 0;
}
