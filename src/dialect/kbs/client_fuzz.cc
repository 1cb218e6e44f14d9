// A hostile KBS: its answers, one after the other, raw, with a line of dashes between them. The client comes to an end
// with a result or a refusal that is the server's to answer for, and believes in no token and no secret but those that
// an answer of status 200 held.
#include "dialect/kbs/client.h"

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "testing/loopback_server.h"

namespace {

using namespace avouch;

// Answers one request a connection, whatever it is, by the next of its texts.
class Server {
 public:
  explicit Server(std::vector<std::string_view> answers) : answers_(std::move(answers)) {}
  const std::string& url() const { return server_.url(); }

 private:
  void serve(int connection) {
    char request[8192];
    static_cast<void>(::recv(connection, request, sizeof request, 0));
    const std::string_view answer = next_ < answers_.size() ? answers_[next_++] : std::string_view();
    ::send(connection, answer.data(), answer.size(), MSG_NOSIGNAL);
    ::shutdown(connection, SHUT_WR);
    while (::recv(connection, request, sizeof request, 0) > 0) continue;
  }

  const std::vector<std::string_view> answers_;
  std::size_t next_ = 0;
  testing::LoopbackServer server_{[this](int connection) { serve(connection); }};
};

class NoAttester final : public guest::Attester {
 public:
  std::string_view tee() const override { return "sample"; }
  Result<Json> evidence(Bytes report_data) const override {
    CHECK(report_data.size() == 48);
    return Json::object({{"svn", "1"}});
  }
};

std::vector<std::string_view> answers_of(std::string_view text) {
  constexpr std::string_view kNextAnswer = "\n---\n";
  std::vector<std::string_view> out;
  while (!text.empty() && out.size() < 8) {
    out.push_back(text.substr(0, text.find(kNextAnswer)));
    text.remove_prefix(std::min(text.size(), out.back().size() + kNextAnswer.size()));
  }
  return out;
}

template <class T>
void check(const Result<T>& result, const dialect::kbs::KbsClient& client) {
  if (result.has_value()) return;
  CHECK(result.error().blame != Blame::kInternal);
  const bool is_refused = std::string_view(result.error().code) == "kbs.refused";
  CHECK(is_refused == (client.last_refusal().status != 0));
  CHECK(client.last_refusal().status != 200);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const crypto::PrivateKey tee_key = crypto::PrivateKey::generate_ec(crypto::Curve::kP256);
  const std::string_view text = as_text({data, size});
  const Server server(answers_of(text));
  net::HttpClientOptions options;
  options.reply_limit_bytes = 4096;
  dialect::kbs::KbsClient client(net::HttpClient::make(server.url(), std::move(options)).value());

  const Result<std::string> token = client.attest(NoAttester(), tee_key, std::nullopt);
  check(token, client);
  CHECK(!token.has_value() || text.find(" 200") != std::string_view::npos);
  const Result<Secret> secret = client.get_resource("a/b/c", "t", tee_key);
  check(secret, client);
  CHECK(!secret.has_value());  // nobody here can seal to this key
  check(client.administer("POST", "/kbs/v0/resource-policy", "t", "{}"), client);
  return 0;
}
