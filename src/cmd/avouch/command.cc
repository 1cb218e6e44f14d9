#include "cmd/avouch/command.h"

#include <cstdio>

#include "base/file.h"
#include "base/limits.h"
#include "cmd/common/data_directory.h"
#include "cmd/common/printable.h"
#include "net/http_client.h"

namespace avouch::cmd {
namespace {

constexpr const char* kPrefix = "/avouch/v1/";

Result<std::string> admin_token(const Invocation& invocation) {
  const std::string file =
      !invocation.admin_token_file.empty() ? invocation.admin_token_file : default_data_directory() + "/admin-token";
  Result<std::string> token = read_text_file(file, limits::kTokenBytes);
  ENSURE(token.has_value(),
         Error{Blame::kRequest, token.error().code,
               token.error().detail + " (name the admin token with --admin-token-file FILE; the server "
                                      "keeps a fresh one in its data directory)"});
  while (!token->empty() && (token->back() == '\n' || token->back() == '\r')) token->pop_back();
  return token;
}

}  // namespace

Result<Json> ask(const Invocation& invocation, std::string_view method, std::string_view path, std::string_view body) {
  const std::string token = TRY(admin_token(invocation));
  net::HttpClientOptions options;
  if (!invocation.certificate_file.empty()) {
    options.trust.roots = net::TlsTrust::Roots::kSystemAndGiven;
    options.trust.given_pem = TRY(read_text_file(invocation.certificate_file, limits::kConfigBytes));
  }
  net::HttpClient client = TRY(net::HttpClient::make(invocation.url, std::move(options)));
  const Result<net::HttpResponse> received =
      client.request(method, kPrefix + std::string(path),
                     {{"Authorization", "Bearer " + token}, {"Content-Type", "application/json"}}, body);
  ENSURE(received.has_value(), Error{received.error().blame, received.error().code,
                                     received.error().detail + " (is avouchd running there? --url names another)"});
  const net::HttpResponse& response = *received;
  Result<Json> answer = parse_json(response.body);
  const Json* error = answer.has_value() ? answer->find("error") : nullptr;
  ENSURE(answer.has_value() && (response.status == 200 || error != nullptr),
         Error{Blame::kUnavailable, "http.protocol",
               invocation.url + " answered " + std::to_string(response.status) +
                   " in a form of its own: is it an Avouch server?"});
  if (response.status == 200) return answer;
  const std::string* code = error->find_string("code");
  const std::string* detail = error->find_string("detail");
  return Error{Blame::kRequest, "manage.refused",
               (detail != nullptr ? *detail : response.body) + (code != nullptr ? " (" + *code + ")" : "")};
}

Json json_or_text(const std::string& word) {
  return parse_json(word).value_or(Json(word));
}

int ask_and_print(const Invocation& invocation, std::string_view method, const std::string& path,
                  std::string_view body) {
  const Result<Json> answer = ask(invocation, method, path, body);
  if (!answer.has_value()) return report(answer.error());
  print_json(*answer);
  return kAccepted;
}

int report(const Error& error) {
  const bool server_said_so = std::string_view(error.code) == "manage.refused";  // with a code of its own
  std::fprintf(stderr, "avouch: %s%s\n", printable(error.detail).c_str(),
               server_said_so ? "" : (" (" + std::string(error.code) + ")").c_str());
  if (error.blame == Blame::kUnavailable) return kUnavailable;
  return error.blame == Blame::kRequest && !server_said_so ? kUsage : kRefused;
}

void print_json(const Json& value) {
  std::printf("%s\n", to_pretty_text(value).c_str());
}

}  // namespace avouch::cmd
