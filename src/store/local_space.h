// One space of a local_fs store, for reading: the files of <folder>/<space>. A space of a local_json store is one file
// beside its fellows.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "store/keys.h"

namespace avouch::store {

// `root` is the open <folder>; `name` one that check_space() has let pass, thus a folder's name.
struct LocalSpace {
  int root;
  std::string name;
  std::string folder = {};  // of its files, if not that of its name: "." in a local_json store
  const std::string& folder_name() const { return folder.empty() ? name : folder; }
};

// The content of a file; none if there is none.
//   fails   kUnavailable: store.io, store.corrupt (not a regular file, over bytes_max)
Result<std::optional<Buffer>> read_record(const LocalSpace& space, const std::string& file_name,
                                          std::size_t bytes_max = kValueBytes);

// Names of the regular files of a space, unsorted; none if the space has no folder.
//   fails   kUnavailable: store.io
Result<std::vector<std::string>> file_names(const LocalSpace& space);

// Names of the folders in it, hidden ones too, unsorted; none if it does not exist.
//   fails   kUnavailable: store.io
Result<std::vector<std::string>> folder_names(const LocalSpace& space);

// A number that changes when a file of the space comes, goes or is written, by whomsoever, as far as time stamps tell.
//   fails   kUnavailable: store.io
Result<std::uint64_t> fingerprint_files(const LocalSpace& space);

// The same of one file; 0 if there is none.
std::uint64_t fingerprint_file(const LocalSpace& space, const std::string& file_name);

// The same from the time stamps of the folder alone: one system call, but blind to a file overwritten in place.
std::uint64_t fingerprint_folder(const LocalSpace& space);

}  // namespace avouch::store
