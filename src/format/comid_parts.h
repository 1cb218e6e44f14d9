// The parts of a CoMID, one function a type of the specification; each reads exactly one item. Internal to format/.
#pragma once

#include "codec/cbor.h"
#include "format/comid.h"

namespace avouch::corim {

// Whether one more item may be held.   fails   kEvidence: comid.too-many
Status take(Allowance& allowance, const cbor::Reader& in);

// How many items a list has that must not be empty.   fails   kEvidence: cbor.*, comid.empty
Result<std::uint64_t> filled_array(cbor::Reader& in);

inline constexpr std::size_t kUuidBytes = 16, kUeidBytes = 33;
// Octets of that many.   fails   kEvidence: cbor.*, comid.size
Result<Bytes> octets_of(cbor::Reader& in, std::size_t size);

Result<Name> read_tag_id(cbor::Reader& in);
Result<Name> read_name(cbor::Reader& in);
Result<Environment> read_environment(cbor::Reader& in);
Result<Measurement> read_measurement(cbor::Reader& in, Allowance& allowance);
Result<CryptoKey> read_crypto_key(cbor::Reader& in);
Result<std::vector<CryptoKey>> read_crypto_keys(cbor::Reader& in, Allowance& allowance);

}  // namespace avouch::corim
