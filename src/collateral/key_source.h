// KeySource: public keys of somebody else that change while we run.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "crypto/key.h"

namespace avouch::collateral {

struct NamedKey {
  crypto::PublicKey key;
  std::string id;  // `kid` of its JWK; empty if it has none
};

// Thread safe. Neither call waits for anything.
class KeySource {
 public:
  virtual ~KeySource() = default;
  // As they were last seen; none while nothing recent enough is known. Never null.
  virtual std::shared_ptr<const std::vector<NamedKey>> keys() const = 0;
  // Something was signed by a key that is not among them: it may be new.
  virtual void look_again() const = 0;
};

}  // namespace avouch::collateral
