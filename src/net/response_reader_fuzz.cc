// A hostile server: however its bytes are cut into pieces, the same response, or refusal, must come out.
#include <cstdlib>

#include "net/response_reader.h"

namespace {

constexpr std::size_t kBodyLimitBytes = 4096;

struct Outcome {
  std::string refusal;
  bool complete = false;
  int status = 0;
  std::string body;
  bool operator==(const Outcome&) const = default;
};

Outcome read(std::string_view input, std::size_t piece) {
  avouch::net::ResponseReader reader(false, kBodyLimitBytes);
  Outcome out;
  while (!input.empty() && !reader.complete()) {
    const auto taken = reader.feed(input.substr(0, piece));
    if (!taken.has_value()) {
      out.refusal = taken.error().code;
      return out;
    }
    input.remove_prefix(*taken);
  }
  out.complete = reader.close();
  out.status = out.complete ? reader.response().status : 0;
  out.body = reader.response().body;
  if (out.body.size() > kBodyLimitBytes) std::abort();
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Outcome whole = read(text, size);
  if (read(text, 1) != whole || read(text, 7) != whole) std::abort();
  return 0;
}
