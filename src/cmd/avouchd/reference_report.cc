#include "cmd/avouchd/reference_report.h"

#include <algorithm>

namespace avouch::cmd {

Status report_reference_values(appraise::ReferenceValues& values, Instant now, const Log& log) {
  constexpr std::size_t kNamedMax = 5;
  const auto snapshot = TRY(values.snapshot(kReportedNames));
  for (const auto& [name, error] : snapshot->damaged()) {
    log.error("reference-value.damaged", {{"name", name}, {"detail", error.detail}});
  }
  const std::vector<appraise::Ending> endings = snapshot->endings(now, now + kEndingNotice);
  for (std::size_t i = 0; i < std::min(endings.size(), kNamedMax); ++i) {
    log.warn("reference-value.ends", {{"name", endings[i].name}, {"at", to_rfc3339(endings[i].at)}});
  }
  if (endings.size() > kNamedMax) {
    log.warn("reference-values.end",
             {{"count", static_cast<std::int64_t>(endings.size())}, {"next", "avouch refval forecast lists them"}});
  }
  return ok();
}

}  // namespace avouch::cmd
