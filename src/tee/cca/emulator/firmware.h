// What the emulated platform says it booted: the list and order of a TF-A build for Arm's reference platform with RSE
// and TF-RMM. The measurements are digests of the names: they stand for no real binary.
#pragma once

#include <array>
#include <string_view>

#include "base/bytes.h"
#include "crypto/digest.h"

namespace avouch::tee::cca::emulator {

struct Firmware {
  std::string_view type;
  std::string_view version;  // empty: the component has none
};

inline constexpr std::array<Firmware, 9> kFirmware = {{
    {"RSE_BL1_2", "1.0.0"},
    {"RSE_BL2", "1.0.0"},
    {"RSE_S", "1.0.0"},
    {"AP_BL1", "2.11.0"},
    {"AP_BL2", "2.11.0"},
    {"AP_BL31", "2.11.0"},
    {"RMM", "0.6.0"},
    {"HW_CONFIG", ""},
    {"FW_CONFIG", ""},
}};

inline constexpr std::string_view kServiceIndicator = "https://avouch.example/.well-known/veraison/verification";

crypto::Digest firmware_measurement(const Firmware& firmware);  // SHA-256
crypto::Digest firmware_signer();                               // SHA-256
Bytes platform_config();
Bytes implementation_id();  // 32 octets

}  // namespace avouch::tee::cca::emulator
