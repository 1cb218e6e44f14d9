#include "appraise/provenance.h"

#include <gtest/gtest.h>

#include "codec/base64.h"
#include "testing/code_of.h"

namespace avouch::appraise {
namespace {

using testing::code_of;

std::string message(const std::string& version, const std::string& type, const std::string& payload) {
  const std::string encoded = codec::to_base64(as_bytes(payload));
  if (version == "0.1.0") return make_provenance(type, encoded);
  return to_text(Json::object({{"version", version}, {"type", type}, {"payload", encoded}}));
}

Result<Provenance> read(const std::string& text) {
  return read_provenance(text, {}, Instant{});
}

TEST(Provenance, ReadsASampleOfAnyValues) {
  const auto found = read(message("0.1.0", "sample", R"({"a":["x"],"b":7,"c":{"d":true}})"));
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(Json(found->values), *parse_json(R"({"a":["x"],"b":7,"c":{"d":true}})"));
  EXPECT_EQ(found->ends_at, std::nullopt);
  EXPECT_EQ(found->signer, "");
}

TEST(Provenance, TakesAMessageWithoutVersionForTheOnlyOneThereIs) {
  EXPECT_EQ(code_of(read(R"({"type":"sample","payload":"e30="})")), "ok");
}

TEST(Provenance, RefusesWhatItsExtractorsDoNotKnow) {
  EXPECT_EQ(code_of(read(message("0.2.0", "sample", "{}"))), "provenance.version");
  EXPECT_EQ(code_of(read(message("0.1.0", "in-toto", "{}"))), "provenance.type");
  EXPECT_EQ(code_of(read(message("0.1.0", "", "{}"))), "provenance.type");
  EXPECT_EQ(code_of(read(message("0.1.0", "sample", "[1]"))), "provenance.payload");
  EXPECT_EQ(code_of(read(message("0.1.0", "sample", "{"))), "json.syntax");
  EXPECT_EQ(code_of(read(R"({"type":"sample","payload":"?"})")), "base64.syntax");
}

TEST(Provenance, RefusesWhatIsNoMessage) {
  for (const char* text : {"null", "[]", R"({"type":"sample"})", R"({"payload":"e30="})",
                           R"({"type":1,"payload":"e30="})", R"({"type":"sample","payload":{}})"}) {
    EXPECT_EQ(code_of(read(text)), "provenance.shape") << text;
  }
  EXPECT_EQ(code_of(read("")), "json.syntax");
}

}  // namespace
}  // namespace avouch::appraise
