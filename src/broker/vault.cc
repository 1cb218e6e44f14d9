#include "broker/vault.h"

#include <algorithm>

#include "base/limits.h"

namespace avouch::broker {
namespace {

constexpr std::string_view kSpace = "repository";  // the peer's namespace
constexpr std::string_view kMarkSpace = "vault";
constexpr std::string_view kMarkKey = "master-key";
constexpr std::string_view kMarkPlace = "avouch master key 1";  // sealed, and what its seal is bound to
constexpr std::size_t kPathTextMax = 400;

bool is_segment(std::string_view text) {
  return !text.empty() && text.front() != '.' && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.';
  });
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> out;
  for (std::size_t from = 0;;) {
    const std::size_t slash = text.find('/', from);
    out.emplace_back(text.substr(from, slash - from));
    if (slash == std::string_view::npos) return out;
    from = slash + 1;
  }
}

// What a seal is bound to.
std::string place_of(const ResourcePath& path) {
  return "avouch resource 1 " + path.text();
}

}  // namespace

Result<ResourcePath> ResourcePath::parse(std::string_view text) {
  const Error bad{Blame::kRequest, "resource.path",
                  "a resource path is <repository>/<type>/<tag>, of letters, digits, '_', '-' and '.', no segment "
                  "beginning with '.'"};
  ENSURE(text.size() <= kPathTextMax, bad);
  const std::vector<std::string> segments = split(text);
  ENSURE(segments.size() == 3 && std::all_of(segments.begin(), segments.end(), is_segment), bad);
  return ResourcePath(std::string(text));
}

std::vector<std::string> ResourcePath::segments() const {
  return split(text_);
}

Vault::Vault(store::Store& store, const Secret& master_key) : store_(store), cipher_(master_key) {}
Vault::Vault(store::Store& store) : store_(store) {}

Status Vault::check_master_key() {
  if (!cipher_.has_value()) return ok();
  const Bytes mark = as_bytes(kMarkPlace);
  TRY(store_.put_if_absent(kMarkSpace, kMarkKey, cipher_->seal(mark, mark), store::Expiry::never()));
  const std::optional<Buffer> sealed = TRY(store_.get(kMarkSpace, kMarkKey));
  ENSURE(sealed.has_value() && cipher_->open(*sealed, mark).has_value(),
         Error{Blame::kUnavailable, "vault.master-key", "not the master key that the stored secrets are sealed under"});
  return ok();
}

Result<bool> Vault::has_mark(const store::Store& store) {
  const std::optional<Buffer> mark = TRY(store.get(kMarkSpace, kMarkKey));
  return mark.has_value();
}

Result<std::optional<Secret>> Vault::get(const ResourcePath& path) const {
  std::optional<Buffer> record = TRY(store_.get(kSpace, path.text()));
  if (!record.has_value()) return std::optional<Secret>();
  if (!cipher_.has_value()) return std::optional<Secret>(Secret(*std::move(record)));
  Result<Secret> secret = cipher_->open(*record, as_bytes(place_of(path)));
  ENSURE(secret.has_value(),
         Error{Blame::kUnavailable, "vault.seal",
               "the record of " + path.text() + " does not open: sealed under another master key, or tampered with"});
  return std::optional<Secret>(*std::move(secret));
}

Status Vault::put(const ResourcePath& path, Bytes secret) {
  ENSURE(secret.size() <= limits::kResourceBytes, Error{Blame::kRequest, "resource.size", "larger than 2 MiB"});
  if (!cipher_.has_value()) return store_.put(kSpace, path.text(), secret, store::Expiry::never());
  return store_.put(kSpace, path.text(), cipher_->seal(secret, as_bytes(place_of(path))), store::Expiry::never());
}

Result<bool> Vault::erase(const ResourcePath& path) {
  return store_.erase(kSpace, path.text());
}

Result<std::vector<std::string>> Vault::list(std::string_view prefix) const {
  return store::list_all(store_, kSpace, prefix);
}

}  // namespace avouch::broker
