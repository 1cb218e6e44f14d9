#include "cmd/avouchd/shared_keys.h"

#include <functional>

#include "base/file.h"
#include "broker/vault.h"
#include "crypto/encryption.h"
#include "crypto/random.h"

namespace avouch::cmd {
namespace {

constexpr std::string_view kSpace = "shared-key";
constexpr std::size_t kKeyFileBytes = 64 * 1024;

Error other_master_key(const std::string& file) {
  return Error{Blame::kUnavailable, "vault.master-key",
               "the shared store lies under another master key: copy master.key of a replica that works to " + file};
}

Result<Secret> settle(store::Store& store, const Secret& master_key, const std::string& name,
                      const std::function<Result<Secret>()>& make) {
  const crypto::RecordCipher cipher(crypto::hkdf_sha256(master_key, {}, "avouch shared keys 1", crypto::kAesKeyBytes));
  const std::string place = "avouch shared key 1 " + name;
  std::optional<Buffer> sealed = TRY(store.get(kSpace, name));
  if (!sealed.has_value()) {
    const Secret candidate = TRY(make());
    const Buffer offered = cipher.seal(candidate.reveal(), as_bytes(place));
    TRY(store.put_if_absent(kSpace, name, offered, store::Expiry::never()));
    sealed = TRY(store.get(kSpace, name));
  }
  Result<Secret> settled = cipher.open(sealed.value_or(Buffer{}), as_bytes(place));
  ENSURE(settled.has_value(), Error{Blame::kUnavailable, "vault.master-key",
                                    "the store's " + name + " does not open: another master key, or tampered with"});
  return settled;
}

Status settle_file(store::Store& store, const Secret& master_key, const std::string& name, const std::string& file,
                   const std::function<crypto::PrivateKey()>& make) {
  const auto offer = [&]() -> Result<Secret> {
    if (!file_exists(file)) return make().to_pkcs8_pem();
    return Secret(TRY(read_file(file, kKeyFileBytes)));
  };
  const Secret settled = TRY(settle(store, master_key, name, offer));
  if (!file_exists(file)) return write_file(file, settled.reveal(), 0600);
  const Secret own(TRY(read_file(file, kKeyFileBytes)));
  ENSURE(equal_constant_time(own.reveal(), settled.reveal()),
         Error{Blame::kRequest, "key.differs",
               file + " is not the " + name + " that the replicas of this store have: move it away to take theirs"});
  return ok();
}

}  // namespace

Result<Secret> load_master_key(const Config& config, const DataDirectory& data, store::Store* shared) {
  const std::string file = config.master_key_file.empty() ? data.master_key_file() : config.master_key_file;
  if (shared != nullptr && !file_exists(file)) {
    const bool is_taken = TRY(broker::Vault::has_mark(*shared));
    ENSURE(!is_taken, other_master_key(file));
  }
  Secret key = TRY(config.master_key_file.empty() ? data.master_key() : read_master_key(file));
  if (shared == nullptr) return key;
  const Status checked = broker::Vault(*shared, key).check_master_key();
  if (checked.has_value()) return key;
  return std::string_view(checked.error().code) == "vault.master-key" ? other_master_key(file) : checked.error();
}

Status settle_key_files(store::Store& store, const Secret& master_key, const Config& config,
                        const DataDirectory& data) {
  if (config.signer_key_file.empty()) {
    TRY(settle_file(store, master_key, "token-key", data.token_key_file(),
                    [] { return crypto::PrivateKey::generate_ec(crypto::Curve::kP256); }));
  }
  if (config.own_admin) {
    TRY(settle_file(store, master_key, "admin-key", data.admin_key_file(),
                    [] { return crypto::PrivateKey::generate_ed25519(); }));
  }
  return ok();
}

Result<Secret> settle_ticket_key(store::Store& store, const Secret& master_key) {
  return settle(store, master_key, "ticket-key",
                [] { return Result<Secret>(Secret(crypto::random_bytes(crypto::kAesKeyBytes))); });
}

// The master key is the last that a first start makes: where it is, the others were.
void warn_of_lost_keys(const Config& config, const DataDirectory& data, const Log& log) {
  if (!file_exists(data.master_key_file())) return;
  const auto warn = [&log](bool is_ours, const std::string& file) {
    if (is_ours && !file_exists(file))
      log.warn("key.lost",
               {{"file", file}, {"next", "a new one is made: restore the old one if what it signed counts"}});
  };
  warn(config.signer_key_file.empty(), data.token_key_file());
  warn(config.own_admin, data.admin_key_file());
}

// The master key is made last where no other replica has it: whoever finds it finds the others.
Result<Secret> load_keys(const Config& config, const DataDirectory& data, Stores& stores) {
  if (!stores.own_is_shared) {
    if (config.signer_key_file.empty()) TRY(data.token_key());
    if (config.own_admin) TRY(data.admin_key());
  }
  store::Store* const shared = stores.own_is_shared ? stores.own.get() : stores.for_sessions();
  Secret master_key = TRY(load_master_key(config, data, shared));
  if (stores.own_is_shared) TRY(settle_key_files(*stores.own, master_key, config, data));
  return master_key;
}

}  // namespace avouch::cmd
