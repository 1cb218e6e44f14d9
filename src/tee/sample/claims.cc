#include "tee/sample/claims.h"

#include "codec/base64.h"

namespace avouch::tee::sample {

Claims claims(const Evidence& evidence, const Binding& binding) {
  Claims out;
  out.tee = "sample";
  out.submod = "cpu";
  out.evidence = Json::object({{"svn", evidence.svn},
                               {"launch_digest", "abcde"},
                               {"platform_version", Json::object({{"major", 1}, {"minor", 4}})},
                               {"debug", false}});
  out.report_data = codec::to_base64(evidence.report_data);
  // A sample carries no init data: the peer repeats what it expected.
  if (const Buffer* digest = binding.init_data()) out.init_data = codec::to_base64(*digest);
  return out;
}

}  // namespace avouch::tee::sample
