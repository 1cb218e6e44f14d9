#include "net/grpc_wire.h"

#include <gmock/gmock.h>

namespace avouch::net {
namespace {

using namespace std::chrono_literals;

std::string text(const Bytes& bytes) {
  return std::string(as_text(bytes));
}

TEST(GrpcWire, FramesAndUnframes) {
  EXPECT_EQ(frame_grpc(as_bytes("abc")), std::string("\0\0\0\0\3abc", 8));
  for (const std::size_t size : {0U, 1U, 255U, 256U, 70'000U}) {
    const std::string message(size, 'm');
    const std::string body = frame_grpc(as_bytes(message));
    ASSERT_TRUE(unframe_grpc(body, size).has_value()) << size;
    EXPECT_EQ(text(*unframe_grpc(body, size)), message);
  }
}

TEST(GrpcWire, RefusesBodiesThatAreNotOneWholeMessage) {
  const std::string whole = frame_grpc(as_bytes("abc"));
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_EQ(unframe_grpc(whole.substr(0, length), 10).error().code, GrpcCode::kInternal) << length;
  }
  EXPECT_EQ(unframe_grpc(whole + "x", 10).error().code, GrpcCode::kInternal);
  EXPECT_EQ(unframe_grpc(whole + whole, 10).error().code, GrpcCode::kInternal);
  EXPECT_EQ(unframe_grpc(whole, 2).error().code, GrpcCode::kResourceExhausted);
  EXPECT_EQ(unframe_grpc("\xFF" + whole.substr(1), 10).error().code, GrpcCode::kInternal);
  EXPECT_EQ(unframe_grpc("\x01" + whole.substr(1), 10).error().code, GrpcCode::kUnimplemented);
}

TEST(GrpcWire, ReadsTimeoutsOfEveryUnit) {
  EXPECT_EQ(parse_grpc_timeout("2H"), 2h);
  EXPECT_EQ(parse_grpc_timeout("3M"), 3min);
  EXPECT_EQ(parse_grpc_timeout("4S"), 4s);
  EXPECT_EQ(parse_grpc_timeout("5m"), 5ms);
  EXPECT_EQ(parse_grpc_timeout("6000u"), 6ms);
  EXPECT_EQ(parse_grpc_timeout("7000000n"), 7ms);
  EXPECT_EQ(parse_grpc_timeout("99999999H"), 99'999'999h);
  EXPECT_EQ(parse_grpc_timeout("99999999n"), 99ms);
  for (const char* wrong : {"", "H", "1", "1h", "-1S", "+1S", "1.5S", " 1S", "1 S", "123456789S", "1SS", "0x1S"}) {
    EXPECT_EQ(parse_grpc_timeout(wrong), std::nullopt) << wrong;
  }
  for (const std::chrono::milliseconds span : {0ms, 1ms, 99'999'999ms}) {
    EXPECT_EQ(parse_grpc_timeout(format_grpc_timeout(span)), span);
  }
  EXPECT_EQ(format_grpc_timeout(-5ms), "0m");
  EXPECT_EQ(format_grpc_timeout(100'000'000ms), "100000S");
}

TEST(GrpcWire, CarriesAnyMessageInAField) {
  const std::string message = "caf\xC3\xA9: 100% \"sure\"\r\nx: y";
  const std::vector<HeaderField> trailers = grpc_trailers({GrpcCode::kNotFound, message});
  ASSERT_EQ(trailers.size(), 2U);
  EXPECT_EQ(trailers[0].second, "5");
  EXPECT_EQ(trailers[1].second, "caf%C3%A9: 100%25 \"sure\"%0D%0Ax: y");
  const GrpcStatus back = read_grpc_trailers(trailers);
  EXPECT_EQ(back.code, GrpcCode::kNotFound);
  EXPECT_EQ(back.message, message);
}

TEST(GrpcWire, TakesNoMissingOrUnknownStatusForSuccess) {
  for (const char* wrong : {"", "17", "-1", "-0", "0 ", "OK", "00x", "99999999999"}) {
    EXPECT_EQ(read_grpc_trailers({{"grpc-status", wrong}}).code, GrpcCode::kUnknown) << wrong;
  }
  EXPECT_EQ(read_grpc_trailers({}).code, GrpcCode::kUnknown);
  EXPECT_EQ(read_grpc_trailers({{"grpc-status", "0"}}).code, GrpcCode::kOk);
  EXPECT_EQ(read_grpc_trailers({{"grpc-status", "3"}, {"grpc-message", "100%"}}).message, "100%");
}

TEST(GrpcWire, KnowsItsContentTypes) {
  for (const char* good : {"application/grpc", "Application/gRPC", "application/grpc+proto", "application/grpc;a=b"}) {
    EXPECT_TRUE(is_grpc_content_type(good)) << good;
  }
  for (const char* other : {"", "application/json", "application/grpc-web", "application/grpc+json", "grpc"}) {
    EXPECT_FALSE(is_grpc_content_type(other)) << other;
  }
}

TEST(GrpcWire, NamesEachCode) {
  EXPECT_STREQ(to_string(GrpcCode::kOk), "OK");
  EXPECT_STREQ(to_string(GrpcCode::kUnauthenticated), "UNAUTHENTICATED");
  EXPECT_STREQ(to_string(static_cast<GrpcCode>(99)), "UNKNOWN");
}

}  // namespace
}  // namespace avouch::net
