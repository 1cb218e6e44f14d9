// Tokens, claims and command lines as arc is given them. It ends with 0 or with one line of what was wrong, and nothing
// in a token can draw on a terminal; claims that were read are read again as themselves; and a token is verified only
// if its payload is what was signed.
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <sstream>

#include "base/check.h"
#include "cmd/compat/arc/arc.h"
#include "cmd/compat/arc/claims.h"
#include "cmd/compat/arc/token.h"
#include "codec/base64.h"
#include "format/jwk.h"
#include "testing/manual_clock.h"

namespace {

using namespace avouch;

// Whether a terminal would obey something in it: control characters (DEL it ignores), those beyond ASCII included.
bool draws(const std::string& text) {
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    if (text[i] == '\xC2' && static_cast<unsigned char>(text[i + 1]) < 0xA0) return true;
  }
  return std::any_of(text.begin(), text.end(), [](char c) { return c >= 0 && c < 0x20 && c != '\n'; });
}

void run(const std::vector<std::string>& words) {
  static const testing::ManualClock clock;
  std::ostringstream out, err;
  const int code = arc::run(words, {out, err}, clock, "");
  CHECK(code == 0 || code == 1);
  CHECK(!draws(out.str()) && !draws(err.str()));
  const std::string problem = err.str().substr(std::min(err.str().size(), err.str().find("Error: ")));
  CHECK((code == 1) == problem.starts_with("Error: "));
  CHECK(std::count(problem.begin(), problem.end(), '\n') == code);
}

// The input as a file, for as long as this lives.
class File {
 public:
  explicit File(Bytes content) : fd_(::memfd_create("token", 0)) {
    CHECK(fd_ >= 0 && ::write(fd_, content.data(), content.size()) == static_cast<ssize_t>(content.size()));
  }
  ~File() { ::close(fd_); }
  std::string path() const { return "/proc/self/fd/" + std::to_string(fd_); }

 private:
  int fd_;
};

void check_claims(const Json& claims) {
  const Result<Json> read = arc::read_claims(claims);
  if (!read.has_value()) {
    CHECK(std::string_view(read.error().code) == "arc.refused" && !draws(read.error().detail));
    return;
  }
  const Result<Json> again = arc::read_claims(*read);
  CHECK(again.has_value() && *again == *read);
  CHECK(arc::validate_claims(*read).has_value() == arc::validate_claims(*again).has_value());
}

// The same octets as a payload of a token, not signed by anybody.
std::string token_of(Bytes payload) {
  return "eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9." + codec::to_base64url(payload) + "." +
         codec::to_base64url(Buffer(64, 7));
}

void check_forged(std::string_view token) {
  static const crypto::PublicKey key = crypto::PrivateKey::generate_ec(crypto::Curve::kP256).public_key();
  static const arc::Algorithm algorithm = arc::algorithm_from_name("ES256").value();
  CHECK(!arc::verify_token(token, key, algorithm, from_unix_seconds(1'800'000'000)).has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input(data, size);
  if (const Result<Json> json = parse_json(as_text(input)); json.has_value()) check_claims(*json);
  if (const Result<Json> key = arc::parse_key_file(as_text(input)); key.has_value()) {
    static_cast<void>(arc::verification_key(*key));
  }
  const std::string wrapped = token_of(input);
  check_forged(as_text(input));
  check_forged(wrapped);
  const File raw(input), token(as_bytes(wrapped));
  run({"print", raw.path()});
  run({"print", token.path()});
  run({"verify", "--pkey", raw.path(), token.path()});
  run({"verify", raw.path()});
  return 0;
}
