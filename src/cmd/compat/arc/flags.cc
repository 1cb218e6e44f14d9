#include "cmd/compat/arc/flags.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "cmd/compat/arc/go_text.h"

namespace avouch::arc {
namespace {

// What strconv.ParseBool takes.
std::optional<bool> parse_switch(std::string_view text) {
  constexpr std::array<std::string_view, 6> kOn{"1", "t", "T", "true", "TRUE", "True"};
  constexpr std::array<std::string_view, 6> kOff{"0", "f", "F", "false", "FALSE", "False"};
  if (std::find(kOn.begin(), kOn.end(), text) != kOn.end()) return true;
  if (std::find(kOff.begin(), kOff.end(), text) != kOff.end()) return false;
  return std::nullopt;
}

std::string spelled(const Flag& flag) {
  const std::string name = std::string("--") + flag.name;
  return flag.shorthand == 0 ? name : std::string("-") + flag.shorthand + ", " + name;
}

class Parser {
 public:
  Parser(std::span<const std::string> words, std::span<const Flag> flags) : words_(words), flags_(flags) {
    for (const Flag& flag : flags)
      out_.values[flag.name] = flag.default_value == nullptr ? "false" : flag.default_value;
  }

  Result<CommandLine> parse() {
    while (next_ < words_.size()) {
      const std::string& word = words_[next_++];
      if (word == "--") break;
      if (word.starts_with("--")) {
        TRY(long_flag(word.substr(2)));
      } else if (word.size() > 1 && word[0] == '-') {
        TRY(short_flags(word));
      } else {
        out_.arguments.push_back(word);
      }
    }
    out_.arguments.insert(out_.arguments.end(), words_.begin() + static_cast<std::ptrdiff_t>(next_), words_.end());
    return std::move(out_);
  }

 private:
  Status long_flag(std::string_view text) {
    const std::size_t equals = text.find('=');
    const std::string name(text.substr(0, equals));
    const auto flag = std::find_if(flags_.begin(), flags_.end(), [&](const Flag& known) { return name == known.name; });
    ENSURE(flag != flags_.end(), refused("unknown flag: --" + printable(name)));
    if (equals != std::string_view::npos) return set(*flag, std::string(text.substr(equals + 1)));
    if (flag->default_value == nullptr) return set(*flag, "true");
    ENSURE(next_ < words_.size(), refused("flag needs an argument: --" + name));
    return set(*flag, words_[next_++]);
  }

  Status short_flags(const std::string& word) {
    for (std::size_t i = 1; i < word.size(); ++i) {
      const auto flag = std::find_if(flags_.begin(), flags_.end(), [&](const Flag& known) {
        return known.shorthand != 0 && word[i] == known.shorthand;
      });
      ENSURE(flag != flags_.end(),
             refused("unknown shorthand flag: '" + printable(word.substr(i, 1)) + "' in " + printable(word)));
      const std::string rest = word.substr(i + 1);
      if (rest.starts_with("=")) return set(*flag, rest.substr(1));
      if (flag->default_value == nullptr) {
        TRY(set(*flag, "true"));
        continue;
      }
      if (!rest.empty()) return set(*flag, rest);
      ENSURE(next_ < words_.size(),
             refused(std::string("flag needs an argument: '") + flag->shorthand + "' in " + word));
      return set(*flag, words_[next_++]);
    }
    return ok();
  }

  Status set(const Flag& flag, std::string value) {
    if (flag.default_value == nullptr) {
      const std::optional<bool> on = parse_switch(value);
      ENSURE(on.has_value(), refused("invalid argument " + quoted(value) + " for \"" + spelled(flag) +
                                     "\" flag: strconv.ParseBool: parsing " + quoted(value) + ": invalid syntax"));
      value = *on ? "true" : "false";
    }
    out_.values[flag.name] = std::move(value);
    return ok();
  }

  std::span<const std::string> words_;
  std::span<const Flag> flags_;
  std::size_t next_ = 0;
  CommandLine out_;
};

}  // namespace

Result<CommandLine> parse_flags(std::span<const std::string> words, std::span<const Flag> flags) {
  return Parser(words, flags).parse();
}

}  // namespace avouch::arc
