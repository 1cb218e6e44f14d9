// A store that can be told to fail, as one whose disk is full or gone.
#pragma once

#include <atomic>
#include <memory>

#include "store/backends.h"

namespace avouch::testing {

class FailingStore : public store::Store {
 public:
  explicit FailingStore(const Clock& clock) : kept_(store::make_memory_store(clock)) {}

  void fail(bool fails) { fails_ = fails; }

  Result<std::optional<Buffer>> get(std::string_view space, std::string_view key) const override {
    TRY(work());
    return kept_->get(space, key);
  }
  Status put(std::string_view space, std::string_view key, Bytes value, store::Expiry expiry) override {
    TRY(work());
    return kept_->put(space, key, value, expiry);
  }
  Result<bool> put_if_absent(std::string_view space, std::string_view key, Bytes value, store::Expiry expiry) override {
    TRY(work());
    return kept_->put_if_absent(space, key, value, expiry);
  }
  Result<bool> compare_and_set(std::string_view space, std::string_view key, Bytes expected, Bytes value,
                               store::Expiry expiry) override {
    TRY(work());
    return kept_->compare_and_set(space, key, expected, value, expiry);
  }
  Result<bool> erase(std::string_view space, std::string_view key) override {
    TRY(work());
    return kept_->erase(space, key);
  }
  Result<std::vector<std::string>> list(std::string_view space, std::string_view prefix, std::string_view after,
                                        std::size_t limit) const override {
    TRY(work());
    return kept_->list(space, prefix, after, limit);
  }
  Result<std::vector<std::string>> spaces() const override {
    TRY(work());
    return kept_->spaces();
  }
  Result<std::size_t> collect_garbage() override {
    TRY(work());
    return kept_->collect_garbage();
  }
  Result<std::uint64_t> generation(std::string_view space) const override {
    TRY(work());
    return kept_->generation(space);
  }

 private:
  Status work() const {
    ENSURE(!fails_, Error{Blame::kUnavailable, "store.full", "no space left"});
    return ok();
  }
  std::unique_ptr<store::Store> kept_;
  std::atomic<bool> fails_{false};
};

}  // namespace avouch::testing
