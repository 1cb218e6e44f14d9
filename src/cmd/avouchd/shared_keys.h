// The keys that replicas have to have in common: what one of them seals or signs, the others open or accept. The first
// of many that start at once puts each of them in the store; all others take it from there. Only the master key, under
// which they lie there, has to be given to each replica.
#pragma once

#include "base/log.h"
#include "base/result.h"
#include "base/secret.h"
#include "cmd/avouchd/config.h"
#include "cmd/avouchd/stores.h"
#include "cmd/common/data_directory.h"
#include "store/store.h"

namespace avouch::cmd {

// The master key: of the file that the config names, or of the data directory, made there on the first start. Not if
// `shared` (null: no store is shared) has records under another one already.
//   fails   as DataDirectory::master_key(), and kUnavailable: vault.master-key, store.*
Result<Secret> load_master_key(const Config& config, const DataDirectory& data, store::Store* shared);

// Makes the data directory's keys for tokens and administrators those of the store; one that is in the folder already
// is offered to the store, and has to be the one that it has.
//   fails   kUnavailable: store.*, vault.master-key, file.*; kRequest: key.differs
Status settle_key_files(store::Store& store, const Secret& master_key, const Config& config, const DataDirectory& data);

// All of the above, made where they are missing, the master key last: who finds it finds the others.
//   fails   as those do
Result<Secret> load_keys(const Config& config, const DataDirectory& data, Stores& stores);
// Logs which keys of an earlier start are gone.
void warn_of_lost_keys(const Config& config, const DataDirectory& data, const Log& log);

// The key that sessions' tickets come from.   fails   kUnavailable: store.*, vault.master-key
Result<Secret> settle_ticket_key(store::Store& store, const Secret& master_key);

}  // namespace avouch::cmd
