#include "tee/cca/emulator/firmware.h"

namespace avouch::tee::cca::emulator {

crypto::Digest firmware_measurement(const Firmware& firmware) {
  return crypto::digest(crypto::Hash::kSha256,
                        {as_bytes("avouch emulated firmware: "), as_bytes(firmware.type), as_bytes(firmware.version)});
}

crypto::Digest firmware_signer() {
  return crypto::digest(crypto::Hash::kSha256, as_bytes("avouch emulated firmware signer"));
}

Bytes platform_config() {
  static constexpr std::array<std::uint8_t, 4> kConfig = {0xcf, 0xcf, 0xcf, 0xcf};
  return kConfig;
}

Bytes implementation_id() {
  static constexpr std::string_view kId = "avouch emulated CCA platform 001";
  static_assert(kId.size() == 32);
  return as_bytes(kId);
}

}  // namespace avouch::tee::cca::emulator
