#include "tee/rooms.h"

#include <algorithm>
#include <array>
#include <string>

#include "codec/utf8.h"
#include "tee/cca/room.h"
#include "tee/sample/room.h"

namespace avouch::tee {
namespace {

// TEEs of the KBS protocol (crate kbs-types 0.18.0, enum Tee) that this build knows by name and does not verify.
constexpr std::array<std::string_view, 13> kUnsupported = {
    "az-snp-vtpm", "az-tdx-vtpm", "csv", "hygondcu",     "nvidia", "nvidia-dpu", "nvidiadpu",
    "se",          "sgx",         "snp", "sampledevice", "tdx",    "tpm",
};
constexpr std::string_view kSample = "sample";

}  // namespace

Rooms::Rooms(bool allow_sample) : allow_sample_(allow_sample) {
  rooms_.push_back(cca::make_room());
  if (allow_sample_) rooms_.push_back(sample::make_room());
}

Result<const Room*> Rooms::find(std::string_view name) const {
  for (const std::unique_ptr<Room>& room : rooms_) {
    if (room->name() == name) return room.get();
  }
  ENSURE(name != kSample,
         Error{Blame::kRequest, "tee.sample-off",
               "the sample TEE proves nothing and is switched off; avouchd --allow-sample switches it on"});
  ENSURE(std::find(kUnsupported.begin(), kUnsupported.end(), name) == kUnsupported.end(),
         Error{Blame::kRequest, "tee.unsupported", "this build does not verify the TEE \"" + std::string(name) + "\""});
  return Error{Blame::kRequest, "tee.unknown",
               "no TEE is called \"" + std::string(codec::utf8_prefix(name, 64)) + "\""};
}

}  // namespace avouch::tee
