#include "guest/tsm_report.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "base/file.h"
#include "base/limits.h"

namespace avouch::guest {
namespace {

constexpr std::size_t kTextBytes = 4096;  // a text attribute of configfs fits a page

Error failed(const std::string& path, const char* step) {
  return Error{Blame::kUnavailable, "guest.tsm.failed", path + ": " + step + ": " + std::strerror(errno)};
}

// A folder under the report root, for which the kernel makes the attributes. It must go by rmdir alone: its files
// cannot be unlinked.
class Entry {
 public:
  static Result<Entry> make(const std::string& root) {
    std::string path = root + "/avouch-XXXXXX";
    if (::mkdtemp(path.data()) != nullptr) return Entry(std::move(path));
    const int problem = errno;
    const std::string detail = root + ": mkdir: " + std::strerror(problem);
    // ENXIO: the interface is there, but no driver has registered with it.
    ENSURE(problem != ENOENT && problem != ENOTDIR && problem != ENXIO,
           Error{Blame::kUnavailable, "guest.tsm.absent", detail});
    ENSURE(problem != EACCES && problem != EPERM && problem != EROFS,
           Error{Blame::kUnavailable, "guest.tsm.denied", detail + "; run as root"});
    return Error{Blame::kUnavailable, "guest.tsm.failed", detail};
  }

  Entry(Entry&& other) noexcept : path_(std::move(other.path_)) { other.path_.clear(); }
  Entry& operator=(Entry&&) = delete;
  ~Entry() {
    if (!path_.empty()) ::rmdir(path_.c_str());
  }

  Result<Buffer> read(const char* attribute, std::size_t limit_bytes) const {
    Result<Buffer> content = read_file(path_ + "/" + attribute, limit_bytes);
    ENSURE(content.has_value(), Error{Blame::kUnavailable, "guest.tsm.failed", content.error().detail});
    return content;
  }

  // A text attribute, without the newline that ends it.
  Result<std::string> read_text(const char* attribute) const {
    const Buffer content = TRY(read(attribute, kTextBytes));
    std::string text(as_text(content));
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return text;
  }

  // The number of writes that the entry has seen.
  Result<std::uint32_t> generation() const {
    const std::string text = TRY(read_text("generation"));
    std::uint32_t value = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    ENSURE(problem == std::errc{} && end == text.data() + text.size() && !text.empty(),
           Error{Blame::kUnavailable, "guest.tsm.failed", path_ + "/generation: not a number"});
    return value;
  }

  // In one write(2). The kernel takes the content when the file is closed, so that counts as well.
  Status write(const char* attribute, Bytes content) const {
    const std::string path = path_ + "/" + attribute;
    const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    ENSURE(fd >= 0, failed(path, "open"));
    const ssize_t written = ::write(fd, content.data(), content.size());
    const int write_errno = errno;
    const int closed = ::close(fd);
    if (written < 0) errno = write_errno;
    ENSURE(written >= 0, failed(path, "write"));
    ENSURE(closed == 0, failed(path, "close"));
    ENSURE(static_cast<std::size_t>(written) == content.size(),
           Error{Blame::kUnavailable, "guest.tsm.failed", path + ": took " + std::to_string(written) + " octets"});
    return ok();
  }

 private:
  explicit Entry(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

}  // namespace

Result<std::string> tsm_provider(const std::string& root) {
  const Entry entry = TRY(Entry::make(root));
  return entry.read_text("provider");
}

Result<TsmReport> read_tsm_report(const std::string& root, Bytes inblob) {
  ENSURE(!inblob.empty() && inblob.size() <= kTsmInblobBytesMax,
         Error{Blame::kRequest, "guest.report-data",
               std::to_string(inblob.size()) + " octets, not 1 to " + std::to_string(kTsmInblobBytesMax)});
  const Entry entry = TRY(Entry::make(root));
  const std::uint32_t before = TRY(entry.generation());
  TRY(entry.write("inblob", inblob));
  TsmReport report;
  report.outblob = TRY(entry.read("outblob", limits::kEvidenceBytes));
  report.provider = TRY(entry.read_text("provider"));
  const std::uint32_t after = TRY(entry.generation());
  ENSURE(after == static_cast<std::uint32_t>(before + 1),
         Error{Blame::kUnavailable, "guest.tsm.contended",
               "generation went from " + std::to_string(before) + " to " + std::to_string(after)});
  ENSURE(!report.outblob.empty(), Error{Blame::kUnavailable, "guest.tsm.failed", "the kernel gave an empty report"});
  return report;
}

}  // namespace avouch::guest
