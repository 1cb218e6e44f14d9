#include "collateral/remote_keys.h"

#include <algorithm>

#include "base/thread_name.h"
#include "codec/json.h"
#include "format/jwk.h"
#include "net/http_client.h"

namespace avouch::collateral {
namespace {

constexpr std::string_view kHttps = "https://";
constexpr std::string_view kDiscovery = "/.well-known/openid-configuration";  // OpenID Connect Discovery 1.0 section 4

Error not_fetched(const std::string& url, const std::string& why) {
  return Error{Blame::kUnavailable, "jwk.fetch", url + ": " + why};
}

Result<std::string> get(const std::string& url, const net::TlsTrust& trust) {
  ENSURE(url.starts_with(kHttps), not_fetched(url, "not https"));
  const std::size_t slash = std::min(url.find('/', kHttps.size()), url.size());
  const std::string path = slash == url.size() ? "/" : url.substr(slash);
  net::HttpClientOptions options;
  options.trust = trust;
  options.connect_deadline = limits::kKeysDeadline;
  options.reply_deadline = limits::kKeysDeadline;
  options.reply_limit_bytes = limits::kKeysBytes;
  net::HttpClient client = TRY(net::HttpClient::make(url.substr(0, slash), options));
  net::HttpResponse response = TRY(client.request("GET", path, {{"Accept", "application/json"}}));
  ENSURE(response.status == 200, not_fetched(url, "answered with " + std::to_string(response.status)));
  return std::move(response.body);
}

bool is_for_signatures(const Json& jwk) {
  const std::string* use = jwk.find_string("use");
  return use == nullptr || *use == "sig";
}

Result<std::vector<NamedKey>> fetch_set(const std::string& url, const net::TlsTrust& trust) {
  const std::string text = TRY(get(url, trust));
  const Result<Json> set = parse_json(text);
  const Json* keys = set.has_value() ? set->find("keys") : nullptr;
  ENSURE(keys != nullptr && keys->as_array() != nullptr, not_fetched(url, "no JWK set"));
  ENSURE(keys->as_array()->size() <= limits::kKeysPerSet, not_fetched(url, "more keys than are read"));
  std::vector<NamedKey> out;
  for (const Json& jwk : *keys->as_array()) {
    if (!is_for_signatures(jwk)) continue;
    Result<crypto::PublicKey> key = jose::public_key_from_jwk(jwk);
    if (!key.has_value()) continue;
    const std::string* id = jwk.find_string("kid");
    out.push_back({*std::move(key), id == nullptr ? "" : *id});
  }
  ENSURE(!out.empty(), not_fetched(url, "the JWK set has no usable key"));
  return out;
}

Result<std::vector<NamedKey>> fetch_discovered(std::string url, const net::TlsTrust& trust) {
  while (url.ends_with('/')) url.pop_back();
  url += kDiscovery;
  const std::string text = TRY(get(url, trust));
  const Result<Json> document = parse_json(text);
  const std::string* set = document.has_value() ? document->find_string("jwks_uri") : nullptr;
  ENSURE(set != nullptr, not_fetched(url, "no jwks_uri"));
  return fetch_set(*set, trust);
}

}  // namespace

Result<std::vector<NamedKey>> fetch_keys(const RemoteKeysOptions& options) {
  if (options.form == KeysForm::kPem) {
    const std::string text = TRY(get(options.url, options.trust));
    const Result<crypto::PublicKey> key = crypto::PublicKey::from_pem(text);
    ENSURE(key.has_value(), not_fetched(options.url, key.error().detail));
    return std::vector<NamedKey>{{*key, ""}};
  }
  Result<std::vector<NamedKey>> set = fetch_set(options.url, options.trust);
  if (set.has_value()) return set;
  Result<std::vector<NamedKey>> discovered = fetch_discovered(options.url, options.trust);
  if (discovered.has_value()) return discovered;
  return Error{set.error().blame, set.error().code, set.error().detail + "; " + discovered.error().detail};
}

RemoteKeys::RemoteKeys(RemoteKeysOptions options, const Clock& clock, const Log& log)
    : options_(std::move(options)),
      clock_(clock),
      log_(log),
      keys_(std::make_shared<std::vector<NamedKey>>()),
      thread_([this] { run(); }) {}

RemoteKeys::~RemoteKeys() {
  {
    const std::scoped_lock lock(mutex_);
    is_ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void RemoteKeys::run() {
  name_this_thread("keys");
  std::unique_lock lock(mutex_);
  while (!is_ending_) {
    is_asked_ = false;
    lock.unlock();
    Result<std::vector<NamedKey>> fetched = fetch_keys(options_);
    lock.lock();
    const std::chrono::milliseconds pause = fetched.has_value() ? options_.refresh : options_.retry;
    take(std::move(fetched));
    changed_.notify_all();
    const std::chrono::milliseconds at_least = std::min(pause, options_.asked_again);
    changed_.wait_for(lock, at_least, [this] { return is_ending_; });
    changed_.wait_for(lock, pause - at_least, [this] { return is_ending_ || is_asked_; });
  }
}

void RemoteKeys::take(Result<std::vector<NamedKey>> fetched) {
  has_tried_ = true;
  if (!fetched.has_value()) {
    log_.warn("key-set.not-fetched", {{"code", fetched.error().code}, {"detail", fetched.error().detail}});
    return;
  }
  log_.debug("key-set.fetched", {{"url", options_.url}, {"keys", static_cast<std::int64_t>(fetched->size())}});
  keys_ = std::make_shared<std::vector<NamedKey>>(*std::move(fetched));
  fetched_at_ = clock_.uptime();
}

std::shared_ptr<const std::vector<NamedKey>> RemoteKeys::keys() const {
  static const auto none = std::make_shared<const std::vector<NamedKey>>();
  const std::scoped_lock lock(mutex_);
  return clock_.uptime() - fetched_at_ <= options_.age_max ? keys_ : none;
}

void RemoteKeys::look_again() const {
  {
    const std::scoped_lock lock(mutex_);
    is_asked_ = true;
  }
  changed_.notify_all();
}

bool RemoteKeys::wait(std::chrono::milliseconds at_most) const {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, at_most, [this] { return has_tried_; });
  return !keys_->empty();
}

}  // namespace avouch::collateral
