// Expected values: computed from DEN0137's descriptors with Python's hashlib.
#include "cmd/avouch/realm_measurement.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "base/file.h"
#include "codec/hex.h"

namespace avouch::cmd {
namespace {

class RealmMeasurementTest : public ::testing::Test {
 protected:
  RealmMeasurementTest() { EXPECT_NE(::mkdtemp(folder_.data()), nullptr); }
  ~RealmMeasurementTest() override { std::filesystem::remove_all(folder_); }

  std::string file(const char* name, const std::string& content) {
    const std::string path = folder_ + "/" + name;
    EXPECT_TRUE(write_file(path, as_bytes(content), 0600).has_value());
    return path;
  }
  static std::string measure(const std::vector<std::string>& paths) {
    const Result<Buffer> rim = measure_images(paths);
    return rim.has_value() ? codec::to_hex(*rim) : rim.error().code;
  }

  std::string folder_ = "/tmp/avouch-image-test-XXXXXX";
};

TEST_F(RealmMeasurementTest, ARealmWithoutDataIsMeasuredByItsParameters) {
  EXPECT_EQ(codec::to_hex(RealmMeasurement().value()),
            "69c7b37493bb272a73b5540b00de2ddd1d891a6e74f927f9969ce59868b67fd3");
}

TEST_F(RealmMeasurementTest, FilesAreMeasuredAsTheRmmMeasuresGranules) {
  EXPECT_EQ(measure({file("kernel", "kernel")}), "3912f7b546e519009c135447f04e495657f152a1a0d1903863cc9e3d34e66d11");
  EXPECT_EQ(measure({file("kernel", std::string(5000, 'k')), file("initrd", "initrd")}),
            "069483fd1fe74cc6800479af1146bfd7b991a33ba64e3795e96d3fde76399fbe");
}

TEST_F(RealmMeasurementTest, EveryOctetAndTheOrderCount) {
  const std::string kernel = file("kernel", std::string(8192, 'k')), initrd = file("initrd", "initrd");
  std::string changed_content(8192, 'k');
  changed_content.back() = 'l';
  const std::string changed = file("changed", changed_content);
  EXPECT_NE(measure({kernel, initrd}), measure({changed, initrd}));
  EXPECT_NE(measure({kernel, initrd}), measure({initrd, kernel}));
  EXPECT_NE(measure({kernel, initrd}), measure({kernel}));
  EXPECT_EQ(measure({kernel, initrd}), measure({kernel, initrd}));
}

TEST_F(RealmMeasurementTest, RefusesWhatIsNoImage) {
  EXPECT_EQ(measure({}), "realm.image");
  EXPECT_EQ(measure({folder_ + "/absent"}), "realm.image");
  EXPECT_EQ(measure({folder_}), "realm.image");
  EXPECT_EQ(measure({file("kernel", "kernel"), file("empty", "")}), "realm.image");
}

}  // namespace
}  // namespace avouch::cmd
