// Collateral as the store of an operator would give it: read from a document, split into records, keys parsed again.
#pragma once

#include "format/jwk.h"
#include "tee/cca/room.h"

namespace avouch::tee::cca::for_test {

inline void add_endorsements(Collateral& collateral, const Json& document) {
  const EndorsedRecords records = make_room()->read_endorsements(document).value();
  for (const EndorsedRecords::Record& record : records.trust_anchors) {
    collateral.trust_anchors.push_back({record.key, jose::public_key_from_jwk(record.content).value()});
  }
  for (const EndorsedRecords::Record& record : records.platform_references) {
    collateral.platform_references.push_back({record.key, record.content});
  }
}

inline Collateral endorsed(const Json& document) {
  Collateral collateral;
  add_endorsements(collateral, document);
  return collateral;
}

inline Collateral endorsed(const Json& ta_store, const Json& rv_store) {
  Collateral collateral = endorsed(ta_store);
  add_endorsements(collateral, rv_store);
  return collateral;
}

}  // namespace avouch::tee::cca::for_test
