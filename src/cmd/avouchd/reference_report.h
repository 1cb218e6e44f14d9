// What a start finds out about the reference values that are kept here.
#pragma once

#include "appraise/reference_values.h"
#include "base/log.h"

namespace avouch::cmd {

// A warning this long before a value counts no more: time enough to endorse what takes its place.
inline constexpr std::chrono::days kEndingNotice{30};

// No start reads through a million: `avouch refval forecast` does.
inline constexpr std::size_t kReportedNames = 1'000;

// Of the first kReportedNames, logs those that cannot be read, and those that count no more within kEndingNotice: the
// first few by name, and how many there are.   fails   kUnavailable: store.*
Status report_reference_values(appraise::ReferenceValues& values, Instant now, const Log& log);

}  // namespace avouch::cmd
