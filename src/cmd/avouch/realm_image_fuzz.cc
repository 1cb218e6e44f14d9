// Images of any content and size. The first octet says where the content is cut in two files. What is measured of files
// is what is measured of their granules by hand, and a cut between granules changes nothing.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "cmd/avouch/realm_measurement.h"

namespace {

using namespace avouch;
constexpr std::size_t kGranule = cmd::RealmMeasurement::kGranuleBytes;
constexpr std::uint64_t kFirstAddress = 0x4000'0000;

class File {
 public:
  explicit File(Bytes content) : fd_(::memfd_create("image", 0)) {
    CHECK(fd_ >= 0 && ::write(fd_, content.data(), content.size()) == static_cast<ssize_t>(content.size()));
  }
  ~File() { ::close(fd_); }
  std::string path() const { return "/proc/self/fd/" + std::to_string(fd_); }

 private:
  int fd_;
};

void add_by_hand(cmd::RealmMeasurement& measurement, std::uint64_t& address, Bytes content) {
  for (std::size_t start = 0; start < content.size(); start += kGranule) {
    Buffer granule = to_buffer(content.subspan(start, std::min(kGranule, content.size() - start)));
    granule.resize(kGranule);
    measurement.add_data(address, granule);
    address += kGranule;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input(data, size);
  const Bytes content = input.subspan(std::min<std::size_t>(size, 1));
  const std::size_t cut = std::min<std::size_t>(content.size(), size == 0 ? 0 : std::size_t{data[0]} * 64);
  const Bytes first = content.first(cut), second = content.subspan(cut);
  const File front(first), back(second), both(content);

  const Result<Buffer> measured = cmd::measure_images({front.path(), back.path()});
  CHECK(measured.has_value() == (!first.empty() && !second.empty()));
  if (!measured.has_value()) {
    CHECK(std::string_view(measured.error().code) == "realm.image");
    return 0;
  }
  cmd::RealmMeasurement by_hand;
  std::uint64_t address = kFirstAddress;
  add_by_hand(by_hand, address, first);
  add_by_hand(by_hand, address, second);
  CHECK(to_buffer(by_hand.value()) == *measured);
  const Buffer whole = cmd::measure_images({both.path()}).value();
  if (cut % kGranule == 0) CHECK(whole == *measured);
  if (cut % kGranule != 0) CHECK(whole != *measured);
  return 0;
}
