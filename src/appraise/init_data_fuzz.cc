// Init data that is accepted has a digest of a known length, and claims that JSON can carry: they are written, and read
// back as the same value, and leave room for what carries them.
#include <cstddef>
#include <cstdint>

#include "appraise/init_data.h"
#include "base/check.h"
#include "base/limits.h"
#include "codec/json_depth.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const avouch::Result<avouch::appraise::InitData> init_data =
      avouch::appraise::parse_init_data("toml", avouch::as_text({data, size}));
  if (!init_data.has_value()) return 0;
  const std::size_t digest_bytes = init_data->digest.size();
  CHECK(digest_bytes == 32 || digest_bytes == 48 || digest_bytes == 64);
  CHECK(init_data->claims.as_object() != nullptr);
  const avouch::Result<avouch::Json> again = avouch::parse_json(avouch::to_text(init_data->claims));
  CHECK(again.has_value());
  CHECK(*again == init_data->claims);
  CHECK(avouch::depth_of(init_data->claims) <= avouch::limits::kEmbeddedJsonDepth + 1);
  return 0;
}
