#include "appraise/endorsements.h"

#include <algorithm>

#include "codec/hex.h"
#include "crypto/digest.h"
#include "format/jwk.h"

namespace avouch::appraise {
namespace {

constexpr std::string_view kAnchorSpace = "trust_anchor";
constexpr std::string_view kReferenceSpace = "platform_reference";
constexpr std::size_t kDigestTextLength = 16;

Error damaged(std::string detail) {
  return Error{Blame::kUnavailable, "store.corrupt", std::move(detail)};
}

// Several records may share one key, so a record is stored under its key and the start of its own digest.
std::string storage_key(const tee::EndorsedRecords::Record& record) {
  const crypto::Digest digest = crypto::digest(crypto::Hash::kSha256, as_bytes(to_canonical_text(record.content)));
  return record.key + "/" + codec::to_hex(digest.bytes()).substr(0, kDigestTextLength);
}

Result<std::vector<tee::EndorsedRecords::Record>> load(store::Store& store, std::string_view space) {
  std::vector<tee::EndorsedRecords::Record> out;
  for (const std::string& key : TRY(store::list_all(store, space, ""))) {
    const std::optional<Buffer> content = TRY(store.get(space, key));
    if (!content.has_value()) continue;  // erased meanwhile
    Result<Json> record = parse_json(as_text(*content));
    ENSURE(record.has_value(), damaged(key + ": " + record.error().detail));
    out.push_back({key.substr(0, key.rfind('/')), *std::move(record)});
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

}  // namespace

Endorsements::Endorsements(store::Store& store, tee::EndorsedRecords fixed) : store_(store), fixed_(std::move(fixed)) {}

Result<tee::Collateral> Endorsements::get(const tee::Needs& needs) {
  tee::Collateral out;
  if (needs.empty()) return out;
  const std::shared_ptr<const Snapshot> known = TRY(snapshot());
  for (const tee::Need& need : needs) {
    if (need.kind == tee::Need::Kind::kTrustAnchor) {
      const auto [first, last] = known->trust_anchors.equal_range(need.key);
      for (auto found = first; found != last; ++found) out.trust_anchors.push_back(found->second);
    } else {
      const auto [first, last] = known->platform_references.equal_range(need.key);
      for (auto found = first; found != last; ++found) out.platform_references.push_back(found->second);
    }
  }
  return out;
}

Status Endorsements::check() {
  TRY(snapshot());
  return ok();
}

Status Endorsements::add(const tee::EndorsedRecords& records) {
  Snapshot checked;
  TRY(fill(checked, records));
  TRY(save(store_, kAnchorSpace, records.trust_anchors));
  return save(store_, kReferenceSpace, records.platform_references);
}

Result<bool> Endorsements::revoke_trust_anchor(const std::string& key) {
  ENSURE(!is_fixed(key),
         Error{Blame::kRequest, "endorsement.fixed",
               "a file that the config names endorses " + key + ": take it out there, then again here"});
  bool any = false;
  for (const std::string& stored : TRY(store::list_all(store_, kAnchorSpace, key + "/"))) {
    if (stored.rfind('/') != key.size()) continue;  // of a key that begins like this one
    const bool erased = TRY(store_.erase(kAnchorSpace, stored));
    any = any || erased;
  }
  return any;
}

bool Endorsements::is_fixed(const std::string& trust_anchor) {
  const std::scoped_lock lock(mutex_);
  const auto is_it = [&](const tee::EndorsedRecords::Record& record) { return record.key == trust_anchor; };
  return std::any_of(fixed_.trust_anchors.begin(), fixed_.trust_anchors.end(), is_it);
}

Result<tee::EndorsedRecords> Endorsements::stored() {
  tee::EndorsedRecords out;
  out.trust_anchors = TRY(load(store_, kAnchorSpace));
  out.platform_references = TRY(load(store_, kReferenceSpace));
  return out;
}

void Endorsements::replace_fixed(tee::EndorsedRecords fixed) {
  const std::scoped_lock lock(mutex_);
  fixed_ = std::move(fixed);
  snapshot_ = nullptr;
}

Result<std::shared_ptr<const Endorsements::Snapshot>> Endorsements::snapshot() {
  const std::scoped_lock lock(mutex_);
  const std::uint64_t anchors = TRY(store_.generation(kAnchorSpace));
  const std::uint64_t references = TRY(store_.generation(kReferenceSpace));
  if (snapshot_ != nullptr && anchors == anchor_generation_ && references == reference_generation_) return snapshot_;
  auto fresh = std::make_shared<Snapshot>();
  TRY(fill(*fresh, fixed_));
  const tee::EndorsedRecords kept = TRY(stored());
  const Status filled = fill(*fresh, kept);
  ENSURE(filled.has_value(), damaged(filled.error().detail));
  snapshot_ = std::move(fresh);
  anchor_generation_ = anchors;
  reference_generation_ = references;
  return snapshot_;
}

Status Endorsements::fill(Snapshot& out, const tee::EndorsedRecords& records) {
  for (const tee::EndorsedRecords::Record& record : records.trust_anchors) {
    Result<crypto::PublicKey> key = jose::public_key_from_jwk(record.content);
    ENSURE(key.has_value(),
           Error{key.error().blame, key.error().code, "trust anchor " + record.key + ": " + key.error().detail});
    out.trust_anchors.emplace(record.key, tee::TrustAnchor{record.key, *std::move(key)});
  }
  std::map<std::string, int> count_of;
  for (const tee::EndorsedRecords::Record& record : records.platform_references) {
    const std::string name = record.key + "#" + std::to_string(count_of[record.key]++);
    out.platform_references.emplace(record.key, tee::PlatformReference{name, record.content});
  }
  return ok();
}

}  // namespace avouch::appraise
