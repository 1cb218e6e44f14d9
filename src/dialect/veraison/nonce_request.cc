#include "dialect/veraison/nonce_request.h"

#include <charconv>
#include <string>

#include "codec/base64.h"
#include "crypto/random.h"
#include "net/http_message.h"

namespace avouch::dialect::veraison {
namespace {

constexpr std::size_t kSizeMin = 8, kSizeMax = 64, kSizeUsual = 32;

Error refused(std::string problem) {
  return Error{Blame::kRequest, "veraison.nonce", std::move(problem)};
}

// The value of a parameter; empty if it is not there. One that comes twice is refused: nobody may choose which counts.
Result<std::string> parameter(std::string_view query, std::string_view name) {
  std::string out;
  bool was_seen = false;
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    if (pair.substr(0, equals) != name) continue;
    ENSURE(!was_seen, refused(std::string(name) + " may be given only once"));
    was_seen = true;
    const std::optional<std::string> value = net::percent_decode(pair.substr(std::min(pair.size(), equals + 1)));
    ENSURE(value.has_value(), refused(std::string(name) + " is not percent-encoded UTF-8"));
    out = *value;
  }
  return out;
}

Result<Buffer> of_size(const std::string& text) {
  std::size_t size = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
  const bool is_number = error == std::errc() && end == text.data() + text.size();
  ENSURE(is_number && kSizeMin <= size && size <= kSizeMax, refused("nonceSize must be in range 8..64"));
  return crypto::random_bytes(size);
}

Result<Buffer> given(const std::string& text) {
  Result<Buffer> nonce = codec::from_any_base64(text);
  ENSURE(nonce.has_value(), refused("nonce must be valid base64"));
  ENSURE(kSizeMin <= nonce->size() && nonce->size() <= kSizeMax,
         refused("nonce must be between 8 and 64 bytes long; got " + std::to_string(nonce->size())));
  return nonce;
}

}  // namespace

Result<Buffer> nonce_of(std::string_view query) {
  const std::string nonce = TRY(parameter(query, "nonce"));
  const std::string size = TRY(parameter(query, "nonceSize"));
  ENSURE(nonce.empty() || size.empty(), refused("nonce and nonceSize are mutually exclusive"));
  if (!size.empty()) return of_size(size);
  if (!nonce.empty()) return given(nonce);
  return crypto::random_bytes(kSizeUsual);
}

}  // namespace avouch::dialect::veraison
