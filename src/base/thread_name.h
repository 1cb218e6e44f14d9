// What operators see in `top -H` and perf.
#pragma once

#include <pthread.h>

namespace avouch {

// At most 15 octets, or it is not set.
inline void name_this_thread(const char* name) {
  ::pthread_setname_np(::pthread_self(), name);
}

}  // namespace avouch
