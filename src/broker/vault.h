// Vault: the secrets, by path, sealed at rest. The record's place is bound into the seal, so that whoever can write the
// store cannot pass one secret off as another.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "crypto/encryption.h"
#include "store/store.h"

namespace avouch::broker {

// "<repository>/<type>/<tag>": three segments of [A-Za-z0-9_.-], none empty, none beginning with a dot.
class ResourcePath {
 public:
  static Result<ResourcePath> parse(std::string_view text);  // fails   kRequest: resource.path
  const std::string& text() const { return text_; }
  std::vector<std::string> segments() const;

 private:
  explicit ResourcePath(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

class Vault {
 public:
  // Sealed under `master_key`.
  Vault(store::Store& store, const Secret& master_key);
  // In plain, as a peer's directory has it: for a store of type local_fs that others read too. The caller says so in
  // its log.
  explicit Vault(store::Store& store);

  // Finds out, before anything is sealed or opened, whether the store's secrets lie under this master key. The first
  // call on a store marks it.   fails   kUnavailable: store.*, vault.master-key
  Status check_master_key();
  // Whether a store has been marked so.   fails   kUnavailable: store.*
  static Result<bool> has_mark(const store::Store& store);

  //   fails   kUnavailable: store.*, vault.seal (the record does not open: another master key, or tampered with)
  Result<std::optional<Secret>> get(const ResourcePath& path) const;
  //   fails   kRequest: resource.size; kUnavailable: store.*
  Status put(const ResourcePath& path, Bytes secret);
  Result<bool> erase(const ResourcePath& path);
  Result<std::vector<std::string>> list(std::string_view prefix) const;

 private:
  store::Store& store_;
  std::optional<crypto::RecordCipher> cipher_;
};

}  // namespace avouch::broker
