// Runs every suite: valid tests have to come out right, invalid ones have to be refused, and the rest as the suite
// says.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "base/file.h"
#include "codec/hex.h"
#include "wycheproof/suite.h"

namespace avouch::wycheproof {
namespace {

constexpr std::size_t kFileBytes = 16 * 1024 * 1024;

const Json& member(const Json& object, std::string_view name) {
  const Json* found = object.find(name);
  if (found == nullptr) {
    std::fprintf(stderr, "a vector lacks the member \"%.*s\"\n", static_cast<int>(name.size()), name.data());
    std::abort();
  }
  return *found;
}

Json read_suite(const std::string& file) {
  const Result<std::string> text = read_text_file(AVOUCH_WYCHEPROOF + ("/" + file), kFileBytes);
  if (!text.has_value()) {
    std::fprintf(stderr, "%s: %s\n", file.c_str(), text.error().detail.c_str());
    std::abort();
  }
  return parse_json(*text).value();
}

const char* name_of(Outcome outcome) {
  if (outcome == Outcome::kRight) return "right";
  return outcome == Outcome::kRefused ? "refused" : "wrong";
}

struct Counts {
  std::size_t valid = 0, outside = 0, invalid = 0, accepted = 0, refused = 0;
  std::size_t all() const { return valid + outside + invalid + accepted + refused; }
};

// Counts the test, and says what has to come of it.
Outcome expected(const Suite& suite, const Case& one, Counts& counts) {
  const std::string& result = one.text("result");
  if (result == "valid") {
    const bool outside = suite.is_outside(one);
    ++(outside ? counts.outside : counts.valid);
    return outside ? Outcome::kRefused : Outcome::kRight;
  }
  if (result == "invalid") {
    ++counts.invalid;
    return Outcome::kRefused;
  }
  EXPECT_EQ(result, "acceptable");
  bool is_accepted = false, is_refused = suite.is_outside(one);
  for (const std::string& flag : one.flags()) {
    is_accepted = is_accepted || suite.accepted.contains(flag);
    is_refused = is_refused || suite.refused.contains(flag);
  }
  EXPECT_TRUE(is_accepted || is_refused) << "no choice is stated for any flag";
  ++(is_refused ? counts.refused : counts.accepted);
  return is_refused ? Outcome::kRefused : Outcome::kRight;
}

class Wycheproof : public ::testing::TestWithParam<Suite> {};

TEST_P(Wycheproof, EveryTestHasTheOutcomeThatWeState) {
  const Suite& suite = GetParam();
  const Json file = read_suite(suite.file);
  Counts counts;
  for (const Json& group : *member(file, "testGroups").as_array()) {
    for (const Json& test : *member(group, "tests").as_array()) {
      const Case one{group, test};
      SCOPED_TRACE(std::string(suite.file) + " tcId " + std::to_string(one.number("tcId")) + " " + one.text("result") +
                   " " + to_text(member(test, "flags")) + " " + one.text("comment"));
      const Outcome outcome = suite.judge(one);
      EXPECT_STREQ(name_of(outcome), name_of(expected(suite, one, counts)));
    }
  }
  std::printf("%s: %zu valid, %zu valid outside of what we offer, %zu invalid, %zu acceptable (%zu accepted)\n",
              suite.file, counts.valid, counts.outside, counts.invalid, counts.accepted + counts.refused,
              counts.accepted);
  EXPECT_GT(counts.all(), 0U);
  EXPECT_EQ(static_cast<std::int64_t>(counts.all()), member(file, "numberOfTests").as_integer());
}

std::string test_name(const ::testing::TestParamInfo<Suite>& info) {
  const std::string file = info.param.file;
  return file.substr(0, file.rfind("_test.json"));
}

INSTANTIATE_TEST_SUITE_P(Signatures, Wycheproof, ::testing::ValuesIn(signature_suites()), test_name);
INSTANTIATE_TEST_SUITE_P(Agreement, Wycheproof, ::testing::ValuesIn(agreement_suites()), test_name);
INSTANTIATE_TEST_SUITE_P(Encryption, Wycheproof, ::testing::ValuesIn(encryption_suites()), test_name);

}  // namespace

void PrintTo(const Suite& suite, std::ostream* out) {
  *out << suite.file;
}

Buffer Case::octets(std::string_view name) const {
  return codec::from_hex(text(name)).value();
}
const std::string& Case::text(std::string_view name) const {
  return *member(test, name).as_string();
}
std::int64_t Case::number(std::string_view name) const {
  return member(test, name).as_integer().value();
}
const std::string& Case::group_text(std::string_view name) const {
  return *member(group, name).as_string();
}
std::int64_t Case::group_number(std::string_view name) const {
  return member(group, name).as_integer().value();
}

std::set<std::string> Case::flags() const {
  std::set<std::string> out;
  for (const Json& flag : *member(test, "flags").as_array()) out.insert(*flag.as_string());
  return out;
}

}  // namespace avouch::wycheproof
