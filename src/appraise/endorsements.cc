#include "appraise/endorsements.h"

#include <vector>

#include "base/limits.h"
#include "codec/hex.h"
#include "crypto/digest.h"
#include "format/jwk.h"
#include "store/keys.h"

namespace avouch::appraise {
namespace {

constexpr std::size_t kDigestTextLength = 16;
constexpr std::size_t kCheckedAtStart = 1'000;  // of each kind

Error damaged(std::string detail) {
  return Error{Blame::kUnavailable, "store.corrupt", std::move(detail)};
}

std::string_view space_of(tee::Need::Kind kind) {
  return kind == tee::Need::Kind::kTrustAnchor ? "trust_anchor" : "platform_reference";
}

// Several records may share one key, so a record is stored under its key and the start of its own digest.
std::string storage_key(const tee::EndorsedRecords::Record& record) {
  const crypto::Digest digest = crypto::digest(crypto::Hash::kSha256, as_bytes(to_canonical_text(record.content)));
  return record.key + "/" + codec::to_hex(digest.bytes()).substr(0, kDigestTextLength);
}

std::string key_of(const std::string& stored) {
  return stored.substr(0, stored.rfind('/'));
}

Result<std::vector<tee::EndorsedRecords::Record>> load(const store::Store& store, std::string_view space,
                                                       const std::vector<std::string>& stored_keys) {
  std::vector<tee::EndorsedRecords::Record> out;
  for (const std::string& stored : stored_keys) {
    const std::optional<Buffer> content = TRY(store.get(space, stored));
    if (!content.has_value()) continue;  // erased meanwhile
    Result<Json> record = parse_json(as_text(*content));
    ENSURE(record.has_value(), damaged(stored + ": " + record.error().detail));
    out.push_back({key_of(stored), *std::move(record)});
  }
  return out;
}

Status save(store::Store& store, std::string_view space, const std::vector<tee::EndorsedRecords::Record>& records) {
  for (const tee::EndorsedRecords::Record& record : records) {
    const std::string text = to_text(record.content);
    TRY(store.put_if_absent(space, storage_key(record), as_bytes(text), store::Expiry::never()));
  }
  return ok();
}

Result<tee::TrustAnchor> parse_anchor(const std::string& key, const Json& jwk) {
  Result<crypto::PublicKey> public_key = jose::public_key_from_jwk(jwk);
  ENSURE(public_key.has_value(), Error{public_key.error().blame, public_key.error().code,
                                       "trust anchor " + key + ": " + public_key.error().detail});
  return tee::TrustAnchor{key, *std::move(public_key)};
}

Status append(tee::Collateral& out, const tee::Need& need, const Json& record) {
  if (need.kind == tee::Need::Kind::kTrustAnchor) {
    out.trust_anchors.push_back(TRY(parse_anchor(need.key, record)));
  } else {
    out.platform_references.push_back({need.key + "#" + std::to_string(out.platform_references.size()), record});
  }
  return ok();
}

}  // namespace

Endorsements::Endorsements(store::Store& store, tee::EndorsedRecords fixed)
    : store_(store), known_(limits::kRememberedEndorsements) {
  replace_fixed(std::move(fixed));
}

Result<tee::Collateral> Endorsements::get(const tee::Needs& needs) {
  tee::Collateral out;
  for (const tee::Need& need : needs) {
    const std::shared_ptr<const tee::Collateral> found = TRY(find(need));
    out.trust_anchors.insert(out.trust_anchors.end(), found->trust_anchors.begin(), found->trust_anchors.end());
    out.platform_references.insert(out.platform_references.end(), found->platform_references.begin(),
                                   found->platform_references.end());
  }
  return out;
}

Result<std::shared_ptr<const tee::Collateral>> Endorsements::find(const tee::Need& need) {
  const std::shared_ptr<const Fixed> files = fixed();
  const std::uint64_t generation = TRY(store_.generation(space_of(need.kind)));
  const Name name{need.kind, need.key};
  const std::optional<Known> known = known_.find(name);
  if (known.has_value() && known->generation == generation && known->fixed_version == files->version) {
    return known->collateral;
  }
  const auto fresh = std::make_shared<const tee::Collateral>(TRY(read(need, *files)));
  // Evidence that nobody has authenticated chose the key: one that no store can hold is not worth remembering either.
  if (store::check_key(need.key).has_value()) known_.remember(name, {fresh, generation, files->version});
  return fresh;
}

Result<tee::Collateral> Endorsements::read(const tee::Need& need, const Fixed& fixed) const {
  tee::Collateral out;
  const auto [first, last] = fixed.records.equal_range({need.kind, need.key});
  for (auto record = first; record != last; ++record) TRY(append(out, need, record->second));

  const std::string_view space = space_of(need.kind);
  std::vector<std::string> stored = TRY(store::list_all(store_, space, need.key + "/"));
  std::erase_if(stored, [&](const std::string& key) { return key_of(key) != need.key; });  // of one that begins so
  for (const tee::EndorsedRecords::Record& record : TRY(load(store_, space, stored))) {
    const Status appended = append(out, need, record.content);
    ENSURE(appended.has_value(), damaged(appended.error().detail));
  }
  return out;
}

Status Endorsements::check() {
  for (const auto& [name, record] : fixed()->records) {
    tee::Collateral parsed;
    TRY(append(parsed, {name.first, name.second}, record));
  }
  for (const tee::Need::Kind kind : {tee::Need::Kind::kTrustAnchor, tee::Need::Kind::kPlatformReferences}) {
    const std::vector<std::string> stored = TRY(store_.list(space_of(kind), "", "", kCheckedAtStart));
    for (const tee::EndorsedRecords::Record& record : TRY(load(store_, space_of(kind), stored))) {
      tee::Collateral parsed;
      const Status reads = append(parsed, {kind, record.key}, record.content);
      ENSURE(reads.has_value(), damaged(reads.error().detail));
    }
  }
  return ok();
}

Status Endorsements::add(const tee::EndorsedRecords& records) {
  for (const tee::EndorsedRecords::Record& record : records.trust_anchors) {
    TRY(parse_anchor(record.key, record.content));
  }
  TRY(save(store_, space_of(tee::Need::Kind::kTrustAnchor), records.trust_anchors));
  return save(store_, space_of(tee::Need::Kind::kPlatformReferences), records.platform_references);
}

Result<bool> Endorsements::revoke_trust_anchor(const std::string& key) {
  ENSURE(!fixed()->records.contains({tee::Need::Kind::kTrustAnchor, key}),
         Error{Blame::kRequest, "endorsement.fixed",
               "a file that the config names endorses " + key + ": take it out there, then again here"});
  const std::string_view space = space_of(tee::Need::Kind::kTrustAnchor);
  bool any = false;
  for (const std::string& stored : TRY(store::list_all(store_, space, key + "/"))) {
    if (key_of(stored) != key) continue;  // of a key that begins like this one
    const bool erased = TRY(store_.erase(space, stored));
    any = any || erased;
  }
  return any;
}

Result<tee::EndorsedRecords> Endorsements::stored() {
  const auto all = [this](tee::Need::Kind kind) -> Result<std::vector<tee::EndorsedRecords::Record>> {
    const std::vector<std::string> keys = TRY(store::list_all(store_, space_of(kind), ""));
    return load(store_, space_of(kind), keys);
  };
  tee::EndorsedRecords out;
  out.trust_anchors = TRY(all(tee::Need::Kind::kTrustAnchor));
  out.platform_references = TRY(all(tee::Need::Kind::kPlatformReferences));
  return out;
}

void Endorsements::replace_fixed(tee::EndorsedRecords fixed) {
  auto fresh = std::make_shared<Fixed>();
  for (auto& record : fixed.trust_anchors) {
    fresh->records.emplace(Name{tee::Need::Kind::kTrustAnchor, record.key}, std::move(record.content));
  }
  for (auto& record : fixed.platform_references) {
    fresh->records.emplace(Name{tee::Need::Kind::kPlatformReferences, record.key}, std::move(record.content));
  }
  const std::scoped_lock lock(mutex_);
  fresh->version = fixed_ == nullptr ? 1 : fixed_->version + 1;
  fixed_ = std::move(fresh);
}

std::shared_ptr<const Endorsements::Fixed> Endorsements::fixed() const {
  const std::scoped_lock lock(mutex_);
  return fixed_;
}

}  // namespace avouch::appraise
