#include "store/store.h"

#include "store/keys.h"

namespace avouch::store {
namespace {

constexpr std::size_t kPage = 1'000;  // keys

}  // namespace

Status Store::put_all(std::string_view space, std::span<const Record> records, Expiry expiry) {
  for (const Record& record : records) TRY(check_name(space, record.key));  // before the first is written
  for (const Record& record : records) TRY(put(space, record.key, record.value, expiry));
  return ok();
}

Status Store::erase_all(std::string_view space, std::span<const std::string> keys) {
  for (const std::string& key : keys) TRY(erase(space, key));
  return ok();
}

Result<std::vector<std::string>> list_all(const Store& store, std::string_view space, std::string_view prefix) {
  std::vector<std::string> keys;
  for (;;) {
    const std::vector<std::string> page = TRY(store.list(space, prefix, keys.empty() ? "" : keys.back(), kPage));
    keys.insert(keys.end(), page.begin(), page.end());
    if (page.size() < kPage) return keys;
  }
}

}  // namespace avouch::store
