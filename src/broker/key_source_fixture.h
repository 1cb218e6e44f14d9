// A KeySource that a test changes as it likes.
#pragma once

#include <utility>
#include <vector>

#include "collateral/key_source.h"

namespace avouch::broker {

class FixedKeys final : public collateral::KeySource {
 public:
  std::shared_ptr<const std::vector<collateral::NamedKey>> keys() const override { return keys_; }
  void look_again() const override { ++asked_count; }
  void set(std::vector<collateral::NamedKey> keys) {
    keys_ = std::make_shared<std::vector<collateral::NamedKey>>(std::move(keys));
  }
  mutable int asked_count = 0;

 private:
  std::shared_ptr<const std::vector<collateral::NamedKey>> keys_ =
      std::make_shared<std::vector<collateral::NamedKey>>();
};

}  // namespace avouch::broker
