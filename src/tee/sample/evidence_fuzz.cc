// Whatever parses survives a round trip unchanged.
#include "tee/sample/evidence.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace sample = avouch::tee::sample;
  const avouch::Result<sample::Evidence> evidence = sample::parse(avouch::Bytes(data, size));
  if (!evidence.has_value()) {
    if (evidence.error().blame != avouch::Blame::kEvidence) std::abort();
    return 0;
  }
  const std::string text = sample::encode(*evidence);
  const avouch::Result<sample::Evidence> again = sample::parse(avouch::as_bytes(text));
  if (!again.has_value() || again->svn != evidence->svn || again->report_data != evidence->report_data) std::abort();
  return 0;
}
