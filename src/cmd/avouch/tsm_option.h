// The text attributes of a TSM report entry that can be written. Arm CCA uses none of them: what they take is all there
// is.
#pragma once

#include <string_view>

#include "base/bytes.h"

namespace avouch::cmd {

// 0 if Linux takes this content, else the errno of the write: EINVAL, ERANGE.
//   attribute   privlevel (0 to 3), service_guid, service_manifest_version (32 bits) or service_provider (anything)
//   source      Linux, drivers/virt/coco/guest/report.c: tsm_report_*_store()
int check_tsm_option(std::string_view attribute, Bytes content);

}  // namespace avouch::cmd
