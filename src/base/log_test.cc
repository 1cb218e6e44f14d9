#include "base/log.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>

namespace avouch {
namespace {

class StoppedClock final : public Clock {
 public:
  Instant now() const override { return from_unix_seconds(784'111'777); }
};

class LogTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(::pipe(pipe_.data()), 0); }
  void TearDown() override {
    ::close(pipe_[0]);
    ::close(pipe_[1]);
  }
  Log log(LogLevel level, LogFormat format) { return {clock_, level, format, pipe_[1]}; }
  std::string written() {
    EXPECT_EQ(::write(pipe_[1], "#", 1), 1);  // so that read() never waits
    std::array<char, 4096> text{};
    const ssize_t count = ::read(pipe_[0], text.data(), text.size());
    return {text.data(), static_cast<std::size_t>(count - 1)};
  }
  StoppedClock clock_;
  std::array<int, 2> pipe_{};
};

TEST_F(LogTest, WritesAnEventAsOneLineOfText) {
  log(LogLevel::kInfo, LogFormat::kText).info("started", {{"port", std::int64_t{8080}}, {"role", "broker"}});
  EXPECT_EQ(written(), "1994-11-06T08:49:37Z info started port=8080 role=\"broker\"\n");
}

TEST_F(LogTest, WritesAnEventAsOneLineOfJson) {
  log(LogLevel::kInfo, LogFormat::kJson).error("failed", {{"port", std::int64_t{-1}}, {"why", "full"}});
  EXPECT_EQ(
      written(),
      "{\"time\":\"1994-11-06T08:49:37Z\",\"level\":\"error\",\"event\":\"failed\",\"port\":-1,\"why\":\"full\"}\n");
}

TEST_F(LogTest, LetsNoValueBreakOutOfItsLine) {
  const std::string hostile("a\"b\\c\nd\x1b[2J\0\xff\x7f", 14);
  for (const LogFormat format : {LogFormat::kText, LogFormat::kJson}) {
    log(LogLevel::kInfo, format).warn("event", {{"value", hostile}});
    const std::string line = written();
    EXPECT_NE(line.find("\"a\\\"b\\\\c\\u000ad\\u001b[2J\\u0000\\u00ff\\u007f\""), std::string::npos) << line;
    EXPECT_EQ(line.find('\n'), line.size() - 1);
  }
}

TEST_F(LogTest, LeavesOutWhatIsBelowItsLevel) {
  const Log quiet = log(LogLevel::kWarn, LogFormat::kText);
  quiet.debug("one");
  quiet.info("two");
  EXPECT_EQ(written(), "");
  EXPECT_FALSE(quiet.enabled(LogLevel::kInfo));
  quiet.warn("three");
  EXPECT_NE(written().find("three"), std::string::npos);
  const Log off = log(LogLevel::kOff, LogFormat::kText);
  off.error("four");
  EXPECT_EQ(written(), "");
}

}  // namespace
}  // namespace avouch
