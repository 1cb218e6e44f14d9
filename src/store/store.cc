#include "store/store.h"

#include "store/keys.h"

namespace avouch::store {

Status Store::put_all(std::string_view space, std::span<const Record> records, Expiry expiry) {
  for (const Record& record : records) TRY(check_name(space, record.key));  // before the first is written
  for (const Record& record : records) TRY(put(space, record.key, record.value, expiry));
  return ok();
}

Status Store::erase_all(std::string_view space, std::span<const std::string> keys) {
  for (const std::string& key : keys) TRY(erase(space, key));
  return ok();
}

}  // namespace avouch::store
