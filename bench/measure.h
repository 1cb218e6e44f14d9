// What the benches share: CPU time of an operation, and how to fail.
#pragma once

#include <ctime>

#include <cstdio>
#include <cstdlib>
#include <functional>

#include "base/result.h"

namespace avouch::bench {

inline double cpu_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// Microseconds of this process's CPU for one call.
inline double measure(double seconds, const std::function<void()>& operation) {
  operation();  // once, to warm up
  const double start = cpu_seconds();
  std::size_t count = 0;
  while (cpu_seconds() - start < seconds) {
    operation();
    ++count;
  }
  return (cpu_seconds() - start) * 1e6 / static_cast<double>(count);
}

inline void succeeded(const Status& status) {
  if (status.has_value()) return;
  std::fprintf(stderr, "bench: %s (%s)\n", status.error().detail.c_str(), status.error().code);
  std::quick_exit(1);
}

template <class T>
T must(Result<T> result) {
  if (!result.has_value()) succeeded(Status(tl::unexpected(result.error())));
  return *std::move(result);
}

}  // namespace avouch::bench
