// SharedTokens: the results of sessions that succeeded, where other replicas find them. Sealed: a token lets its holder
// fetch what the guest's policy grants (though only the guest's key opens it).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "crypto/encryption.h"
#include "store/store.h"

namespace avouch::dialect::kbs {

class SharedTokens {
 public:
  // `key` has crypto::kAesKeyBytes.
  SharedTokens(store::Store& store, const Secret& key) : store_(store), cipher_(key) {}
  //   fails   kUnavailable: store.*
  Status remember(Bytes nonce, std::string_view token, Instant expires_at);
  // None also where a record does not open.   fails   kUnavailable: store.*
  Result<std::optional<std::string>> find(Bytes nonce) const;

 private:
  store::Store& store_;
  crypto::RecordCipher cipher_;
};

}  // namespace avouch::dialect::kbs
