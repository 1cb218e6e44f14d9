// Whole files, read within a limit and written so that a crash leaves the old content or the new, never a mixture.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace avouch {

// The content of a file of at most limit_bytes.
//   fails   kRequest: file.missing, file.too-large, file.unreadable
Result<Buffer> read_file(const std::string& path, std::size_t limit_bytes);
Result<std::string> read_text_file(const std::string& path, std::size_t limit_bytes);

// Replaces a file durably: temporary file beside it, fsync, rename, fsync of the folder.
//   fails   kUnavailable: file.write (disk full, no permission, ...)
Status write_file(const std::string& path, Bytes content, mode_t mode);

// Makes a folder of exactly that mode, and its parents as the umask has them. One that is there stays as it is.
//   fails   kUnavailable: file.write
Status make_folder(const std::string& path, mode_t mode);

bool file_exists(const std::string& path);

}  // namespace avouch
