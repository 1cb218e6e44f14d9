// One space of a local_fs store, for writing. What only Avouch needs lies beside the spaces, where a peer that lists a
// space does not meet it:
//
//   <folder>/.avouch/<space>.lock   held with flock(2) by the one who writes; its eight octets count the writes
//   <folder>/.avouch/<space>.new    the next file of the space while it is written
#pragma once

#include "store/descriptor.h"
#include "store/local_space.h"

namespace avouch::store {

enum class IfThere : unsigned char { kReplace, kLeave };

// The right to write into a space: of all threads and processes that ask for it, one has it.
class SpaceLock {
 public:
  // Makes the space's folder when absent. Waits kWriterWait at most.
  //   fails   kUnavailable: store.io, store.full
  static Result<SpaceLock> acquire(const LocalSpace& space);

  // Makes the file, whole and durable, with mode 0600; whether it did: with kLeave, not if there was one.
  //   fails   kUnavailable: store.io, store.full
  Result<bool> write(const std::string& file_name, Bytes content, IfThere if_there);

  // Removes the file; whether it was there.
  //   fails   kUnavailable: store.io
  Result<bool> remove(const std::string& file_name);

 private:
  SpaceLock(LocalSpace space, Descriptor lock, Descriptor folder)
      : space_(std::move(space)), lock_(std::move(lock)), folder_(std::move(folder)) {}
  Status finish_change(const std::string& file_name);

  LocalSpace space_;
  Descriptor lock_;
  Descriptor folder_;
};

// Writes counted under the space's lock, by all processes together; 0 if there were none.
std::uint64_t count_writes(const LocalSpace& space);

// Removes what writers that died have left half-written. Leaves it where it may not be written.
void remove_leftovers(int root);

}  // namespace avouch::store
