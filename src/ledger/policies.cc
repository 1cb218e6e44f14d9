#include "ledger/policies.h"

#include <algorithm>

#include "base/limits.h"
#include "codec/hex.h"
#include "crypto/digest.h"

namespace avouch::ledger {
namespace {

constexpr std::string_view kSuffix = ".rego";

bool is_policy_id(std::string_view id) {
  return !id.empty() && id.size() <= 128 && id.front() != '.' && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.';
  });
}

}  // namespace

Policies::Policies(store::Store& store, std::string space, std::map<std::string, std::string> defaults,
                   PolicyFiles files)
    : store_(store),
      space_(std::move(space)),
      kept_space_(space_ + ".kept"),
      defaults_(std::move(defaults)),
      files_(std::move(files)) {}

std::string Policies::storage_key(const std::string& id) const {
  const auto named = files_.find(id);
  return named != files_.end() ? named->second : id + std::string(kSuffix);
}

// No lock is held while the store is asked: one that hangs stops those who need what it holds, and nobody else. Of two
// that load at once, the one that asked the store earlier may come last; then the next one loads again.
Result<ActivePolicy> Policies::get(const std::string& id) {
  const std::uint64_t generation = TRY(store_.generation(space_));
  {
    const std::scoped_lock lock(mutex_);
    const auto found = compiled_.find(id);
    if (generation == generation_ && found != compiled_.end()) return found->second;
  }
  ActivePolicy fresh = TRY(load(id));
  const std::scoped_lock lock(mutex_);
  if (generation != generation_) compiled_.clear();
  generation_ = generation;
  compiled_.insert_or_assign(id, fresh);
  return fresh;
}

Result<ActivePolicy> Policies::load(const std::string& id) {
  const std::optional<Buffer> stored = TRY(store_.get(space_, storage_key(id)));
  const auto fallback = defaults_.find(id);
  ENSURE(stored.has_value() || fallback != defaults_.end(),
         Error{Blame::kPolicy, "policy.unknown", "there is no policy " + id + ": set one"});
  const std::string source = stored.has_value() ? std::string(as_text(*stored)) : fallback->second;
  Result<std::shared_ptr<const policy::Program>> program = policy::compile(id, source);
  ENSURE(program.has_value(),
         Error{Blame::kPolicy, "policy.invalid", "policy " + id + " does not compile: " + program.error().detail});
  const std::string digest = codec::to_hex(crypto::digest(crypto::Hash::kSha256, as_bytes(source)));
  keep(digest, source);
  return ActivePolicy{id, digest, !stored.has_value(), *std::move(program)};
}

// A store that takes no more texts refuses nobody: what is lost is an explanation. Which one goes when there are too
// many is all the same: none of them is in force.
void Policies::keep(const std::string& digest, const std::string& source) {
  const Result<bool> is_new = store_.put_if_absent(kept_space_, digest, as_bytes(source), store::Expiry::never());
  if (!is_new.value_or(false)) return;
  const Result<std::vector<std::string>> kept = store_.list(kept_space_, "", "", limits::kPoliciesKept + 1);
  if (!kept.has_value() || kept->size() <= limits::kPoliciesKept) return;
  const std::string& other = kept->front() == digest ? kept->back() : kept->front();
  const Result<bool> dropped = store_.erase(kept_space_, other);
  static_cast<void>(dropped);
}

std::shared_ptr<const policy::Program> Policies::kept(const std::string& digest) {
  const Result<std::optional<Buffer>> source = store_.get(kept_space_, digest);
  if (!source.has_value() || !source->has_value()) return nullptr;
  return policy::compile("kept", std::string(as_text(**source))).value_or(nullptr);
}

Status Policies::set(const std::string& id, const std::string& source) {
  ENSURE(is_policy_id(id),
         Error{Blame::kRequest, "policy.id", "a policy id has letters, digits, '_', '-' and '.', and no leading '.'"});
  TRY(policy::compile(id, source));
  return store_.put(space_, storage_key(id), as_bytes(source), store::Expiry::never());
}

Result<bool> Policies::erase(const std::string& id) {
  return store_.erase(space_, storage_key(id));
}

Result<std::vector<std::string>> Policies::ids() {
  std::vector<std::string> out;
  for (const std::string& key : TRY(store::list_all(store_, space_, ""))) {
    const auto named = std::find_if(files_.begin(), files_.end(), [&](const auto& file) { return file.second == key; });
    if (named != files_.end()) {
      out.push_back(named->first);
    } else if (key.ends_with(kSuffix)) {
      out.push_back(key.substr(0, key.size() - kSuffix.size()));
    }
  }
  for (const auto& [id, source] : defaults_) {
    if (std::find(out.begin(), out.end(), id) == out.end()) out.push_back(id);
  }
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace avouch::ledger
