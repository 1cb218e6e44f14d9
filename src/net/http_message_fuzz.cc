// Cookies, bearer tokens, queries and percent escapes of a hostile request.
#include <cstdlib>

#include "net/http_message.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  avouch::net::HttpRequest request;
  request.target = text;
  request.headers = {{"Cookie", std::string(text)}, {"Authorization", std::string(text)}};
  const std::size_t mark = request.path().size() == size ? 0 : 1;
  if (request.path().size() + mark + request.query().size() != size) std::abort();
  if (const auto cookie = request.cookie("a"); cookie && cookie->find(';') != std::string_view::npos) std::abort();
  if (const auto token = request.bearer_token(); token && token->find(' ') != std::string_view::npos) std::abort();
  const auto decoded = avouch::net::percent_decode(text);
  if (!decoded.has_value()) return 0;
  if (decoded->find('\0') != std::string::npos) std::abort();
  if (avouch::net::percent_decode(avouch::net::percent_encode(*decoded)) != decoded) std::abort();
  return 0;
}
