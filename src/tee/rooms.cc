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

constexpr Remedy kRemedies[] = {
    {"tee.sample-off", "The guest has only the sample TEE, which proves nothing and is switched off.",
     "For a test, set avouch.allow_sample = true in the config, or start the server so", "avouchd --allow-sample"},
    {"tee.", "The guest announced a TEE that this server does not verify: {detail}.",
     "Run the guest where this build has a verifier: in an Arm CCA realm.", ""},
};

const Room* named(const std::vector<std::unique_ptr<Room>>& rooms, std::string_view name) {
  const auto found = std::find_if(rooms.begin(), rooms.end(),
                                  [name](const std::unique_ptr<Room>& room) { return room->name() == name; });
  return found == rooms.end() ? nullptr : found->get();
}

}  // namespace

Rooms::Rooms(bool allow_sample, bool asks_elsewhere) {
  rooms_.push_back(cca::make_room(asks_elsewhere ? cca::Platforms::kVouchedElsewhere : cca::Platforms::kEndorsedHere));
  (allow_sample ? rooms_ : switched_off_).push_back(sample::make_room());
}

Result<const Room*> Rooms::find(std::string_view name) const {
  if (const Room* room = named(rooms_, name)) return room;
  ENSURE(named(switched_off_, name) == nullptr,
         Error{Blame::kRequest, "tee.sample-off",
               "the sample TEE proves nothing and is switched off; avouchd --allow-sample switches it on"});
  ENSURE(std::find(kUnsupported.begin(), kUnsupported.end(), name) == kUnsupported.end(),
         Error{Blame::kRequest, "tee.unsupported", "this build does not verify the TEE \"" + std::string(name) + "\""});
  return Error{Blame::kRequest, "tee.unknown",
               "no TEE is called \"" + std::string(codec::utf8_prefix(name, 64)) + "\""};
}

std::vector<Remedy> Rooms::remedies() const {
  std::vector<Remedy> out(std::begin(kRemedies), std::end(kRemedies));
  for (const auto* rooms : {&rooms_, &switched_off_}) {
    for (const std::unique_ptr<Room>& room : *rooms) {
      const std::span<const Remedy> rows = room->remedies();
      out.insert(out.end(), rows.begin(), rows.end());
    }
  }
  return out;
}

}  // namespace avouch::tee
