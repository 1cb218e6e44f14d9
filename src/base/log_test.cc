#include "base/log.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cstdio>

#include "base/limits.h"

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
    std::array<char, 16'384> text{};
    const ssize_t count = ::read(pipe_[0], text.data(), text.size());
    return {text.data(), static_cast<std::size_t>(count - 1)};
  }
  // Until a writer would have to wait, or a reader.
  void fill() {
    const int flags = ::fcntl(pipe_[1], F_GETFL);
    ::fcntl(pipe_[1], F_SETFL, flags | O_NONBLOCK);
    const std::string block(4096, 'x');
    while (::write(pipe_[1], block.data(), block.size()) > 0) {
    }
    ::fcntl(pipe_[1], F_SETFL, flags);
  }
  void drain() {
    const int flags = ::fcntl(pipe_[0], F_GETFL);
    ::fcntl(pipe_[0], F_SETFL, flags | O_NONBLOCK);
    std::array<char, 4096> block{};
    while (::read(pipe_[0], block.data(), block.size()) > 0) {
    }
    ::fcntl(pipe_[0], F_SETFL, flags);
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

TEST_F(LogTest, WaitsForNoReaderAndSaysHowManyLinesThatHasCost) {
  const Log stalled = log(LogLevel::kInfo, LogFormat::kText);
  fill();
  for (int i = 0; i < 3; ++i) stalled.info("lost");
  drain();
  stalled.info("heard");
  EXPECT_EQ(written(),
            "1994-11-06T08:49:37Z warn log.lost lines=3\n"
            "1994-11-06T08:49:37Z info heard\n");
  stalled.info("again");
  EXPECT_EQ(written(), "1994-11-06T08:49:37Z info again\n") << "what was lost is told once";
}

TEST_F(LogTest, TellsWhatWasLostWhateverItsLevel) {
  const Log stalled = log(LogLevel::kError, LogFormat::kJson);
  fill();
  stalled.error("lost");
  drain();
  stalled.error("heard");
  EXPECT_NE(written().find("\"event\":\"log.lost\",\"lines\":1}\n"), std::string::npos);
}

TEST_F(LogTest, EndsALineThatADiskHasCutShort) {
  std::FILE* const file = std::tmpfile();
  ASSERT_NE(file, nullptr);
  const Log log(clock_, LogLevel::kInfo, LogFormat::kText, ::fileno(file));
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit ten{10, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &ten), 0);
  log.info("torn");
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  log.info("whole");
  std::array<char, 256> text{};
  const ssize_t count = ::pread(::fileno(file), text.data(), text.size(), 0);
  std::fclose(file);
  EXPECT_EQ(std::string(text.data(), static_cast<std::size_t>(count)),
            "1994-11-06\n"
            "1994-11-06T08:49:37Z warn log.lost lines=1\n"
            "1994-11-06T08:49:37Z info whole\n");
}

TEST_F(LogTest, CutsALineToWhatAPipeTakesWhole) {
  for (const LogFormat format : {LogFormat::kText, LogFormat::kJson}) {
    const Log chatty = log(LogLevel::kInfo, format);
    for (const char filler : {'x', '\n', '"'}) {
      for (std::size_t before = 0; before < 20; ++before) {
        chatty.info("event",
                    {{"before", std::string(before, '-')}, {"long", std::string(5'000, filler)}, {"after", "x"}});
        const std::string line = written();
        EXPECT_LE(line.size(), limits::kLogLineBytes);
        EXPECT_GT(line.size(), limits::kLogLineBytes - 20);
        EXPECT_TRUE(line.ends_with(format == LogFormat::kText ? "...\"\n" : "...\"}\n")) << before << filler;
      }
    }
  }
}

TEST_F(LogTest, LeavesOutFieldsThatHaveNoRoom) {
  const Log chatty = log(LogLevel::kInfo, LogFormat::kJson);
  for (std::size_t size = 3'900; size < 4'100; ++size) {
    chatty.info("event", {{"long", std::string(size, 'x')}, {"after", std::int64_t{-1}}});
    const std::string line = written();
    EXPECT_LE(line.size(), limits::kLogLineBytes);
    EXPECT_TRUE(line.ends_with("x\"}\n") || line.ends_with("x...\"}\n") || line.ends_with("x\",\"after\":-1}\n"))
        << size;
  }
}

}  // namespace
}  // namespace avouch
