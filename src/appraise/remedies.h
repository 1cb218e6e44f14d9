// Remedies: what each fault means and what to do about it, in words: rows for what happens here and in the broker, and
// those that the rooms bring for their own codes.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "codec/json.h"
#include "tee/remedy.h"

namespace avouch::appraise {

class Remedies {
 public:
  explicit Remedies(const std::vector<tee::Remedy>& of_rooms);  // of tee::Rooms

  std::span<const tee::Remedy> all() const { return rows_; }

  // The row of a code, or of the longest beginning of it; null if there is none.
  const tee::Remedy* find(std::string_view code) const;

  // {"code","cause","next"} and, where one helps, "command", with `facts` (an object of texts) filled in; what they
  // lack stays as "<detail>". In a command each is quoted for the shell: guests choose some of them.
  Json in_words(std::string_view code, const Json& facts) const;

 private:
  std::vector<tee::Remedy> rows_;
};

}  // namespace avouch::appraise
