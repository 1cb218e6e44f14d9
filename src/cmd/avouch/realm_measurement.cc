#include "cmd/avouch/realm_measurement.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include "base/check.h"
#include "base/limits.h"

namespace avouch::cmd {
namespace {

constexpr std::uint64_t kFirstAddress = 0x4000'0000;
constexpr std::size_t kDescriptorBytes = 256;

using Granule = std::array<std::uint8_t, RealmMeasurement::kGranuleBytes>;

void put_little_endian(std::span<std::uint8_t> out, std::uint64_t value) {
  for (std::uint8_t& octet : out.first(8)) {
    octet = static_cast<std::uint8_t>(value);
    value >>= 8;
  }
}

Error image_error(const std::string& path, const std::string& problem) {
  return Error{Blame::kRequest, "realm.image", path + ": " + problem};
}

// Fills a granule; fewer octets are the end of the file.
Result<std::size_t> read_granule(int fd, Granule& granule, const std::string& path) {
  granule.fill(0);
  std::size_t used = 0;
  while (used < granule.size()) {
    const ssize_t count = ::read(fd, granule.data() + used, granule.size() - used);
    if (count < 0 && errno == EINTR) continue;
    ENSURE(count >= 0, image_error(path, std::strerror(errno)));
    if (count == 0) break;
    used += static_cast<std::size_t>(count);
  }
  return used;
}

// Measures one file from `address` on, and moves `address` behind it.
Status measure_file(int fd, const std::string& path, RealmMeasurement& measurement, std::uint64_t& address) {
  const std::uint64_t start = address;
  Granule granule;
  while (TRY(read_granule(fd, granule, path)) > 0) {
    ENSURE(address - kFirstAddress < limits::kRealmImageBytes, image_error(path, "the images are too large"));
    measurement.add_data(address, granule);
    address += granule.size();
  }
  ENSURE(address > start, image_error(path, "the file is empty"));
  return ok();
}

}  // namespace

RealmMeasurement::RealmMeasurement() {
  Granule parameters{};  // RmiRealmParams. Zeros: flags, the number of break- and watchpoints less one, hash SHA-256.
  parameters[8] = 40;    // s2sz
  value_ = crypto::digest(crypto::Hash::kSha256, parameters);
}

void RealmMeasurement::add_data(std::uint64_t address, Bytes granule) {
  CHECK(granule.size() == kGranuleBytes);
  const crypto::Digest content = crypto::digest(crypto::Hash::kSha256, granule);
  std::array<std::uint8_t, kDescriptorBytes> descriptor{};  // type 0: DATA
  const std::span<std::uint8_t> fields(descriptor);
  put_little_endian(fields.subspan(8), kDescriptorBytes);
  std::copy(value_.bytes().begin(), value_.bytes().end(), fields.begin() + 16);
  put_little_endian(fields.subspan(80), address);
  put_little_endian(fields.subspan(88), 1);  // flags: measured
  std::copy(content.bytes().begin(), content.bytes().end(), fields.begin() + 96);
  value_ = crypto::digest(crypto::Hash::kSha256, descriptor);
}

Result<Buffer> measure_images(const std::vector<std::string>& paths) {
  ENSURE(!paths.empty(), Error{Blame::kRequest, "realm.image", "no file"});
  RealmMeasurement measurement;
  std::uint64_t address = kFirstAddress;
  for (const std::string& path : paths) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    ENSURE(fd >= 0, image_error(path, std::strerror(errno)));
    const Status measured = measure_file(fd, path, measurement, address);
    ::close(fd);
    TRY(measured);
  }
  return to_buffer(measurement.value());
}

}  // namespace avouch::cmd
