// The files that a config names: a ta-store, after a line of dashes a rv-store, and after another a JWK set.
// Endorsements that are loaded are those that the room itself reads of each file; every key of a set is loaded, or
// none.
#include "cmd/avouchd/inputs.h"

#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "format/jwk.h"

namespace {

using namespace avouch;

class File {
 public:
  explicit File(std::string_view content) : fd_(::memfd_create("input", 0)) {
    CHECK(fd_ >= 0 && ::write(fd_, content.data(), content.size()) == static_cast<ssize_t>(content.size()));
  }
  ~File() { ::close(fd_); }
  std::string path() const { return "/proc/self/fd/" + std::to_string(fd_); }

 private:
  int fd_;
};

std::array<std::string_view, 3> parts_of(std::string_view text) {
  constexpr std::string_view kNextPart = "\n---\n";
  std::array<std::string_view, 3> out;
  for (std::string_view& part : out) {
    part = text.substr(0, text.find(kNextPart));
    text.remove_prefix(std::min(text.size(), part.size() + kNextPart.size()));
  }
  return out;
}

void check_endorsements(std::string_view ta_store, std::string_view rv_store) {
  static const tee::Rooms rooms(false);
  const File anchors(ta_store), references(rv_store);
  const Json local = Json::object({{"type", "local"}, {"ta-store", anchors.path()}, {"rv-store", references.path()}});
  const File cca_config(to_text(Json::object({{"cca-verifier", local}})));
  cmd::Config config;
  config.cca_config_file = cca_config.path();
  const Result<cmd::CcaInputs> loaded = cmd::load_cca(config, rooms);
  if (!loaded.has_value()) {
    CHECK(loaded.error().blame == Blame::kRequest);
    return;
  }
  const tee::Room* room = rooms.find("cca").value();
  std::size_t anchor_count = 0, reference_count = 0;
  for (const std::string_view text : {ta_store, rv_store}) {
    const auto read = room->read_endorsements(parse_json(text).value());
    anchor_count += read.value().trust_anchors.size();
    reference_count += read->platform_references.size();
  }
  const tee::EndorsedRecords& records = loaded->endorsements;
  CHECK(records.trust_anchors.size() == anchor_count && records.platform_references.size() == reference_count);
  CHECK(records.reference_values.empty());
}

void check_jwk_set(std::string_view text) {
  static const appraise::Signer signer =
      appraise::Signer::make(crypto::PrivateKey::generate_ec(crypto::Curve::kP256), {}).value();
  const File file(text);
  cmd::Config config;
  config.trusted_jwk_set_files = {file.path()};
  const Result<broker::EarTrust> trust = cmd::load_ear_trust(config, signer, {});
  if (!trust.has_value()) {
    CHECK(trust.error().detail.starts_with(file.path()));
    return;
  }
  CHECK(trust->keys.size() == 1 + parse_json(text)->find("keys")->as_array()->size());
  CHECK(trust->roots.empty() && !trust->insecure_header_jwk);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto [ta_store, rv_store, jwk_set] = parts_of(as_text({data, size}));
  check_endorsements(ta_store, rv_store);
  check_jwk_set(jwk_set);
  return 0;
}
