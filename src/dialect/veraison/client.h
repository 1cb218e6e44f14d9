// Client of Veraison's verification service: evidence goes there, a checked result comes back. Everything it does waits
// for the network within deadlines; thread safe.
// Source: Veraison services 6b88102, verification API (challenge-response/v1); notes on its answers in messages.h.
#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/result.h"
#include "codec/json.h"
#include "net/tls.h"

namespace avouch::dialect::veraison {

struct ClientOptions {
  std::string address;  // "https://veraison.example:8443", with the prefix that a proxy may want
  net::TlsTrust trust;
  std::chrono::milliseconds deadline = limits::kVeraisonDeadline;  // of a whole verification
  std::chrono::milliseconds step_deadline = limits::kVeraisonStepDeadline;
};

class Client {
 public:
  //   fails   kRequest: url.parse, tls.roots
  static Result<Client> make(ClientOptions options);
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;
  ~Client();

  struct Submission {
    Bytes evidence;
    std::span<const std::string> media_types;  // that it may travel as, the most exact first
    Bytes nonce;                               // 8 to 64 octets, that the evidence is bound to
  };
  // The claims of a result (an EAR) on this evidence, that the service signed with the key that it publishes, for this
  // nonce. What they say is the caller's to judge: Veraison calls bad evidence complete, and says so in them alone.
  // One session is opened and deleted again. What opens it is tried twice if it breaks off, evidence goes only once.
  //   fails   kUnavailable: veraison.unreachable (nobody there, or not in time, or not trusted: before any evidence
  //           went), veraison.failed (the service says so, or broke off with the evidence), veraison.state,
  //           veraison.no-key, veraison.protocol, veraison.media-type, veraison.signature, veraison.nonce,
  //           veraison.result
  Result<Json> verify(const Submission& submission, Instant now) const;

 private:
  struct State;
  explicit Client(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace avouch::dialect::veraison
