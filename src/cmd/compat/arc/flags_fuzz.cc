// A command line, one word a line. What parses says again what it means, written as --name=value: another way to the
// same flags and arguments.
#include "cmd/compat/arc/flags.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/check.h"

namespace {

using namespace avouch;

constexpr std::array<arc::Flag, 5> kFlags{{{"pkey", 'p', "pkey.json"},
                                           {"alg", 'a', "ES256"},
                                           {"verbose", 'v', nullptr},
                                           {"color", 'c', nullptr},
                                           {"x", 0, ""}}};

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    words.emplace_back(word);
  }
  return words;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::vector<std::string> words = words_of(as_text({data, size}));
  const Result<arc::CommandLine> line = arc::parse_flags(words, kFlags);
  if (!line.has_value()) {
    CHECK(std::string_view(line.error().code) == "arc.refused");
    return 0;
  }
  CHECK(line->values.size() == kFlags.size());
  std::vector<std::string> spelled;
  for (const auto& [name, value] : line->values) spelled.push_back("--" + name + "=" + value);
  spelled.emplace_back("--");
  spelled.insert(spelled.end(), line->arguments.begin(), line->arguments.end());
  const Result<arc::CommandLine> again = arc::parse_flags(spelled, kFlags);
  CHECK(again.has_value() && again->values == line->values && again->arguments == line->arguments);
  return 0;
}
